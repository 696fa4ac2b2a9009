"""The client as an information system uses it: over HTTP, against a portal that runs."""

import pytest
from govshare_client import Portal

from portal.organisation.models import DutyKind, InformationSystem
from portal.organisation.services.systems import NewClient, issue_client
from sharing.models import Agreement
from tests.factories import UserFactory


def client_of(system: InformationSystem) -> NewClient:
    steward = UserFactory(department=system.department, duties=[DutyKind.STEWARD])
    return issue_client(system=system, by=steward)


@pytest.fixture
def credentials(cast) -> dict[str, str]:
    made = client_of(cast.system)
    return {"client_id": made.client_id, "client_secret": made.client_secret}


@pytest.fixture
def portal(live_server, credentials) -> Portal:
    return Portal(live_server.url, language="en", **credentials)


@pytest.fixture
def drawn(portal, agreement: Agreement):
    """The client's side of the agreement."""
    return portal.agreement(agreement.number)
