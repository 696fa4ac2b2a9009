"""How an information system calls the addresses of an agreement."""

from django.test import Client

from portal.organisation.models import DutyKind
from portal.organisation.services.systems import issue_api_key
from tests.factories import UserFactory


def with_key(system) -> Client:
    steward = UserFactory(department=system.department, duties=[DutyKind.STEWARD])
    secret = issue_api_key(system=system, days=30, by=steward).secret
    return Client(headers={"Authorization": f"Api-Key {secret}", "accept-language": "en"})


def path(agreement, last="rows/"):
    return f"/api/v1/agreements/{agreement.number}/{last}"
