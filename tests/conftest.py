import pytest

from portal.organisation.models import DutyKind
from tests.factories import DepartmentFactory, UserFactory


@pytest.fixture
def steward(db):
    return UserFactory(duties=[DutyKind.STEWARD])
