"""Changes under an agreement: what a consumer is told, and that it then holds exactly the agreed rows."""

import pytest
from django.db import connection, transaction

from audit.models import Entry
from catalog.store import changes as log
from catalog.store.tables import table_of
from portal.common.errors import Invalid, NotAllowed, NotFound
from sharing import outlet
from sharing.change_views import changes_view
from sharing.delivery import changes
from sharing.delivery.cursors import CursorError
from sharing.delivery.quotas import QuotaError
from sharing.delivery.reader import reading
from sharing.models import Pull
from sharing.services import agreements, following, suspensions
from tests.agreements import confirmed, proposed
from tests.factories import in_days

from .calls import with_key
from .conftest import ODD, agreed_on
from .follower import Follower, ask, codes, row, sync

pytestmark = pytest.mark.django_db(transaction=True)


def test_without_a_cursor_there_is_one_of_now(cast, scoped):
    first = ask(scoped, cast.system)

    assert (first["changes"], first["count"], first["more"]) == ([], 0, False)
    assert ask(scoped, cast.system, since=first["next"])["changes"] == []


def test_changes_are_seen_from_the_agreement(cast, scoped, stored):
    # given
    since = ask(scoped, cast.system)["next"]

    # when 1 changes, 2 leaves the scope, 3 goes, 4 comes into it, 5 is new, 6 is out of scope
    sync(
        stored,
        [row(1, "other"), row(2, parent="2"), row(4), row(5), row(6, parent="2")],
    )

    # then
    answer = ask(scoped, cast.system, since=since)
    assert sorted(codes(answer)) == [
        ("delete", 2),
        ("delete", 3),
        ("insert", 4),
        ("insert", 5),
        ("update", 1),
    ]
    by_code = {int(change["row"]["code"]): change for change in answer["changes"]}
    assert by_code[1]["row"] == {"code": "000000000001", "name": "other"}
    assert by_code[2]["row"] == {"code": "000000000002"}
    assert by_code[1]["at"].endswith("+08:00")
    assert (answer["count"], answer["more"]) == (5, False)


def test_what_the_agreement_does_not_let_out_is_no_change(cast, stored):
    # given no row scope, and the parent is not among the items
    agreement = agreed_on(cast, stored)
    since = ask(agreement, cast.system)["next"]

    # when
    sync(stored, [row(1, parent="7"), row(2), row(3), row(4, parent="2")])

    # then
    answer = ask(agreement, cast.system, since=since)
    assert answer["changes"] == []
    assert answer["next"] != since


def test_masked_items_are_masked_in_changes_too(cast, stored):
    # given
    agreement = agreed_on(cast, stored)
    proposed(agreement, cast.applicant, masks={"name": "hidden"})
    agreement = confirmed(agreement, cast.provider_head, cast.head)
    since = ask(agreement, cast.system)["next"]

    # when one hidden name becomes another, and a row comes
    sync(stored, [row(1, "secret"), row(2), row(3), row(4, parent="2"), row(9, "secret")])

    # then
    answer = ask(agreement, cast.system, since=since)
    assert codes(answer) == [("insert", 9)]
    assert "secret" not in str(answer)


def test_pages_of_changes_go_on_where_the_one_before_ended(cast, scoped, stored):
    follower = Follower(scoped, cast.system)
    follower.take_export()
    sync(stored, [row(i) for i in range(10, 20)])

    kinds = follower.catch_up(limit=3)

    assert sorted(kinds) == ["delete"] * 3 + ["insert"] * 10
    assert sorted(follower.rows) == [f"{i:012d}" for i in range(10, 20)]


def test_an_exports_cursor_goes_on_from_its_rows(cast, scoped, stored):
    # given an export that has begun, and a sync before it ends
    follower = Follower(scoped, cast.system)
    follower.take_export(meanwhile=lambda: sync(stored, [row(2)]))
    assert len(follower.rows) == 3

    # then
    assert follower.catch_up() == ["delete", "delete"]
    assert list(follower.rows) == ["000000000002"]


def test_an_export_over_http_brings_its_cursor(cast, scoped, stored):
    client = with_key(cast.system)
    base = f"/api/v1/agreements/{scoped.number}/"

    answer = client.get(f"{base}export.csv")
    b"".join(answer.streaming_content)
    sync(stored, [row(1), row(2)])
    told = client.get(f"{base}changes/", {"since": answer["Changes-Cursor"]})

    assert told["Content-Type"] == "application/json"
    assert [change["kind"] for change in told.json()["changes"]] == ["delete"]


def test_a_call_is_noted_and_counts_its_changes(cast, scoped, stored):
    since = ask(scoped, cast.system)["next"]
    sync(stored, [row(1), row(2)])
    Pull.objects.all().delete()

    ask(scoped, cast.system, since=since)

    pull = Pull.objects.get()
    assert (pull.kind, pull.result, pull.rows) == ("changes", "ok", 1)
    entry = Entry.objects.filter(action="sharing.pull.finish").latest("id")
    assert (entry.data["kind"], entry.data["rows"], entry.data["items"]) == (
        "changes",
        1,
        ["code", "name"],
    )


def test_changes_count_against_the_agreed_rows(cast, stored):
    # given
    agreement = agreed_on(cast, stored, rows_a_day=2)
    since = ask(agreement, cast.system)["next"]
    sync(stored, [])

    # when
    first = ask(agreement, cast.system, since=since)

    # then
    assert (first["count"], first["more"]) == (2, True)
    with pytest.raises(QuotaError):
        ask(agreement, cast.system, since=first["next"])


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"since": "nonsense"}, "since"),
        ({"limit": "0"}, "limit"),
        ({"limit": "10001"}, "limit"),
        ({"wait": "31"}, "wait"),
        ({"wait": "-1"}, "wait"),
        ({"wait": "soon"}, "wait"),
        ({"name": "x"}, "name"),
    ],
)
def test_a_wrong_call_is_told_what_is_wrong(cast, scoped, asked, field):
    with pytest.raises(Invalid) as refused:
        ask(scoped, cast.system, **asked)

    assert list(refused.value.fields) == [field]
    assert Pull.objects.get().status == 422


def test_a_cursor_is_of_one_agreement(cast, scoped, stored):
    mine = ask(scoped, cast.system)["next"]
    agreements.terminate(agreement=scoped, reason="换新", by=cast.head)
    other = agreed_on(cast, stored, row_filter=[ODD])

    for cursor in (mine, mine[:-2] + "aa"):
        with pytest.raises(Invalid):
            ask(other, cast.system, since=cursor)


def test_another_scope_ends_the_cursor_and_says_so(cast, scoped):
    # given
    since = ask(scoped, cast.system)["next"]

    # when
    proposed(scoped, cast.applicant, row_filter=[])
    confirmed(scoped, cast.provider_head, cast.head)

    # then
    with pytest.raises(CursorError) as refused:
        ask(scoped, cast.system, since=since)
    assert (refused.value.status, refused.value.code) == (410, "cursor_of_other_terms")


def test_a_renewed_term_keeps_the_cursor(cast, scoped, stored):
    since = ask(scoped, cast.system)["next"]

    proposed(scoped, cast.applicant, ends_on=in_days(400))
    confirmed(scoped, cast.provider_head, cast.head)
    sync(stored, [row(1), row(2)])

    assert codes(ask(scoped, cast.system, since=since)) == [("delete", 3)]


def test_a_suspended_agreement_goes_on_where_it_stood(cast, scoped, stored):
    # given
    since = ask(scoped, cast.system)["next"]
    suspensions.suspend(agreement=scoped, reason="核查", by=cast.officer)

    # when rows change meanwhile
    sync(stored, [row(1), row(2)])
    following.prune()
    with pytest.raises(NotAllowed):
        ask(scoped, cast.system, since=since)
    suspensions.restore(agreement=scoped, reason="已查清", by=cast.officer)

    # then
    assert codes(ask(scoped, cast.system, since=since)) == [("delete", 3)]


def test_a_cursor_that_is_too_old_is_told_to_take_an_export(cast, scoped, stored, settings):
    # given
    since = ask(scoped, cast.system)["next"]
    sync(stored, [row(1), row(2)])
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE store.r_{stored.pk}_changes SET _at = _at - interval '31 days'")

    # when
    following.prune()

    # then
    with pytest.raises(CursorError) as refused:
        ask(scoped, cast.system, since=since)
    assert (refused.value.status, refused.value.code) == (410, "cursor_expired")
    assert Pull.objects.latest("id").status == 410
    fresh = ask(scoped, cast.system)["next"]
    assert ask(scoped, cast.system, since=fresh)["count"] == 0


def test_first_rows_are_a_new_beginning(cast, stored):
    # given an agreement over a table that has been emptied, and its log made anew
    agreement = agreed_on(cast, stored)
    sync(stored, [])
    with transaction.atomic(), connection.cursor() as wrapped:
        log.start_anew(wrapped.cursor, table_of(stored))
    since = ask(agreement, cast.system)["next"]

    # when
    sync(stored, [row(1)])

    # then
    with pytest.raises(CursorError):
        ask(agreement, cast.system, since=since)


def test_the_log_goes_when_no_agreement_needs_it(cast, scoped, stored):
    following.prune()
    with connection.cursor() as wrapped:
        assert log.is_kept(wrapped.cursor, f"r_{stored.pk}")

    agreements.terminate(agreement=scoped, reason="完", by=cast.head)
    following.prune()

    with connection.cursor() as wrapped:
        assert not log.is_kept(wrapped.cursor, f"r_{stored.pk}")


@pytest.mark.parametrize("stop", [agreements.terminate, suspensions.suspend])
def test_nothing_leaves_after_the_end_and_no_view_stays(cast, scoped, stop):
    since = ask(scoped, cast.system)["next"]

    stop(agreement=scoped, reason="超范围使用", by=cast.officer)

    with pytest.raises(NotAllowed) as refused:
        ask(scoped, cast.system, since=since)
    assert "超范围使用" in str(refused.value.message)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_views WHERE schemaname = 'agreement'")
        assert cursor.fetchone() == (0,)


def test_a_stranger_learns_nothing(cast, scoped):
    with pytest.raises(NotFound):
        ask(scoped, cast.strange_system)


def test_the_reader_reaches_nothing_but_its_views(cast, scoped, stored):
    """Asked of the database itself, on the connection that delivers."""
    with reading(scoped) as opened:
        opened.autocommit = True
        for relation in (f"store.r_{stored.pk}_changes", f"store.r_{stored.pk}", "store.positions"):
            with pytest.raises(Exception, match="permission denied"):
                opened.execute(f"SELECT * FROM {relation}")
        columns = opened.execute(
            f"SELECT * FROM {changes_view(scoped).as_string(opened)} LIMIT 0"
        ).description
    assert [column.name for column in columns] == ["_position", "_at", "code", "name", "_kind"]


def test_who_reads_changes_by_an_injected_function_sees_no_row_out_of_scope(cast, scoped, stored):
    """A security barrier: a function that leaks its argument is not asked before the filter."""
    sync(stored, [row(4, "hidden 4", parent="2"), row(1, "shown")])
    with reading(scoped) as opened:
        heard: list[str] = []
        opened.add_notice_handler(lambda notice: heard.append(str(notice.message_primary)))
        opened.execute("SELECT set_config('client_min_messages', 'debug1', false)")
        with pytest.raises(Exception, match="invalid input syntax") as fault:
            opened.execute(
                f"SELECT * FROM {changes_view(scoped).as_string(opened)} WHERE name::int > 0"
            ).fetchall()
    assert "hidden 4" not in str(fault.value)


def test_a_reader_asks_the_logs_index(cast, scoped, stored):
    """A position goes through the security barrier and the windows: no scan of the whole log."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO store.r_{stored.pk}_changes (_position, _image, code, name, parent_code)"
            " SELECT nextval('store.positions'), 2, i, i, '1' FROM generate_series(1, 50000) i"
        )
        cursor.execute(f"ANALYZE store.r_{stored.pk}_changes")
        cursor.execute("SELECT last_value - 100 FROM store.positions")
        (since,) = cursor.fetchone()
    query = changes.statement(scoped, outlet.columns_of(scoped), since=since, limit=1000)
    with reading(scoped) as opened:
        plan = "\n".join(
            line for (line,) in opened.execute(f"EXPLAIN {query.as_string(opened)}").fetchall()
        )
    assert "Index Scan using" in plan
    assert "Index Cond: ((_position >" in plan
    assert "Seq Scan" not in plan
    assert "Sort" not in plan


# Waiting


# Telling


# Whatever happens
