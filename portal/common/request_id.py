"""One id for everything that a request causes: answer header, logs, audit entries."""

import re
import uuid
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

ACCEPTED = re.compile(r"[A-Za-z0-9._-]{8,64}")


class RequestIdMiddleware:
    """Take a sound `X-Request-ID` from the proxy, else make one; answer with it.

    django-structlog reads the header and binds it to every log line and audit entry.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request_id = request.META.get("HTTP_X_REQUEST_ID", "")
        if not ACCEPTED.fullmatch(request_id):
            request_id = str(uuid.uuid4())
            request.META["HTTP_X_REQUEST_ID"] = request_id
            request.__dict__.pop("headers", None)  # read once, and by now perhaps without it
        response = self.get_response(request)
        response["X-Request-ID"] = request_id
        return response
