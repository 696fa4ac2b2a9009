import pytest

from portal.organisation.models import DutyKind
from portal.webhooks.services import endpoints
from tests.factories import UserFactory
from tests.sharing.conftest import (  # noqa: F401 - fixtures
    agreement,
    cast,
    draft,
    filled,
    freeze,
    received,
    resource,
    submitted,
)

from .receiver import receiving


@pytest.fixture
def receiver():
    with receiving() as opened:
        yield opened


@pytest.fixture
def keeper(cast):  # noqa: F811
    """The steward of the requester: looks after its systems."""
    return UserFactory(department=cast.education, duties=[DutyKind.STEWARD])


@pytest.fixture
def listening(cast, keeper, receiver):  # noqa: F811
    """A webhook of the requester's system for what happens to requests, with its secret."""
    return endpoints.add(
        system=cast.system,
        url=receiver.url,
        events=["request.received", "request.agreed", "request.refused", "agreement.awaiting"],
        by=keeper,
    )
