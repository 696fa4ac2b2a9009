"""One address an action: takes GET and POST, with or without a slash, and answers as CKAN does."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpResponse, QueryDict
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from rest_framework.exceptions import APIException, AuthenticationFailed, PermissionDenied
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.views import APIView

from catalog.api.negotiation import FixedForm
from catalog.formats.ckan.refusals import BadRequest, CkanError, NotAuthorized
from catalog.parties import party_of
from portal.common import refusals

from . import site
from .actions import ACTIONS, Written
from .arguments import Arguments
from .authentication import AUTHENTICATION
from .caller import Caller


class CkanView(APIView):
    """Whatever goes wrong leaves in CKAN's shape; a credential that is wrong is refused with 403."""

    authentication_classes = AUTHENTICATION
    permission_classes = [AllowAny]
    content_negotiation_class = FixedForm
    schema = None

    def caller(self, request: Request) -> Caller:
        return Caller(party=party_of(request.user), base=request.build_absolute_uri("/"))

    def handle_exception(self, exc: Exception) -> Any:
        if isinstance(exc, AuthenticationFailed | PermissionDenied):
            exc = NotAuthorized(str(exc.detail))
        if isinstance(exc, BadRequest):
            return _answer(f"Bad request - {exc}", status=400)
        if isinstance(exc, NotAuthorized):
            refusals.tell("not_authorized", str(exc))
        if isinstance(exc, CkanError):
            body = {"help": self.help(), "success": False, "error": exc.as_dict()}
            answered = _answer(body, status=exc.status)
            if exc.retry_after is not None:
                answered["Retry-After"] = str(exc.retry_after)
            return answered
        if isinstance(exc, APIException):
            return _answer(f"Bad request - {exc.detail}", status=exc.status_code)
        return super().handle_exception(exc)

    def help(self) -> str:
        name = str(self.kwargs.get("action", ""))
        path = reverse("ckan-action", args=["help_show"])
        return f"{self.request.build_absolute_uri(path)}?name={name}"


class ActionView(CkanView):
    def get(self, request: Request, action: str) -> HttpResponse:
        return self.done(request, action, lambda: _mixed(request.query_params))

    def post(self, request: Request, action: str) -> HttpResponse:
        return self.done(request, action, lambda: _posted(request))

    def done(
        self, request: Request, name: str, arguments: Callable[[], Mapping[str, Any]]
    ) -> HttpResponse:
        if name not in ACTIONS:
            raise BadRequest(f"Action name not known: {name}")
        result = ACTIONS[name](self.caller(request), Arguments(arguments()))
        if isinstance(result, Written):
            said = f'{{"help": {json.dumps(self.help())}, "success": true, "result": {result}}}'
            return _answer(Written(said))
        return _answer({"help": self.help(), "success": True, "result": result})


class StatusView(CkanView):
    """The status without its envelope, for CKAN's older clients."""

    def get(self, request: Request) -> HttpResponse:
        return _answer(site.status_show(self.caller(request), Arguments({})))


def _answer(body: Any, *, status: int = 200) -> HttpResponse:
    text = body if isinstance(body, Written) else json.dumps(body, cls=DjangoJSONEncoder)
    answered = HttpResponse(text, status=status, content_type="application/json;charset=utf-8")
    answered["Cache-Control"] = "private, no-cache"
    patch_vary_headers(answered, ["Authorization", "X-CKAN-API-Key", "Cookie"])
    return answered


def _posted(request: Request) -> Mapping[str, Any]:
    """A form or JSON, in the address when the body is empty. A form may be JSON as its only name:
    so does `curl -d` send what it is given.
    """
    plain = request._request
    form = plain.POST
    if form:
        values = [value for _name, value in form.items()]
        if len(values) == 1 and values[0] in {"", "1"}:
            return _object(next(iter(form)))
        return _mixed(form)
    if plain.body.strip() and not (plain.content_type or "").startswith("multipart/"):
        try:
            return _object(plain.body.decode())
        except UnicodeDecodeError as error:
            raise BadRequest(f"JSON Error: {error}") from None
    return _mixed(request.query_params)


def _object(text: str) -> Mapping[str, Any]:
    try:
        read = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadRequest(f"JSON Error: Error decoding JSON data. Error: {error}") from None
    if not isinstance(read, dict):
        raise BadRequest(
            f"JSON Error: Request data JSON decoded to {str(read)[:200]!r} but it needs to be a "
            "dictionary."
        )
    return read


def _mixed(given: QueryDict) -> Mapping[str, Any]:
    """A text where a name stands once, else all its texts."""
    return {name: words[0] if len(words) == 1 else words for name, words in given.lists()}
