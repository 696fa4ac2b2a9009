"""How an information system signs in to the API: as itself, by token or by key."""

import hashlib
import hmac
from datetime import timedelta

import structlog
from django.utils import timezone
from django.utils.translation import gettext as _
from oauth2_provider.contrib.rest_framework import OAuth2Authentication
from oauth2_provider.models import AbstractAccessToken
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.request import Request

from portal.common import refusals
from portal.organisation import selectors
from portal.organisation.models import ApiKey, InformationSystem
from portal.organisation.services.systems import note_use

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
USE_NOTED_EVERY = timedelta(minutes=1)


class SystemTokenAuthentication(OAuth2Authentication):
    """`Authorization: Bearer …` with a token from `/oauth/token/`.

    Scope `read` lets a system read, `write` lets it act.
    """

    def authenticate(
        self, request: Request
    ) -> tuple[InformationSystem, AbstractAccessToken] | None:
        if not request.headers.get("Authorization", "").lower().startswith("bearer "):
            return None
        found = super().authenticate(request)
        if found is None:
            raise AuthenticationFailed(_("The access token is unknown or has expired."))
        token: AbstractAccessToken = found[1]
        system = selectors.system_of_client(token.application_id)
        if system is None:
            raise AuthenticationFailed(_("The token belongs to no active information system."))
        scope = self.scope_of(request)
        if not token.allow_scopes([scope]):
            lacking = _('The token lacks the scope "%(scope)s".') % {"scope": scope}
            refusals.tell("scope_missing", lacking, caller=system)
            raise PermissionDenied(lacking)
        _bind(system)
        return system, token

    def scope_of(self, request: Request) -> str:
        """The scope that a token needs for this request.

        A view that `only_reads` takes a question that is too long for an address by POST.
        """
        only_reads = getattr(request.parser_context.get("view"), "only_reads", False)
        return "read" if only_reads or request.method in SAFE else "write"


class ApiKeyAuthentication(BaseAuthentication):
    """`Authorization: Api-Key …`, for tools that cannot do OAuth2."""

    keyword = "Api-Key"

    def authenticate(self, request: Request) -> tuple[InformationSystem, ApiKey] | None:
        keyword, _space, secret = request.headers.get("Authorization", "").partition(" ")
        if keyword.lower() != self.keyword.lower():
            return None
        return self.party_of(secret.strip())

    def party_of(self, secret: str) -> tuple[InformationSystem, ApiKey]:
        """The system whose live key this is; AuthenticationFailed when there is none."""
        key = self._key(secret)
        if key is None or not key.is_live or not key.system.is_active:
            raise AuthenticationFailed(_("The API key is unknown, has expired or was revoked."))
        now = timezone.now()
        if key.last_used_at is None or now - key.last_used_at > USE_NOTED_EVERY:
            note_use(key=key, at=now)
        _bind(key.system)
        return key.system, key

    def authenticate_header(self, request: Request) -> str:
        return self.keyword

    def _key(self, secret: str) -> ApiKey | None:
        digest = hashlib.sha256(secret.encode()).digest()
        key = selectors.key_of_digest(digest)
        if key is None or not hmac.compare_digest(bytes(key.digest), digest):
            return None
        return key


def _bind(system: InformationSystem) -> None:
    """Name the caller in every log line of the request."""
    structlog.contextvars.bind_contextvars(system=system.name, department=system.department_id)
