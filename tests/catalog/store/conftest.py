from collections.abc import Iterator

import psycopg
import pytest
from django.db import connection


@pytest.fixture
def cursor(db: None) -> Iterator[psycopg.Cursor]:
    with connection.cursor() as wrapped:
        yield wrapped.cursor
