"""`ETag` and `If-Match` on the API, for whatever counts its versions.

An answer whose body says its `version` bears it as its ETag. A change that brings it back in
`If-Match` need not say `version` in its body; when somebody has changed the thing meanwhile, the
answer is 412 instead of 409.

A view whose thing is told apart by another field names it in its class as `condition`; one that
takes no JSON sets `reads_condition`, and asks `stated_version` itself.
"""

import json
import re
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
VERSION = "version"
OF_APPLICATION = "seen"
STRONG = re.compile(r'"([0-9]{1,9})"')
# Of an application: each of its requests, and its version.
OF_SEVERAL = re.compile(r'"([0-9]{1,18}\.[0-9]{1,9}(?:-[0-9]{1,18}\.[0-9]{1,9})*)"')
JSON = "application/json"


class PreconditionMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        answer = self.get_response(request)
        if not request.path.startswith("/api/v1/"):
            return answer
        if _condition(request) and answer.status_code == 409 and _is_stale(answer):
            return _failed()
        field = _field_of(getattr(request.resolver_match, "func", None))
        version = _version(answer, field)
        if version is not None and not answer.has_header("ETag"):
            answer["ETag"] = f'"{version}"'
        return answer

    def process_view(
        self, request: HttpRequest, view: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        condition = _condition(request) if request.path.startswith("/api/v1/") else ""
        if not condition:
            return None
        field = _field_of(view)
        said = _said(condition, field)
        if said is None:
            return _failed()
        if getattr(getattr(view, "cls", None), "reads_condition", False):
            return None
        return None if _taken_over(request, field, said) else _failed()


def stated_version(request: HttpRequest) -> int | None:
    """The version that the caller has read, from `If-Match`; None when there is no condition."""
    condition = _condition(request)
    found = STRONG.fullmatch(condition)
    return int(found[1]) if found else None


def _condition(request: HttpRequest) -> str:
    """`If-Match` of a change; empty where nothing is asked, as by `*`: the view finds the thing or not."""
    condition = "" if request.method in SAFE else request.headers.get("If-Match", "").strip()
    return "" if condition == "*" else condition


def _field_of(view: Any) -> str:
    field: str = getattr(getattr(view, "cls", None), "condition", VERSION)
    return field


def _said(condition: str, field: str) -> str | None:
    found = (OF_SEVERAL if field == OF_APPLICATION else STRONG).fullmatch(condition)
    return found[1] if found else None


def _taken_over(request: HttpRequest, field: str, said: str) -> bool:
    """Whether the body now says the condition too."""
    if request.body and request.content_type != JSON:
        return False
    try:
        body: Any = json.loads(request.body or b"{}")
    except ValueError:
        return True  # the view says what is wrong with it
    if not isinstance(body, dict):
        return True
    value = said if field == OF_APPLICATION else int(said)
    if body.setdefault(field, value) != value:
        return False
    request._body = json.dumps(body).encode()
    # An act that takes no input may come without a body, and without a word on what that were.
    request.META["CONTENT_TYPE"] = JSON
    request.META["CONTENT_LENGTH"] = str(len(request._body))
    return True


def _is_stale(answer: HttpResponse) -> bool:
    told = getattr(answer, "data", None)
    return isinstance(told, dict) and told.get("code") == "stale_version"


def _version(answer: HttpResponse, field: str) -> int | str | None:
    if not 200 <= answer.status_code < 300:
        return None
    told = getattr(answer, "data", None)
    if told is None and answer.has_header("Idempotent-Replayed"):
        told = json.loads(answer.content) if answer.content else None
    if not isinstance(told, dict):
        return None
    version = told.get(field)
    return version if isinstance(version, str if field == OF_APPLICATION else int) else None


def _failed() -> JsonResponse:
    words = _("It has changed since you read it, or If-Match is no version of it.")
    refusal = {"code": "precondition_failed", "message": words, "fields": {}}
    return JsonResponse(refusal, status=412)
