"""No address carries a NUL: PostgreSQL keeps no text with it, so nothing here can be called so."""

from collections.abc import Callable

from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _

from portal.common.views import bad_request, not_found

NUL = "\x00"


class SoundAddressMiddleware:
    """404 for a NUL in the path, 400 for one in the query; the API answers in its one shape."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if NUL in request.path:
            return _refused(request, 404, "not_found", _("There is no such address."))
        if any(NUL in word for name, words in request.GET.lists() for word in (name, *words)):
            words = _("The query carries a character that no text here can have.")
            return _refused(request, 400, "invalid", words)
        return self.get_response(request)


def _refused(request: HttpRequest, status: int, code: str, words: str) -> HttpResponse:
    if request.path.startswith("/api/"):
        refusal = {"code": code, "message": words, "fields": {}}
        return JsonResponse(refusal, status=status)
    if status == 404:
        return not_found(request, Http404(words))
    return bad_request(request, BadRequest(words))
