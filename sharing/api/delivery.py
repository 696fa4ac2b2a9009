"""Shared rows out: pages, verification, exports, and what was noted of each."""

import json
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from portal.common.errors import DomainError, Invalid
from sharing.delivery import asking, changes, exports, pages, verifying
from sharing.delivery.answers import streamed
from sharing.delivery.formats import CSV, FORMATS, Format
from sharing.models import Pull
from sharing.selectors.agreements import receipt_for

from .callers import party
from .compressing import compressed

MOST_BYTES = 8 * 1024 * 1024
PAGE_PARAMETERS = pages.RESERVED
FIELDS = OpenApiParameter("fields", description="columns, separated by commas")
FILTER = OpenApiParameter(
    "filter",
    description='JSON: {"column": …, "op": …, "value": …}, joined by {"and": […]} and {"or": […]}; '
    "any agreed column is a filter too: column=v, column__ge=v",
)


class TooLargeError(DomainError):
    code = "too_large"
    status = 413


class BodyParser(BaseParser):
    """JSON whose numbers stay as they are written; refuses what is too large or nests too deep."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        text = stream.read(MOST_BYTES + 1)
        if len(text) > MOST_BYTES:
            raise TooLargeError(_("The body is larger than %(most)s MB.") % {"most": 8})
        try:
            return json.loads(text, parse_int=str, parse_float=str, parse_constant=_refuse)
        except (ValueError, RecursionError) as unfit:
            words = _("The body is not JSON, or nests too deep.")
            raise Invalid(_("The call has errors."), fields={"body": [words]}) from unfit


class DeliveryView(APIView):
    """HEAD would pull, and throw the rows away."""

    only_reads = True
    parser_classes = [BodyParser]
    http_method_names = ["get", "post", "options"]

    def asked(self, request: Request) -> dict[str, list[str]]:
        return {name: request.query_params.getlist(name) for name in request.query_params}


class RowsOut(serializers.Serializer[Any]):
    """A page of rows; `next` goes into `after`, null when there are no more."""

    rows = serializers.ListField(child=serializers.DictField())
    count = serializers.IntegerField(help_text="rows of this page")
    next = serializers.CharField(allow_null=True)
    total = serializers.IntegerField(required=False, help_text="all rows, when `count` asks for it")


ROWS_IN = {
    "type": "object",
    "properties": {
        "filter": {"type": "object"},
        "fields": {"type": "array", "items": {"type": "string"}},
        "limit": {"type": "integer"},
        "after": {"type": "string"},
        "order": {"type": "string"},
        "count": {"enum": list(pages.COUNTS)},
    },
}


class AgreementRows(DeliveryView):
    @extend_schema(
        responses=RowsOut,
        parameters=[
            FIELDS,
            FILTER,
            OpenApiParameter("limit", OpenApiTypes.INT, description="1 to 10,000; usually 1,000"),
            OpenApiParameter("after", description="`next` of the page before"),
            OpenApiParameter(
                "order",
                description="the key's first column or an indexed item, with - from the end",
            ),
            OpenApiParameter(
                "count", enum=list(pages.COUNTS), description="whether to tell `total`"
            ),
        ],
    )
    def get(self, request: Request, number: str) -> HttpResponse:
        """A page of rows in the order of the key, or of an indexed item."""
        body = pages.rows(number=number, party=party(request), asked=self.asked(request))
        return compressed(request, HttpResponse(body, content_type="application/json"))

    @extend_schema(request={"application/json": ROWS_IN}, responses=RowsOut)
    def post(self, request: Request, number: str) -> HttpResponse:
        """The same page, asked for by a body."""
        given = asking.body_of(request.data, known=PAGE_PARAMETERS)
        body = pages.rows(
            number=number, party=party(request), asked=given.parameters, document=given.document
        )
        return compressed(request, HttpResponse(body, content_type="application/json"))


class VerifyIn(serializers.Serializer[Any]):
    entries = serializers.ListField(
        child=serializers.JSONField(),
        max_length=verifying.MOST,
        help_text="values by column, always of the whole key; or the key alone, if it is one item",
    )


class VerifiedOut(serializers.Serializer[Any]):
    """What is true of one entry; `matched` and `differ` name the columns whose values were sent."""

    found = serializers.BooleanField()
    matched = serializers.ListField(child=serializers.CharField())
    differ = serializers.ListField(child=serializers.CharField())


class VerifyOut(serializers.Serializer[Any]):
    results = VerifiedOut(many=True, help_text="in the order of the entries")
    count = serializers.IntegerField()
    found = serializers.IntegerField()


class AgreementVerify(DeliveryView):
    http_method_names = ["post", "options"]

    @extend_schema(request=VerifyIn, responses=VerifyOut)
    def post(self, request: Request, number: str) -> HttpResponse:
        """Data verification: whether keys are there and values match. No value is given."""
        body = request.data
        if not isinstance(body, dict) or "entries" not in body:
            words = _("A JSON object with `entries`.")
            raise Invalid(_("The call has errors."), fields={"body": [words]})
        verified = verifying.verify(number=number, party=party(request), entries=body["entries"])
        text = _written(verified)
        return compressed(request, HttpResponse(text, content_type="application/json"))


def _written(verified: verifying.Verified) -> str:
    """The answers as JSON; each kind is written once."""
    kinds = {
        kind: json.dumps(
            {"found": one.found, "matched": one.matched, "differ": one.differ},
            separators=(",", ":"),
        )
        for kind, one in verified.kinds.items()
    }
    results = ",".join(map(kinds.__getitem__, verified.places))
    return f'{{"results":[{results}],"count":{len(verified.places)},"found":{verified.found}}}'


class AgreementExport(DeliveryView):
    """One format; the receipt named in the header says afterwards what left, with its SHA-256."""

    format: Format = CSV
    http_method_names = ["get", "options"]

    @extend_schema(
        responses={(200, one.content_type): OpenApiTypes.BINARY for one in FORMATS.values()},
        parameters=[
            FIELDS,
            FILTER,
            OpenApiParameter("encoding", enum=["utf-8", "gb18030"], description="of CSV"),
            OpenApiParameter("bom", enum=["0", "1"], description="of CSV"),
            OpenApiParameter(
                "excel", enum=["0", "1"], description="of CSV: cells like formulas are escaped"
            ),
        ],
    )
    def get(self, request: Request, number: str) -> StreamingHttpResponse:
        """All rows, or those that the filter leaves, from one snapshot, in the order of the key."""
        stream = exports.export(
            number=number, party=party(request), format=self.format, asked=self.asked(request)
        )
        return streamed(stream)


class RowChangeOut(serializers.Serializer[Any]):
    """`row` is what the agreement lets out of the row as it is now; of a deleted one, its key."""

    kind = serializers.ChoiceField(choices=["insert", "update", "delete"])
    at = serializers.DateTimeField(help_text="when the sync wrote it")
    row = serializers.DictField()


class ChangesOut(serializers.Serializer[Any]):
    changes = RowChangeOut(many=True)
    count = serializers.IntegerField()
    next = serializers.CharField(help_text="`since` of the next call")
    more = serializers.BooleanField(help_text="whether to call again at once")


class AgreementChanges(DeliveryView):
    http_method_names = ["get", "options"]

    @extend_schema(
        responses=ChangesOut,
        parameters=[
            OpenApiParameter(
                "since", description="`next` of the answer before, or an export's cursor"
            ),
            OpenApiParameter("limit", OpenApiTypes.INT, description="1 to 10,000; usually 1,000"),
            OpenApiParameter(
                "wait", OpenApiTypes.INT, description="0 to 30 seconds, if there is none"
            ),
        ],
    )
    def get(self, request: Request, number: str) -> HttpResponse:
        """Inserts, updates and deletes since a cursor, in their order; without one, a cursor of now."""
        body = changes.changes(number=number, party=party(request), asked=self.asked(request))
        return compressed(request, HttpResponse(body, content_type="application/json"))


class ReceiptOut(serializers.ModelSerializer[Pull]):
    """What was noted of a call when it ended; `sha256` is that of all bytes of a complete export."""

    class Meta:
        model = Pull
        fields = [
            "receipt",
            "kind",
            "query",
            "started_at",
            "seconds",
            "rows",
            "bytes",
            "sha256",
            "result",
            "status",
            "reason",
        ]


class AgreementReceipt(APIView):
    @extend_schema(responses=ReceiptOut)
    def get(self, request: Request, number: str, receipt: UUID) -> Response:
        """What left under a receipt; 404 while the export runs."""
        found = receipt_for(party(request), number, receipt)
        if found is None:
            raise Http404(receipt)
        return Response(ReceiptOut(found).data)


def _refuse(word: str) -> str:
    raise ValueError(word)
