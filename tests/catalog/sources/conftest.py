from collections.abc import Iterator

import pytest
from django.db import connection

from tests.catalog.sources.database import (
    BusinessDatabase,
    admin,
    drop_database,
    let_read,
    make_database,
    make_reader,
    server,
)

DATABASE = "portal_test_business"


@pytest.fixture(scope="session")
def business_server(django_db_setup: None) -> Iterator[str]:
    make_reader()
    make_database(DATABASE)
    yield DATABASE
    drop_database(DATABASE)


@pytest.fixture
def business(business_server: str) -> Iterator[BusinessDatabase]:
    """The department's database, empty."""
    known = server()
    with admin(business_server) as owner:
        let_read(owner)
        yield BusinessDatabase(
            business_server, known.get("host", "localhost"), int(known.get("port", 5432)), owner
        )


@pytest.fixture
def cursor(db: None):
    with connection.cursor() as wrapped:
        yield wrapped.cursor
