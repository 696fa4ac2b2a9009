import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from audit.models import Entry, Leaf, Node, PublicKey, TreeHead
from audit.services import record
from tests.audit.conftest import ZHOU, Written
from tests.audit.database import seal_now

TABLES = ("audit_entry", "audit_leaf", "audit_node", "audit_treehead", "audit_publickey")
REFUSED = [
    *[f"DELETE FROM {table}" for table in TABLES],
    *[f"TRUNCATE {table}" for table in TABLES],
    "UPDATE audit_entry SET action = 'x'",
    "UPDATE audit_leaf SET index = index + 10",
    "UPDATE audit_node SET hash = ''",
    "UPDATE audit_treehead SET size = 0",
    "UPDATE audit_publickey SET first_head = 9",
    "UPDATE audit_entry SET action = 'x' WHERE false",
    "TRUNCATE audit_entry, audit_leaf, audit_node, audit_treehead CASCADE",
    # The month by itself, past the table that it is a part of.
    "DELETE FROM {month}",
    "TRUNCATE {month}",
    "UPDATE {month} SET action = 'x'",
    "INSERT INTO {month} SELECT * FROM {month} ON CONFLICT (id) DO UPDATE SET action = 'x'",
]


@pytest.fixture
def entry(written: Written) -> Entry:
    entry = written(3)[0]
    seal_now()
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
        cursor.execute(statement.format(month=f"audit_entry_{timezone.localtime():%Y_%m}"))

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


def test_nobody_can_say_in_which_transaction_an_entry_was_written(db: None) -> None:
    record(actor=ZHOU, action="audit.search", target=None)

    with (
        pytest.raises(IntegrityError, match="audit_entry_of_this_transaction"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            "INSERT INTO audit_entry (actor_kind, actor_id, actor_name, department_name, action,"
            " target_type, target_id, target_label, department_ids, result, data, request_id, xid)"
            " SELECT actor_kind, '', '', '', action, '', '', '', '{}', 'ok', '{}', '', '1'"
            " FROM audit_entry"
        )

    assert Entry.objects.count() == 1


def _all() -> list[list[tuple[object, ...]]]:
    def plain(row: tuple[object, ...]) -> tuple[object, ...]:
        return tuple(bytes(v) if isinstance(v, memoryview) else v for v in row)

    return [
        [plain(row) for row in model._default_manager.order_by("pk").values_list()]
        for model in (Entry, Leaf, Node, PublicKey, TreeHead)
    ]
