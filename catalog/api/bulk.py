"""Many entries at once for programs that act for a steward; systems only read the catalogue."""

from collections.abc import Iterable
from dataclasses import asdict
from functools import partial
from typing import Any, cast

from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.bulk import progress, writing
from catalog.bulk.sending import XLSX, blocks
from catalog.bulk.writing import WrittenEntry
from catalog.models import BulkImport
from catalog.parties import Party
from catalog.permissions import may_create
from catalog.selectors import bulk as selectors
from catalog.services import bulk
from portal.common.api import KeysetPagination

from .bulk_serializers import ImportDetailOut, ImportIn, ImportOut


class LatestFirst(KeysetPagination):
    ordering = ("-at", "-id")


class ImportList(generics.ListAPIView[BulkImport]):
    """The files that one's own department brought in, latest first."""

    serializer_class = ImportOut
    pagination_class = LatestFirst
    parser_classes = (MultiPartParser,)

    def get_queryset(self) -> Any:
        return selectors.imports_for(_party(self.request))

    @extend_schema(request={"multipart/form-data": ImportIn}, responses={201: ImportDetailOut})
    def post(self, request: Request) -> Response:
        """Bring in a file. It is checked, at once when it is small; nothing is written yet."""
        party = _party(request)
        may_create(party).enforce()
        given = ImportIn(data=request.data)
        given.is_valid(raise_exception=True)
        made = bulk.receive(by=party, **given.validated_data)
        return Response(_told(selectors.import_for(party, made.pk)), status=201)


class ImportDetail(APIView):
    @extend_schema(responses=ImportDetailOut)
    def get(self, request: Request, pk: int) -> Response:
        """One import: its state, its problems, how far the work is."""
        return Response(_told(selectors.import_for(_party(request), pk)))


class ImportCheck(APIView):
    @extend_schema(request=None, responses=ImportDetailOut)
    def post(self, request: Request, pk: int) -> Response:
        """Make the dry run once more, of the entries as they are now."""
        found = selectors.import_for(_party(request), pk)
        bulk.check_again(bulk_import=found, by=_party(request))
        return Response(_told(selectors.import_for(_party(request), pk)))


class ImportApply(APIView):
    @extend_schema(request=None, responses=ImportDetailOut)
    def post(self, request: Request, pk: int) -> Response:
        """Write all of the file or nothing; refused with 409 when an entry was saved since."""
        found = selectors.import_for(_party(request), pk)
        bulk.apply(bulk_import=found, by=_party(request))
        return Response(_told(selectors.import_for(_party(request), pk)))


class ImportUndo(APIView):
    @extend_schema(request=None, responses=ImportDetailOut)
    def post(self, request: Request, pk: int) -> Response:
        """Make everything what it was; refused with 409 when an entry has changed since."""
        found = selectors.import_for(_party(request), pk)
        bulk.undo(bulk_import=found, by=_party(request))
        return Response(_told(selectors.import_for(_party(request), pk)))


class EntriesWorkbook(APIView):
    @extend_schema(responses={(200, XLSX): OpenApiTypes.BINARY})
    def get(self, request: Request) -> StreamingHttpResponse:
        """The department's entries as the workbook that can be brought in; `?all` all one sees."""
        written = blocks(partial(writing.workbook, _entries(request)))
        return StreamingHttpResponse(written, content_type=XLSX)


class EntriesCsv(APIView):
    @extend_schema(responses={(200, "application/zip"): OpenApiTypes.BINARY})
    def get(self, request: Request) -> StreamingHttpResponse:
        """The same as entries.csv and items.csv in an archive."""
        written = blocks(partial(writing.csv_pair, _entries(request)))
        return StreamingHttpResponse(written, content_type="application/zip")


class EntriesJson(APIView):
    @extend_schema(responses={(200, "application/json"): OpenApiTypes.OBJECT})
    def get(self, request: Request) -> StreamingHttpResponse:
        """The same as a list of what `POST /api/v1/resources/` takes, each with its code."""
        return StreamingHttpResponse(
            writing.document(_entries(request)), content_type="application/json"
        )


def _entries(request: Request) -> Iterable[WrittenEntry]:
    return selectors.entries_to_write(_party(request), is_all="all" in request.query_params)


def _told(found: BulkImport) -> dict[str, Any]:
    told = progress.snapshot(found.pk) if found.is_under_way else None
    found.progress = asdict(told) if told else None  # type: ignore[attr-defined]
    return dict(ImportDetailOut(found).data)


def _party(request: Request) -> Party:
    """Who calls; the API lets nobody in who is neither person nor system."""
    return cast("Party", request.user)
