"""Prepared exports: asked for once, made by a worker, given as a file with ranges."""

from uuid import UUID

from django.http import Http404, StreamingHttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from portal.common.errors import Invalid
from sharing.delivery import asking, downloads, prepared
from sharing.delivery.formats import CSV, FORMATS
from sharing.models import PreparedExport
from sharing.selectors.prepared import exports_for

from .callers import party
from .delivery import DeliveryView
from .ranges import RANGE_HEADERS, FileView

KNOWN = frozenset({"format", "fields"}) | CSV.parameters
SHOWN = 100
ASK_IN = {
    "type": "object",
    "properties": {
        "format": {"enum": list(FORMATS)},
        "fields": {"type": "array", "items": {"type": "string"}},
        "filter": {"type": "object"},
        "encoding": {"enum": ["utf-8", "gb18030"]},
        "bom": {"enum": ["0", "1"]},
        "excel": {"enum": ["0", "1"]},
    },
}


class PreparedOut(serializers.ModelSerializer[PreparedExport]):
    """The manifest of a prepared export; `file` is its address, null until it is ready for the caller."""

    file = serializers.SerializerMethodField()
    percent = serializers.IntegerField()

    class Meta:
        model = PreparedExport
        fields = [
            "number",
            "format",
            "question",
            "state",
            "percent",
            "rows",
            "bytes",
            "sha256",
            "rows_of",
            "snapshot_at",
            "asked_by",
            "asked_at",
            "finished_at",
            "expires_at",
            "reason",
            "file",
        ]

    def get_file(self, export: PreparedExport) -> str | None:
        if not getattr(export, "is_given", False):
            return None
        return reverse("api:agreement-prepared-file", args=[export.agreement.number, export.number])


class PreparedView(DeliveryView):
    def one(self, request: Request, number: str, export: UUID) -> PreparedExport:
        found = exports_for(party(request), number)
        one = None if found is None else found.filter(number=export).first()
        if one is None:
            raise Http404(export)
        return one


class AgreementPrepared(PreparedView):
    @extend_schema(responses=PreparedOut(many=True))
    def get(self, request: Request, number: str) -> Response:
        """What was asked for under the agreement, newest first, with state and progress."""
        found = exports_for(party(request), number)
        if found is None:
            raise Http404(number)
        return Response(PreparedOut(found[:SHOWN], many=True).data)

    @extend_schema(
        request={"application/json": ASK_IN}, responses={202: PreparedOut, 200: PreparedOut}
    )
    def post(self, request: Request, number: str) -> Response:
        """Have an export prepared: 202 when it is new, 200 with the one there is for the same rows."""
        given = asking.body_of(request.data, known=KNOWN)
        parameters = dict(given.parameters)
        kind = parameters.pop("format", ["csv"])[-1]
        if kind not in FORMATS:
            words = _("One of: %(values)s.") % {"values": ", ".join(FORMATS)}
            raise Invalid(_("The call has errors."), fields={"format": [words]})
        export, is_new = prepared.ask(
            number=number,
            party=party(request),
            format=FORMATS[kind],
            asked=parameters,
            document=given.document,
        )
        return Response(
            PreparedOut(self.one(request, number, export.number)).data,
            status=202 if is_new else 200,
            headers={
                "Location": reverse("api:agreement-prepared-one", args=[number, export.number])
            },
        )


class AgreementPreparedOne(PreparedView):
    http_method_names = ["get", "options"]

    @extend_schema(responses=PreparedOut)
    def get(self, request: Request, number: str, export: UUID) -> Response:
        """The manifest: rows, bytes, SHA-256, the moment of the data."""
        return Response(PreparedOut(self.one(request, number, export)).data)


class AgreementPreparedFile(FileView):
    @extend_schema(
        responses={(200, "application/octet-stream"): OpenApiTypes.BINARY},
        parameters=RANGE_HEADERS,
    )
    def get(self, request: Request, number: str, export: UUID) -> StreamingHttpResponse | Response:
        """The file; one range of it by `Range` and `If-Range`, to go on with what broke off."""
        return self.given(request, downloads.file_of, number=number, export=export)
