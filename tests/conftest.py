from collections.abc import Iterator

import pytest

from portal.organisation.models import DutyKind
from tests.audit.database import let_tests_flush
from tests.factories import DepartmentFactory, UserFactory


@pytest.fixture
def steward(db):
    return UserFactory(duties=[DutyKind.STEWARD])


@pytest.fixture(scope="session", autouse=True)
def _flush() -> Iterator[None]:
    """The audit trail's triggers refuse the TRUNCATE that ends a transactional test."""
    with pytest.MonkeyPatch.context() as patch:
        let_tests_flush(patch)
        yield
