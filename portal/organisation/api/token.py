"""`/oauth/token/`: client credentials in, a short-lived token out; failures are counted and recorded."""

import base64
import binascii
import json
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.decorators import method_decorator
from django.views.decorators.csrf import csrf_exempt
from oauth2_provider.views import TokenView

from audit.identity import ANONYMOUS
from audit.models import Result
from audit.services import record
from portal.organisation import selectors

FAILURES_ALLOWED = 20
WINDOW = 300  # seconds


@method_decorator(csrf_exempt, name="dispatch")
@method_decorator(login_not_required, name="dispatch")
class SystemTokenView(TokenView):
    """Answers 429 when one address has failed too often within five minutes."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        counter = f"oauth-failures:{request.META.get('REMOTE_ADDR', '')}"
        if cache.get(counter, 0) >= FAILURES_ALLOWED:
            refused = JsonResponse({"error": "slow_down"}, status=429)
            refused["Retry-After"] = str(WINDOW)
            return refused
        with transaction.atomic():
            answer: HttpResponse = super().post(request, *args, **kwargs)
            self._note(request, answer)
        if answer.status_code != 200:
            cache.add(counter, 0, WINDOW)
            cache.incr(counter)
        return answer

    def _note(self, request: HttpRequest, answer: HttpResponse) -> None:
        client_id = _client_id(request)
        system = selectors.system_of_client_id(client_id)
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


def _client_id(request: HttpRequest) -> str:
    """The client id as it was given: by HTTP basic authentication, or in the form."""
    scheme, _space, coded = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(coded, validate=True).decode().partition(":")[0]
        except (binascii.Error, UnicodeDecodeError):
            return ""
    return request.POST.get("client_id", "")
