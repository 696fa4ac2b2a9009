"""The standards library for programs: everybody reads it, its keepers write it."""

from typing import Any, TypeVar, cast

from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.views import APIView

from catalog.models import CodeList, CodeListEntry, DataElement
from catalog.parties import Party
from catalog.permissions import acting_person
from catalog.selectors import standards as selectors
from catalog.services import data_elements, standards
from portal.common.api import KeysetPagination

from .standard_serializers import (
    CodeListDetailOut,
    CodeListIn,
    CodeListOut,
    CodeListVersionOut,
    CodeOut,
    CodesQueryIn,
    CompareQueryIn,
    ComparisonOut,
    DataElementOut,
    DraftIn,
    ElementChangeIn,
    ElementIn,
    PublishIn,
    RevisionIn,
)

Input = TypeVar("Input", bound=Serializer[Any])


class ByIdentifier(KeysetPagination):
    ordering = ("identifier",)


class ByPosition(KeysetPagination):
    ordering = ("position",)
    page_size = 100


class CodeListList(generics.ListAPIView[CodeList]):
    """The code lists, each with its version in force."""

    serializer_class = CodeListOut
    pagination_class = ByIdentifier

    def get_queryset(self) -> Any:
        return selectors.code_lists(self.request.query_params.get("q", ""))

    @extend_schema(request=CodeListIn, responses={201: CodeListDetailOut})
    def post(self, request: Request) -> Response:
        """Add a list. Its first version is a draft, still without codes."""
        by = acting_person(_party(request))
        draft = standards.create_list(data=_given(CodeListIn, request).data_of_list, by=by)
        return _detail(request, draft.code_list_id, status=201)


class CodeListDetail(APIView):
    @extend_schema(responses=CodeListDetailOut)
    def get(self, request: Request, pk: int) -> Response:
        return _detail(request, pk)


class CodeListCodes(generics.ListAPIView[CodeListEntry]):
    """The codes of one version, in its order."""

    serializer_class = CodeOut
    pagination_class = ByPosition

    def get_queryset(self) -> Any:
        asked = _asked(CodesQueryIn, self.request)
        found = selectors.code_list_of(self.kwargs["pk"])
        version = selectors.version_of(_party(self.request), found, asked.get("version"))
        return selectors.codes_of(version, asked.get("q", ""))

    @extend_schema(parameters=[CodesQueryIn])
    def get(self, request: Request, pk: int) -> Response:
        return self.list(request)


class CodeListCompare(APIView):
    @extend_schema(parameters=[CompareQueryIn], responses=ComparisonOut)
    def get(self, request: Request, pk: int) -> Response:
        """What became of the codes from one version to another."""
        asked = _asked(CompareQueryIn, request)
        found = selectors.code_list_of(pk)
        before, after = (
            selectors.version_of(_party(request), found, asked[name])
            for name in ("before", "after")
        )
        return Response(ComparisonOut(selectors.comparison_of(before, after)).data)


class CodeListDraft(APIView):
    @extend_schema(request=None, responses={201: CodeListVersionOut})
    def post(self, request: Request, pk: int) -> Response:
        """Begin the next version, with the codes of the last."""
        by = acting_person(_party(request))
        draft = standards.draft_version(code_list=selectors.code_list_of(pk), by=by)
        return Response(CodeListVersionOut(draft).data, status=201)

    @extend_schema(request=DraftIn, responses=CodeListVersionOut)
    def put(self, request: Request, pk: int) -> Response:
        """Put exactly these codes into the draft; faults are named as rows.1.code and so on."""
        found = selectors.code_list_of(pk)
        by = acting_person(_party(request))
        given = _given(DraftIn, request)
        draft = standards.write_draft(
            code_list=found, revision=given.validated_data["revision"], rows=given.rows, by=by
        )
        return Response(CodeListVersionOut(draft).data)


class CodeListDiscard(APIView):
    @extend_schema(request=RevisionIn, responses=CodeListDetailOut)
    def post(self, request: Request, pk: int) -> Response:
        """Discard the draft; published versions stay."""
        found = selectors.code_list_of(pk)
        by = acting_person(_party(request))
        given = _given(RevisionIn, request)
        standards.discard_draft(code_list=found, by=by, **given.validated_data)
        return _detail(request, pk)


class CodeListPublish(APIView):
    @extend_schema(request=PublishIn, responses=CodeListDetailOut)
    def post(self, request: Request, pk: int) -> Response:
        """Publish the draft: from then on it never changes."""
        found = selectors.code_list_of(pk)
        by = acting_person(_party(request))
        given = _given(PublishIn, request)
        standards.publish_draft(code_list=found, by=by, **given.validated_data)
        return _detail(request, pk)


class CodeListRetire(APIView):
    @extend_schema(request=None, responses=CodeListDetailOut)
    def post(self, request: Request, pk: int) -> Response:
        """Nothing more is bound to the list; what is bound stays so."""
        by = acting_person(_party(request))
        standards.retire_list(code_list=selectors.code_list_of(pk), by=by)
        return _detail(request, pk)


class DataElementList(generics.ListAPIView[DataElement]):
    """The data elements, each as its latest version lays it down."""

    serializer_class = DataElementOut
    pagination_class = ByIdentifier

    def get_queryset(self) -> Any:
        return selectors.data_elements(self.request.query_params.get("q", ""))

    @extend_schema(request=ElementIn, responses={201: DataElementOut})
    def post(self, request: Request) -> Response:
        by = acting_person(_party(request))
        given = _given(ElementIn, request)
        made = data_elements.create_element(
            identifier=given.validated_data["identifier"], data=given.data_of_element, by=by
        )
        return Response(DataElementOut(selectors.data_element_of(made.pk)).data, status=201)


class DataElementDetail(APIView):
    @extend_schema(responses=DataElementOut)
    def get(self, request: Request, pk: int) -> Response:
        return Response(DataElementOut(selectors.data_element_of(pk)).data)

    @extend_schema(request=ElementChangeIn, responses=DataElementOut)
    def put(self, request: Request, pk: int) -> Response:
        """Publish the next version, written on the grounds of `version`."""
        element = selectors.data_element_of(pk)
        by = acting_person(_party(request))
        given = _given(ElementChangeIn, request)
        data_elements.change_element(
            element=element,
            version=given.validated_data["version"],
            data=given.data_of_element,
            by=by,
        )
        return Response(DataElementOut(selectors.data_element_of(pk)).data)


class DataElementRetire(APIView):
    @extend_schema(request=None, responses=DataElementOut)
    def post(self, request: Request, pk: int) -> Response:
        by = acting_person(_party(request))
        data_elements.retire_element(element=selectors.data_element_of(pk), by=by)
        return Response(DataElementOut(selectors.data_element_of(pk)).data)


def _detail(request: Request, pk: int, *, status: int = 200) -> Response:
    found = selectors.code_list_of(pk)
    versions = selectors.versions_of(_party(request), found)
    told = {**CodeListOut(found).data, "versions": CodeListVersionOut(versions, many=True).data}
    return Response(told, status=status)


def _party(request: Request) -> Party:
    """The person or the system that signed in; IsAuthenticated has seen to that."""
    return cast("Party", request.user)


def _given(kind: type[Input], request: Request) -> Input:
    given = kind(data=request.data)
    given.is_valid(raise_exception=True)
    return given


def _asked(kind: type[Input], request: Request) -> dict[str, Any]:
    asked = kind(data=request.query_params)
    asked.is_valid(raise_exception=True)
    found: dict[str, Any] = asked.validated_data
    return found
