"""Changes through the client: in their order from a kept place, and a copy that holds what is agreed."""

import json
import sqlite3
from tempfile import TemporaryDirectory

import pytest
from django.db import connection
from govshare_client import Applied, CursorExpiredError, LocalCopy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sharing.delivery import exports
from sharing.delivery.formats import JSON_LINES
from tests.agreements import confirmed, proposed
from tests.sharing.follower import row, sync

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def followed(portal, scoped):
    return portal.agreement(scoped.number)


def now(agreement, party) -> list[dict]:
    """The agreement's rows as an export has them."""
    stream = exports.export(number=agreement.number, party=party, format=JSON_LINES)
    return [json.loads(line) for line in b"".join(stream).splitlines()]


def test_changes_come_from_where_the_file_stands(followed, stored, tmp_path):
    kept = tmp_path / "cursor"
    assert list(followed.changes(cursor_file=kept)) == []

    sync(stored, [row(1, "new"), row(3), row(4), row(5)])
    got = [(one.kind, one.row["code"][-1]) for one in followed.changes(cursor_file=kept)]

    assert sorted(got) == [("delete", "2"), ("insert", "4"), ("insert", "5"), ("update", "1")]
    assert list(followed.changes(cursor_file=kept)) == []
    assert [path.name for path in tmp_path.iterdir()] == ["cursor"]


def test_who_stops_in_the_middle_is_told_that_answer_again(followed, stored, tmp_path):
    kept = tmp_path / "cursor"
    list(followed.changes(cursor_file=kept))
    sync(stored, [row(i) for i in range(1, 9)])

    seen = followed.changes(cursor_file=kept, limit=2)
    first = [next(seen).row["code"] for _ in range(3)]
    seen.close()
    again = [one.row["code"] for one in followed.changes(cursor_file=kept, limit=2)]

    assert again[0] == first[2]
    assert sorted({*first, *again}) == [f"{i:012d}" for i in range(4, 9)]


def test_a_cursor_of_other_terms_is_told_as_such(cast, followed, scoped, tmp_path):
    kept = tmp_path / "cursor"
    list(followed.changes(cursor_file=kept))
    proposed(scoped, cast.provider_steward, masks={"name": "hidden"})
    confirmed(scoped, cast.provider_head, cast.head)

    with pytest.raises(CursorExpiredError) as refused:
        list(followed.changes(cursor_file=kept))

    assert refused.value.code == "cursor_of_other_terms"


def test_a_copy_is_taken_whole_and_then_follows(cast, followed, scoped, stored, tmp_path):
    copy = LocalCopy(tmp_path / "rows.sqlite")

    first = copy.update(followed)
    sync(stored, [row(1, "new"), row(2, parent="2"), row(3), row(7, None)])
    second = copy.update(followed)
    third = copy.update(followed)

    assert first == Applied(rows=3, changes=0, is_anew=True)
    assert second == Applied(rows=3, changes=3, is_anew=False)
    assert third == Applied(rows=3, changes=0, is_anew=False)
    assert list(copy.rows(scoped.number)) == now(scoped, cast.system)
    assert list(copy.rows("GXXY-1999-0001")) == []


def test_a_copy_under_other_terms_is_taken_anew(cast, followed, scoped, tmp_path):
    copy = LocalCopy(tmp_path / "rows.sqlite")
    copy.update(followed)
    proposed(scoped, cast.provider_steward, masks={"name": "hidden"})
    confirmed(scoped, cast.provider_head, cast.head)

    assert copy.update(followed) == Applied(rows=3, changes=0, is_anew=True)

    held = list(copy.rows(scoped.number))
    assert held == now(scoped, cast.system)
    assert {one["name"] for one in held}.isdisjoint({"name"})


def test_a_copy_that_cannot_be_written_stays_as_it_was(cast, followed, scoped, stored, tmp_path):
    path = tmp_path / "rows.sqlite"
    copy = LocalCopy(path)
    copy.update(followed)
    before = list(copy.rows(scoped.number))
    with sqlite3.connect(path) as database:
        database.execute(
            f"CREATE TRIGGER full BEFORE INSERT ON {scoped.number.replace('-', '_')}"
            " WHEN NEW.code LIKE '%9' BEGIN SELECT RAISE(ABORT, 'disk full'); END"
        )
    database.close()
    sync(stored, [row(5), row(9)])

    with pytest.raises(sqlite3.IntegrityError, match="disk full"):
        copy.update(followed)
    assert list(copy.rows(scoped.number)) == before

    with sqlite3.connect(path) as database:
        database.execute("DROP TRIGGER full")
    database.close()
    copy.update(followed)
    assert list(copy.rows(scoped.number)) == now(scoped, cast.system)


NAMES = st.none() | st.sampled_from(["a", "b", 'say "so"', "居民", "a,b\nc"])
TABLES = st.dictionaries(
    st.integers(1, 8), st.tuples(NAMES, st.sampled_from(["1", "2"])), max_size=8
)


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(histories=st.lists(TABLES, min_size=1, max_size=4))
def test_whatever_the_source_does_the_copy_holds_exactly_the_agreed_rows(
    cast, followed, scoped, stored, histories
):
    with TemporaryDirectory() as place:
        copy = LocalCopy(f"{place}/rows.sqlite")
        copy.update(followed)
        for table in histories:
            sync(stored, [row(i, *values) for i, values in sorted(table.items())])
            connection.close()
            copy.update(followed)

            assert list(copy.rows(scoped.number)) == now(scoped, cast.system)
