"""`Idempotency-Key` on every call of the API that changes something, whichever view answers it."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from rest_framework.exceptions import APIException
from rest_framework.views import APIView

from portal.common.errors import DomainError
from portal.organisation.models import InformationSystem, User

from .keeping import answered_once, checked_key

HEADER = "Idempotency-Key"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class IdempotencyMiddleware:
    """Last in the list: what comes after the others' checks and before the view.

    The caller is who the view itself would take them for; without one, or with a caller that is not
    let in, the view answers as always.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        key = request.headers.get(HEADER)
        if key is None or request.method in SAFE or not request.path.startswith("/api/v1/"):
            return None
        kind = getattr(view, "cls", None)
        caller = _caller(kind, view, request, kwargs) if kind is not None else ""
        if not caller:
            return None

        def act() -> HttpResponse:
            answer: HttpResponse = view(request, *args, **kwargs)
            if hasattr(answer, "render"):
                answer.render()
            return answer

        try:
            return answered_once(caller=caller, key=checked_key(key), request=request, act=act)
        except DomainError as refusal:
            told = {
                "code": refusal.code,
                "message": str(refusal.message),
                "fields": refusal.fields,
            }
            return JsonResponse(told, status=refusal.status)


def _caller(kind: type[APIView], view: Any, request: HttpRequest, kwargs: dict[str, Any]) -> str:
    asked = kind(**view.initkwargs).initialize_request(request, **kwargs)
    try:
        user = asked.user
    except APIException:
        return ""
    if not isinstance(user, User | InformationSystem):
        return ""
    return f"{user._meta.label_lower}:{user.pk}"
