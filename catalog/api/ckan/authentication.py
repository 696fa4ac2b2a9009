"""Who calls: CKAN's clients send their key bare, in one of two headers."""

from rest_framework.authentication import SessionAuthentication
from rest_framework.request import Request

from portal.organisation.api.authentication import ApiKeyAuthentication, SystemTokenAuthentication
from portal.organisation.models import ApiKey, InformationSystem


class BareKeyAuthentication(ApiKeyAuthentication):
    """`Authorization: gdsp_…` or `X-CKAN-API-Key: gdsp_…`; a key that is none is refused."""

    def authenticate(self, request: Request) -> tuple[InformationSystem, ApiKey] | None:
        given = request.headers.get("Authorization", "") or request.headers.get(
            "X-CKAN-API-Key", ""
        )
        if not given.strip():
            return None
        return self.party_of(given.strip())


class ReadingTokenAuthentication(SystemTokenAuthentication):
    """Nothing here writes, so that also a POST asks only for the scope to read."""

    def scope_of(self, request: Request) -> str:
        return "read"


class ReadingSessionAuthentication(SessionAuthentication):
    """Nothing here writes, so that a POST needs no proof that it comes from a page of ours."""

    def enforce_csrf(self, request: Request) -> None:
        return None


AUTHENTICATION = [
    ReadingTokenAuthentication,
    ApiKeyAuthentication,
    BareKeyAuthentication,
    ReadingSessionAuthentication,
]
