from collections.abc import Iterator

import pytest
from django.utils import translation
from pytest_django import DjangoDbBlocker

from catalog import synonyms
from portal.organisation.models import DutyKind
from tests.audit.database import let_tests_flush
from tests.catalog.store.emptied import drop_stored_rows_too
from tests.factories import UserFactory
from tests.workdays.published import hold_in_memory, keep_published_years


@pytest.fixture
def steward(db):
    return UserFactory(duties=[DutyKind.STEWARD])


@pytest.fixture(autouse=True)
def _language():
    """A request leaves its language behind in the thread; each test starts in the default one."""
    translation.deactivate()


@pytest.fixture(scope="session", autouse=True)
def _flush() -> Iterator[None]:
    """The audit trail's triggers refuse the TRUNCATE that ends a transactional test.

    Patched here alone: what a test patched over it would leave the next ones without holiday lists.
    """
    with pytest.MonkeyPatch.context() as patch:
        let_tests_flush(patch)
        drop_stored_rows_too(patch)
        keep_published_years(patch)
        yield


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """Holiday lists and synonyms are in memory from the first test on: query counts leave them out."""
    with django_db_blocker.unblock():
        hold_in_memory()
        synonyms.current()
