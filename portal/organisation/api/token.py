"""`/oauth/token/`: client credentials in, a short-lived token out; failures are counted and recorded."""

import base64
import binascii
import hashlib
import json
from contextlib import suppress
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.decorators import method_decorator
from django.views.decorators.csrf import csrf_exempt
from ipware import get_client_ip
from oauth2_provider.views import TokenView

from audit.identity import ANONYMOUS
from audit.models import Result
from audit.services import record
from portal.organisation import selectors

FAILURES_ALLOWED = 20
WINDOW = 300  # seconds
NUL = "\x00"  # PostgreSQL keeps no text with it, so no client has it in its id


@method_decorator(csrf_exempt, name="dispatch")
@method_decorator(login_not_required, name="dispatch")
class SystemTokenView(TokenView):
    """Answers 429 when a client has failed too often from one address within five minutes.

    Not the address alone: behind a proxy all systems share one, and the one with a stale secret
    would shut out every other.
    """

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        counter = _counter(request)
        if cache.get(counter, 0) >= FAILURES_ALLOWED:
            refused = JsonResponse({"error": "slow_down"}, status=429)
            refused["Retry-After"] = str(WINDOW)
            return refused
        with transaction.atomic():
            answer = self._answer(request, *args, **kwargs)
            self._note(request, answer)
        if answer.status_code != 200:
            _count(counter)
        return answer

    def _answer(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        given = [
            _client_id(request),
            *(word for words in request.POST.lists() for word in words[1]),
        ]
        if any(NUL in word for word in given):
            return JsonResponse({"error": "invalid_request"}, status=400)
        answer: HttpResponse = super().post(request, *args, **kwargs)
        return answer

    def _note(self, request: HttpRequest, answer: HttpResponse) -> None:
        client_id = _client_id(request)
        system = None if NUL in client_id else selectors.system_of_client_id(client_id)
        if answer.status_code == 200:
            record(
                actor=system,
                action="organisation.token.issue",
                target=system,
                scope=json.loads(answer.content).get("scope", ""),
            )
            return
        record(
            actor=ANONYMOUS,
            action="organisation.token.deny",
            target=system,
            result=Result.DENIED,
            client_id=client_id[:100],
            status=answer.status_code,
        )


def _counter(request: HttpRequest) -> str:
    who = f"{get_client_ip(request)[0]} {_client_id(request)}"
    return f"oauth-failures:{hashlib.sha256(who.encode(errors='replace')).hexdigest()}"


def _count(counter: str) -> None:
    if not cache.add(counter, 1, WINDOW):
        with suppress(ValueError):  # the window has ended between the two commands
            cache.incr(counter)


def _client_id(request: HttpRequest) -> str:
    """The client id as it was given: by HTTP basic authentication, or in the form."""
    scheme, _space, coded = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(coded, validate=True).decode().partition(":")[0]
        except (binascii.Error, UnicodeDecodeError):
            return ""
    return request.POST.get("client_id", "")
