"""A canary row is the same in each way out, and yields to a real row of its key."""

import io
import json
from uuid import UUID

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.models import DataItem
from portal.common.errors import DomainError
from sharing import canaries, outlet
from sharing.delivery import prepared, verifying
from sharing.delivery.cursors import CursorError
from sharing.delivery.formats import FORMATS
from sharing.models import Agreement
from sharing.services import suspensions
from tests.agreements import confirmed, proposed

from .canary import ROW, code_of, csv_of, export, page, with_canary
from .conftest import agreed_on
from .follower import Follower, ask, row, sync

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def planted(cast, scoped):
    return with_canary(cast, scoped)


# Among the rows


def test_it_stands_among_the_rows_in_the_order_of_the_key(cast, planted):
    code = code_of(planted)

    found = page(planted, cast.system, count="exact")

    assert [one["code"] for one in found["rows"]] == [*(f"{i:012d}" for i in (1, 2, 3)), code]
    assert found["rows"][-1] == {"code": code, "name": "虚构户"}
    assert found["total"] == 4


def test_pages_by_cursor_and_from_the_end_have_it_once(cast, planted):
    up, after = [], {}
    while after is not None:
        found = page(planted, cast.system, limit=1, **after)
        up += [one["code"] for one in found["rows"]]
        after = {"after": found["next"]} if found["next"] else None

    down = [one["code"] for one in page(planted, cast.system, order="-code")["rows"]]

    assert up == [*(f"{i:012d}" for i in (1, 2, 3)), code_of(planted)]
    assert down == up[::-1]


def test_each_format_of_an_export_has_the_same_rows(cast, planted):
    wanted = page(planted, cast.system)["rows"]

    lines = export(planted, cast.system, "jsonl").splitlines()
    parquet = pq.read_table(io.BytesIO(export(planted, cast.system, "parquet")))
    arrow = pa.ipc.open_stream(export(planted, cast.system, "arrow")).read_all()

    assert csv_of(export(planted, cast.system)) == wanted
    assert [json.loads(line) for line in lines] == wanted
    assert parquet.to_pylist() == wanted
    assert arrow.to_pylist() == wanted


def test_a_prepared_file_is_made_anew_and_has_it(cast, scoped, prepared_folder):
    # given a file of the terms before
    given = {"number": scoped.number, "party": cast.applicant, "format": FORMATS["csv"]}
    before, _is_new = prepared.ask(**given, asked={})

    # when
    planted = with_canary(cast, scoped)
    made, is_new = prepared.ask(**given, asked={})
    prepared.prepare(export_id=made.pk)

    # then
    made.refresh_from_db()
    assert (is_new, made.pk == before.pk, made.rows) == (True, False, 4)
    with prepared.storage().open(made.file) as file:
        assert file.read() == export(planted, cast.system)


def test_it_is_verified_as_any_row(cast, planted):
    code = code_of(planted)

    found = verifying.verify(
        number=planted.number,
        party=cast.system,
        entries=[{"code": code, "name": "虚构户"}, {"code": code, "name": "other"}, "nobody"],
    )

    assert [(one.found, one.matched) for one in found.answers] == [
        (True, ["name"]),
        (True, []),
        (False, []),
    ]


def test_a_filter_lets_it_through_as_any_row_and_the_row_scope_is_not_asked(cast, planted):
    """The scope is of parent 1, which the row does not say; it is not let out with its parent."""
    assert page(planted, cast.system, name="虚构户")["rows"] == [
        {"code": code_of(planted), "name": "虚构户"}
    ]
    assert page(planted, cast.system, name="name")["count"] == 3


def test_it_is_masked_as_the_rows_are(cast, scoped):
    planted = with_canary(cast, scoped, masks={"name": "hidden"})

    names = {one["name"] for one in page(planted, cast.system)["rows"]}

    assert len(names) == 1
    assert "虚构户" not in names


def test_it_counts_as_a_row_where_rows_are_counted_beforehand(cast, stored):
    # given as many rows a day as there are real ones
    agreement = with_canary(cast, agreed_on(cast, stored), rows_a_day=4)

    assert page(agreement, cast.system, count="estimated", limit=1)["total"] == 5
    with pytest.raises(DomainError) as refused:
        export(agreement, cast.system)
    assert refused.value.code == "quota_exceeded"


def test_each_agreement_has_a_word_of_its_own_which_stays(cast, stored):
    # given two agreements of one pattern
    first = with_canary(cast, agreed_on(cast, stored))
    word = code_of(first)
    proposed(first, cast.provider_steward, canary={**ROW, "name": "他户"})
    again = confirmed(first, cast.provider_head, cast.head)

    # then
    assert code_of(again) == word
    other = Agreement.objects.get(pk=first.pk)
    other.mark = UUID(int=1)
    assert canaries.of(other).key["code"] != word


def test_without_one_the_views_are_what_they_were(cast, scoped):
    """The letters of the query, for what is reopened by an upgrade is compared with nothing."""
    (code,) = [one for one in outlet.columns_of(scoped) if one.is_key]

    query = outlet.rows_of(scoped).query(where=code.identifier, by=code.identifier)

    assert query.as_string(None) == (
        f'SELECT "code", "name" FROM "store"."r_{scoped.resource_id}"'
        ' WHERE "parent_code" IN (\'1\'::text) AND "code" ORDER BY "code"'
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT string_agg(definition, '') FROM pg_views WHERE schemaname = 'agreement'"
        )
        assert "UNION" not in cursor.fetchone()[0]


# A row of its key


def real(agreement, name="real", parent="1"):
    return (code_of(agreement), name, parent)


def test_it_yields_to_a_real_row_of_its_key_and_comes_back(cast, planted, stored):
    # given
    follower = Follower(planted, cast.system)
    follower.take_export()
    code = code_of(planted)
    rows = [row(1), row(2), row(3)]

    # when a real row comes
    sync(stored, [*rows, real(planted)])

    # then it is what is delivered, and nobody is told to pass over it
    assert page(planted, cast.system)["rows"][-1] == {"code": code, "name": "real"}
    assert canaries.told(planted) == canaries.Told({"code": code}, is_delivered=False)
    assert follower.catch_up() == ["update"]

    # when it changes, and goes
    sync(stored, [*rows, real(planted, "changed")])
    sync(stored, rows)

    # then
    assert follower.catch_up() == ["update", "update"]
    assert follower.rows[code] == {"code": code, "name": "虚构户"}
    assert canaries.told(planted).is_delivered


def test_a_real_row_out_of_scope_is_not_delivered_with_values_that_are_not_its(
    cast, planted, stored
):
    # given
    follower = Follower(planted, cast.system)
    follower.take_export()
    code = code_of(planted)
    rows = [row(1), row(2), row(3)]

    # when
    sync(stored, [*rows, real(planted, parent="2")])

    # then the key is not there at all
    assert follower.catch_up() == ["delete"]
    assert code not in export(planted, cast.system).decode()

    # when it comes into the scope, leaves it, and goes
    for parent, kind in (("1", "insert"), ("2", "delete")):
        sync(stored, [*rows, real(planted, parent=parent)])
        assert follower.catch_up() == [kind]
    sync(stored, rows)

    # then
    assert follower.catch_up() == ["insert"]
    assert follower.rows[code]["name"] == "虚构户"


def test_a_real_row_that_says_the_same_is_no_change(cast, planted, stored):
    since = ask(planted, cast.system)["next"]

    sync(stored, [row(1), row(2), row(3), real(planted, "虚构户")])

    assert ask(planted, cast.system, since=since)["changes"] == []
    assert page(planted, cast.system)["count"] == 4


CODES = st.sampled_from(["canary", 1, 2, 3])
STATES = st.lists(
    st.dictionaries(
        CODES, st.tuples(st.sampled_from(["a", "虚构户", None]), st.sampled_from("12"))
    ),
    max_size=6,
)


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(states=STATES, limit=st.integers(1, 3))
def test_who_replays_changes_holds_exactly_the_agreements_rows(
    cast, planted, stored, states, limit
):
    # given
    sync(stored, [row(1), row(2), row(3)])
    follower = Follower(planted, cast.system)
    follower.take_export()
    code = code_of(planted)

    for state in states:
        # when
        rows = [
            (code if one == "canary" else f"{one:012d}", name, parent)
            for one, (name, parent) in state.items()
        ]
        # An empty table that is filled is a new beginning, with or without such a row.
        sync(stored, [row(9, parent="2"), *rows])
        follower.catch_up(limit=limit)

        # then
        held = sorted(follower.rows.values(), key=lambda one: one["code"])
        assert held == page(planted, cast.system)["rows"]


# Its terms


def test_a_change_of_it_ends_cursors_and_says_so(cast, scoped):
    since = ask(scoped, cast.system)["next"]

    planted = with_canary(cast, scoped)

    with pytest.raises(CursorError) as refused:
        ask(planted, cast.system, since=since)
    assert (refused.value.status, refused.value.code) == (410, "cursor_of_other_terms")


def test_it_is_gone_with_the_terms_that_leave_it_out(cast, planted):
    code = code_of(planted)
    proposed(planted, cast.applicant, canary={})

    agreement = confirmed(planted, cast.provider_head, cast.head)

    assert agreement.canary == {}
    assert canaries.told(agreement) is None
    assert code not in export(agreement, cast.system).decode()


def test_where_it_does_not_fit_the_items_any_more_nothing_is_opened(cast, planted):
    # given an item that became shorter while no view was there
    suspensions.suspend(agreement=planted, reason="核查", by=cast.officer)
    DataItem.objects.filter(resource=planted.resource, column="name").update(length=2)

    # when
    with pytest.raises(DomainError) as refused:
        suspensions.restore(agreement=planted, reason="已查清", by=cast.officer)

    # then
    assert refused.value.code == "canary_unfit"
    planted.refresh_from_db()
    assert planted.state == "suspended"
    assert not outlet.view_exists(planted)
