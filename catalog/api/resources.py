"""The catalogue for programs. Systems read it; describing and deciding is for people."""

from typing import Any, TypeVar

from django.http import JsonResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.exceptions import NotAuthenticated
from rest_framework.permissions import IsAuthenticatedOrReadOnly
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer, Serializer

from catalog.formats import datapackage, row_schemas
from catalog.models import AssessmentKind, Resource
from catalog.parties import VISITOR, Party, party_of
from catalog.permissions import acting_person
from catalog.querysets import ResourceQuerySet
from catalog.selectors import resource_for
from catalog.selectors.catalogue import resources_for
from catalog.selectors.resources import items_of
from catalog.services import assessments, resources, review
from portal.common.errors import NotFound

from .serializers import (
    AssessmentIn,
    AssessmentOut,
    CatalogueQueryIn,
    ChangedEntryIn,
    EntryIn,
    OpinionIn,
    ReasonsIn,
    ResourceDetailOut,
    ResourceOut,
    VersionIn,
)
from .sparse import FIELDS, Revalidated, narrowed

Input = TypeVar("Input", bound=Serializer[Any])


class ResourceList(Revalidated, generics.ListAPIView[Resource]):
    """The entries that the caller may see, the latest changed first; visitors see the open ones."""

    permission_classes = [IsAuthenticatedOrReadOnly]

    serializer_class = ResourceOut

    def get_queryset(self) -> ResourceQuerySet:
        asked = CatalogueQueryIn(data=self.request.query_params)
        asked.is_valid(raise_exception=True)
        return resources_for(_party(self.request), **asked.question())

    def get_serializer(self, *args: Any, **kwargs: Any) -> BaseSerializer[Any]:
        return narrowed(super().get_serializer(*args, **kwargs), self.request)

    @extend_schema(parameters=[CatalogueQueryIn, FIELDS])
    def get(self, request: Request) -> Response:
        return self.list(request)

    @extend_schema(request=EntryIn, responses={201: ResourceDetailOut})
    def post(self, request: Request) -> Response:
        """Draft an entry of one's own department."""
        given = _given(EntryIn, request)
        made = resources.create_draft(
            entry=given.entry(), items=given.item_data(), by=acting_person(_party(request))
        )
        return Response(ResourceDetailOut(made).data, status=201)


class ResourceView(Revalidated):
    """What views on one entry share: it is found as in the list, and shown after each act."""

    permission_classes = [IsAuthenticatedOrReadOnly]

    def found(self, pk: int) -> Resource:
        """A visitor is asked to sign in for all that is not open, whether it exists or not."""
        party = _party(self.request)
        try:
            return resource_for(party, pk)
        except NotFound:
            if party is VISITOR:
                raise NotAuthenticated from None
            raise

    def asked(self, pk: int, kind: type[Input]) -> dict[str, Any]:
        """What a service is told: the entry, who acts, and what they give; refused in this order."""
        return {
            "resource": self.found(pk),
            "by": acting_person(_party(self.request)),
            **_given(kind, self.request).validated_data,
        }

    def answer(self, pk: int) -> Response:
        return Response(ResourceDetailOut(self.found(pk)).data)


class ResourceDetail(ResourceView):
    @extend_schema(parameters=[FIELDS], responses=ResourceDetailOut)
    def get(self, request: Request, pk: int) -> Response:
        """One entry with its data items."""
        return Response(narrowed(ResourceDetailOut(self.found(pk)), request).data)

    @extend_schema(request=ChangedEntryIn, responses=ResourceDetailOut)
    def patch(self, request: Request, pk: int) -> Response:
        """Change a draft; refused with 409 when somebody saved since `version` was read."""
        resource, by = self.found(pk), acting_person(_party(request))
        given = _given(ChangedEntryIn, request, is_partial=True)
        resources.change_draft(
            resource=resource,
            version=given.validated_data["version"],
            entry=given.entry(resource),
            items=given.item_data(resource),
            by=by,
        )
        return self.answer(pk)


class ResourceRowSchema(ResourceView):
    @extend_schema(responses={(200, "application/schema+json"): OpenApiTypes.OBJECT})
    def get(self, request: Request, pk: int) -> JsonResponse:
        """JSON Schema of one row, as `rows/` of an agreement gives it."""
        resource = self.found(pk)
        address = request.build_absolute_uri(request.path)
        told = row_schemas.json_schema(resource, items_of(resource), address=address)
        return JsonResponse(told, content_type="application/schema+json")


class ResourceTableSchema(ResourceView):
    @extend_schema(responses={(200, "application/json"): OpenApiTypes.OBJECT})
    def get(self, request: Request, pk: int) -> JsonResponse:
        """Table Schema (Data Package 2.0) of the rows, as `export.csv` of an agreement gives them."""
        resource = self.found(pk)
        return JsonResponse(row_schemas.table_schema(resource, items_of(resource)))


class ResourceDataPackage(ResourceView):
    @extend_schema(responses={(200, "application/json"): OpenApiTypes.OBJECT})
    def get(self, request: Request, pk: int) -> JsonResponse:
        """Data Package 2.0: the entry, its data items as data, and what the rows look like."""
        resource = self.found(pk)
        base = request.build_absolute_uri("/")
        return JsonResponse(datapackage.descriptor(resource, items_of(resource), base=base))


class ResourceAssess(ResourceView):
    @extend_schema(request=AssessmentIn, responses=AssessmentOut)
    def post(self, request: Request, pk: int) -> Response:
        """Record the secrecy or the personal information assessment of a draft."""
        asked = self.asked(pk, AssessmentIn)
        kind = AssessmentKind(asked.pop("kind"))
        made = assessments.assess(kind=kind, **asked)
        return Response(AssessmentOut(made).data)


class ResourceSubmit(ResourceView):
    @extend_schema(request=VersionIn, responses=ResourceDetailOut)
    def post(self, request: Request, pk: int) -> Response:
        """Hand a complete draft to the department head; refused with all that is missing."""
        review.submit(**self.asked(pk, VersionIn))
        return self.answer(pk)


class ResourceApprove(ResourceView):
    @extend_schema(request=OpinionIn, responses=ResourceDetailOut)
    def post(self, request: Request, pk: int) -> Response:
        """The department head hands the entry to the competent department."""
        review.approve(**self.asked(pk, OpinionIn))
        return self.answer(pk)


class ResourcePublish(ResourceView):
    @extend_schema(request=OpinionIn, responses=ResourceDetailOut)
    def post(self, request: Request, pk: int) -> Response:
        """The competent department publishes the entry and announces it to all departments.

        A change is written onto its entry: the answer is the entry.
        """
        return self.answer(review.publish(**self.asked(pk, OpinionIn)).pk)


class ResourceSendBack(ResourceView):
    @extend_schema(request=ReasonsIn, responses={204: None})
    def post(self, request: Request, pk: int) -> Response:
        """Return the entry to its stewards, with reasons; the reviewer may lose sight of it."""
        review.send_back(**self.asked(pk, ReasonsIn))
        return Response(status=204)


class ResourceWithdraw(ResourceView):
    @extend_schema(request=ReasonsIn, responses={204: None})
    def post(self, request: Request, pk: int) -> Response:
        """Take a published entry out of the catalogue, with reasons."""
        review.withdraw(**self.asked(pk, ReasonsIn))
        return Response(status=204)


def _party(request: Request) -> Party:
    """Who calls; a visitor only where the view lets visitors read."""
    return party_of(request.user)


def _given(kind: type[Input], request: Request, *, is_partial: bool = False) -> Input:
    given = kind(data=request.data, partial=is_partial)
    given.is_valid(raise_exception=True)
    return given
