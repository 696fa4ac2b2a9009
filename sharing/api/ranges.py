"""Files given whole or in part, the same for prepared exports and for files shared as they are."""

from collections.abc import Callable
from typing import Any

from django.http import StreamingHttpResponse
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request
from rest_framework.response import Response

from sharing.delivery.answers import given_file
from sharing.delivery.kept_files import FileStream, RangeError

from .callers import party
from .delivery import DeliveryView

RANGE_HEADERS = [
    OpenApiParameter("Range", location=OpenApiParameter.HEADER, description="one range"),
    OpenApiParameter("If-Range", location=OpenApiParameter.HEADER, description="the ETag"),
]


class FileView(DeliveryView):
    http_method_names = ["get", "options"]

    def given(
        self, request: Request, file_of: Callable[..., FileStream], **asked: Any
    ) -> StreamingHttpResponse | Response:
        """What `file_of` finds for the caller, or the part of it that the headers ask for."""
        headers = request.headers
        try:
            stream = file_of(
                party=party(request),
                range=headers.get("Range", ""),
                if_range=headers.get("If-Range", ""),
                **asked,
            )
        except RangeError as outside:
            told = {"code": outside.code, "message": str(outside.message), "fields": {}}
            unfit = {"Content-Range": f"bytes */{outside.size}"}
            return Response(told, status=416, headers=unfit)
        return given_file(stream)
