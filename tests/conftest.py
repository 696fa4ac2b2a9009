from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.db import DEFAULT_DB_ALIAS, OperationalError
from django.test import Client
from django.test.utils import setup_databases, teardown_databases
from django.utils import translation
from pytest_django import DjangoDbBlocker

from catalog import synonyms
from catalog.models import SharedFileVersion
from portal.organisation.models import DutyKind, User
from sharing.delivery import reader
from tests.audit.database import let_tests_flush
from tests.catalog.store.emptied import drop_stored_rows_too
from tests.factories import UserFactory
from tests.workdays.published import hold_in_memory, keep_published_years


@pytest.fixture
def steward(db):
    return UserFactory(duties=[DutyKind.STEWARD])


@pytest.fixture
def signed_in(client: Client) -> Callable[[User], Client]:
    """The one browser of a test, with this person at it."""

    def sign_in(person: User) -> Client:
        client.force_login(person)
        return client

    return sign_in


@pytest.fixture
def shared_place(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where this test's shared files are kept: the field holds the storage that the settings named."""
    storage = SharedFileVersion._meta.get_field("content").storage
    kept = tmp_path_factory.mktemp("kept")
    for name in ("location", "base_location"):
        monkeypatch.setattr(storage, name, str(kept))
    return kept


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
def django_db_setup(
    request: pytest.FixtureRequest,
    django_test_environment: None,
    django_db_modify_db_settings: None,
    django_db_keepdb: bool,
    django_db_createdb: bool,
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[None]:
    """The database, whichever tests run. pytest-django's own makes only what a test is marked for, and a
    test that commits by itself (`committed` of the audit trail) bears no mark.

    Holiday lists and synonyms are in memory from the first test on: query counts leave them out.
    """
    keeps = django_db_keepdb and not django_db_createdb
    with django_db_blocker.unblock():
        made = setup_databases(
            verbosity=0, interactive=False, aliases={DEFAULT_DB_ALIAS}, keepdb=keeps
        )
        hold_in_memory()
        synonyms.current()
    yield
    reader.close()  # its connections would hold the database
    if not django_db_keepdb:
        with django_db_blocker.unblock():
            try:
                teardown_databases(made, verbosity=0)
            except OperationalError as held:
                # A session that a killed process left; the servers of a run go with it anyhow.
                request.node.warn(pytest.PytestWarning(f"the test database stays: {held}"))
