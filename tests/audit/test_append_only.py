import pytest
from django.db import IntegrityError, connection, transaction

from audit.models import Entry, Head, Link
from audit.services import record
from tests.audit.conftest import ZHOU
from tests.audit.database import chain_now

REFUSED = [
    "UPDATE audit_entry SET action = 'x'",
    "UPDATE audit_entry SET action = 'x' WHERE false",
    "DELETE FROM audit_entry",
    "TRUNCATE audit_entry",
    "INSERT INTO audit_entry SELECT * FROM audit_entry ON CONFLICT (id) DO UPDATE SET action = 'x'",
    "UPDATE audit_link SET seq = seq + 10",
    "DELETE FROM audit_link",
    "TRUNCATE audit_link",
    r"INSERT INTO audit_link VALUES (9, 9, '\x00', '\x00')",
    "UPDATE audit_head SET seq = 0",
    "DELETE FROM audit_head",
    "TRUNCATE audit_head",
    r"INSERT INTO audit_head VALUES (9, '\x00')",
    "INSERT INTO audit_queue VALUES (1)",
    "DELETE FROM audit_queue",
    "TRUNCATE audit_queue",
    "TRUNCATE audit_entry, audit_link, audit_head CASCADE",
]


@pytest.fixture
def entry(db: None) -> Entry:
    entry = record(actor=ZHOU, action="audit.search", target=None)
    chain_now()
    return entry


@pytest.mark.parametrize("statement", REFUSED)
def test_the_database_refuses_to_change_the_trail(entry: Entry, statement: str) -> None:
    # given
    before = _all()

    # when
    with (
        pytest.raises(IntegrityError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)

    # then
    assert _all() == before


def test_the_models_cannot_change_it_either(entry: Entry) -> None:
    # given
    before = _all()

    # when
    entry.action = "audit.export"
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        entry.save()
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        entry.delete()

    # then
    assert _all() == before


def _all() -> list[list[tuple[object, ...]]]:
    def plain(row: tuple[object, ...]) -> tuple[object, ...]:
        return tuple(bytes(v) if isinstance(v, memoryview) else v for v in row)

    return [
        [plain(row) for row in model._default_manager.order_by("pk").values_list()]
        for model in (Entry, Link, Head)
    ]
