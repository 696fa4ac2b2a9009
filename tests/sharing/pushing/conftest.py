from collections.abc import Iterator

import pytest
from psycopg import sql

from catalog.models import Resource, SharingMode
from sharing.models import TargetKind
from tests.catalog.sources.database import (
    BusinessDatabase,
    admin,
    drop_database,
    make_database,
    server,
)
from tests.catalog.sources.mariadb import BASE, MariaDB, mariadb
from tests.sharing.conftest import ODD, agreed_on

from .homes import PASSWORD, WRITER, Home

DATABASE = "portal_test_requester"


@pytest.fixture(scope="session")
def own_postgresql(django_db_setup: None) -> Iterator[str]:
    with admin() as cluster:
        found = cluster.execute("SELECT FROM pg_roles WHERE rolname = %s", [WRITER]).fetchone()
        command = "ALTER ROLE" if found is not None else "CREATE ROLE"
        cluster.execute(
            sql.SQL("{} {} LOGIN PASSWORD {}").format(
                sql.SQL(command), sql.Identifier(WRITER), sql.Literal(PASSWORD)
            )
        )
    make_database(DATABASE)
    yield DATABASE
    drop_database(DATABASE)


@pytest.fixture(scope="session")
def own_mariadb(django_db_setup: None) -> Iterator[MariaDB]:
    with mariadb() as running:
        running.run(f"CREATE USER {WRITER} IDENTIFIED BY %s", [PASSWORD])
        yield running


@pytest.fixture
def postgresql(own_postgresql: str) -> Iterator[Home]:
    """The requester's PostgreSQL, empty; WRITER may make tables."""
    known = server()
    host, port = known.get("host", "localhost"), int(known.get("port", 5432))
    with admin(own_postgresql) as owner:
        owner.execute("DROP SCHEMA IF EXISTS public CASCADE")
        owner.execute("CREATE SCHEMA public")
        owner.execute(f"GRANT USAGE, CREATE ON SCHEMA public TO {WRITER}".encode())
        base = BusinessDatabase(own_postgresql, host, port, owner)
        yield Home(TargetKind.POSTGRESQL, own_postgresql, port, host, base, "public.divisions")


@pytest.fixture
def maria(own_mariadb: MariaDB) -> Home:
    """The requester's MariaDB, empty; WRITER may make tables."""
    for (name,) in own_mariadb.run("SHOW TABLES"):
        own_mariadb.run(f"DROP TABLE `{name}`")
    own_mariadb.run(f"REVOKE ALL PRIVILEGES, GRANT OPTION FROM {WRITER}")
    own_mariadb.run(f"GRANT ALL ON {BASE}.* TO {WRITER}")
    return Home(TargetKind.MYSQL, BASE, own_mariadb.port, "127.0.0.1", own_mariadb, "divisions")


@pytest.fixture(params=["postgresql", "maria"])
def home(request: pytest.FixtureRequest) -> Home:
    found: Home = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def stored(stored: Resource) -> Resource:
    stored.sharing_modes = [SharingMode.BATCH]
    stored.save(update_fields=["sharing_modes"])
    return stored


@pytest.fixture
def batch(cast, stored):
    """Items code and name of the rows 1 to 3, by batch exchange."""
    return agreed_on(cast, stored, row_filter=[ODD], sharing_mode=SharingMode.BATCH)
