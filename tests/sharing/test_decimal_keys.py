"""Rows whose key has decimal numbers: pages at any depth, filters on the key and verification by index."""

import json
from decimal import Decimal

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import sql
from psycopg.errors import InsufficientPrivilege, UndefinedFunction, UndefinedTable

from catalog.models import ItemType
from catalog.store.export import json_page
from sharing import decimal_keys, ordered_views, outlet, verification
from sharing.delivery import filters, ordering, pages, verifying
from sharing.delivery.reader import reading
from sharing.models import Agreement
from sharing.services import agreements, following
from tests.agreements import confirmed, proposed

from .calls import path, with_key
from .conftest import agreed_on
from .decimals import MONEY, NUMBER, ROWS, TEXT, many, place_in, resource_by, walked

pytestmark = pytest.mark.django_db(transaction=True)

MIDDLE = 15_000
SCOPES = pytest.mark.parametrize(
    "scope",
    [[], [{"column": "part", "op": "is", "values": ["1"]}]],
    ids=["all rows", "a part"],
)
KEYS = pytest.mark.parametrize(
    "kinds",
    [
        {"no": NUMBER},
        {"no": MONEY},
        {"area": TEXT, "no": NUMBER},
        {"no": NUMBER, "area": TEXT},
        {"year": (ItemType.INTEGER, None), "no": NUMBER},
    ],
    ids=lambda kinds: "-".join(f"{name}{kind}" for name, (kind, _length) in kinds.items()),
)


def read_by(agreement, *, order=(), after=None, keys=(), asked=None):
    """How many rows of the store a page of a hundred takes up, and by which kinds of scan."""
    columns = outlet.columns_of(agreement)
    found = ordering.read(agreement, columns, order)
    entrance = decimal_keys.entrance(agreement, found, after=after, keys=keys)
    statement = json_page(
        outlet.SCHEMA,
        entrance.view,
        columns,
        found.columns,
        is_down=found.is_down,
        after=entrance.after,
        limit=100,
        where=asked,
    )
    with reading(agreement) as opened:
        for said in entrance.said:
            opened.execute(said)
        (plan,) = opened.execute(
            b"EXPLAIN (ANALYZE, FORMAT JSON) " + statement.as_bytes(opened)
        ).fetchone()
    scans = [node for node in _nodes(plan[0]["Plan"]) if "Relation Name" in node]
    taken = sum(
        node["Actual Loops"] * (node["Actual Rows"] + node.get("Rows Removed by Filter", 0))
        for node in scans
    )
    return taken, {node["Node Type"] for node in scans}


def _nodes(plan):
    yield plan
    for one in plan.get("Plans", ()):
        yield from _nodes(one)


@KEYS
@SCOPES
@pytest.mark.parametrize("order", [(), "-"], ids=["up", "down"])
def test_a_page_in_the_middle_reads_no_more_than_twice_itself(cast, kinds, scope, order):
    resource = resource_by(cast, kinds)
    many(resource)
    agreement = agreed_on(cast, resource, items=("name",), row_filter=scope)
    asked = [f"-{next(iter(kinds))}"] if order else []

    taken, scans = read_by(agreement, order=asked, after=place_in(resource, MIDDLE))

    # Of a scope that keeps every second row, two are looked at for one that is given.
    assert scans == {"Index Scan"}
    assert taken <= (202 if scope else 101)


@KEYS
@SCOPES
@pytest.mark.parametrize("count", [1, 40])
def test_values_of_the_key_reach_its_index(cast, kinds, scope, count):
    resource = resource_by(cast, kinds)
    many(resource)
    agreement = agreed_on(cast, resource, items=("name",), row_filter=scope)
    columns = {column.name: column for column in outlet.columns_of(agreement)}
    places = [dict(zip(kinds, place_in(resource, MIDDLE + i), strict=True)) for i in range(count)]
    tests = tuple(
        filters.Test(name, filters.Op.IN, tuple(dict.fromkeys(one[name] for one in places)))
        for name in kinds
    )
    asked = filters.Group(is_any=False, parts=tests)

    taken, scans = read_by(
        agreement,
        keys=filters.only_values(asked, "no"),
        asked=filters.where(asked, columns),
    )

    assert scans <= {"Index Scan", "Bitmap Heap Scan"}
    assert taken <= count


NUMBERS = st.decimals(-1000, 1000, places=2) | st.sampled_from(
    [Decimal("1E+30"), Decimal("-1E+30"), Decimal("0.000000000001"), Decimal(0)]
)


@SCOPES
@pytest.mark.parametrize(
    "kinds", [{"no": NUMBER}, {"area": TEXT, "no": NUMBER}], ids=["one", "two"]
)
def test_pages_from_either_end_give_every_row_once_and_in_order(cast, kinds, scope):
    resource = resource_by(cast, kinds)
    agreement = agreed_on(cast, resource, items=("part", "name"), row_filter=scope)

    @settings(
        max_examples=30,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    @given(
        numbers=st.lists(NUMBERS, unique=True, max_size=12),
        limit=st.integers(1, 5),
        is_down=st.booleans(),
    )
    def holds(numbers, limit, is_down):
        key = [(f"{'ab'[i % 2]}", no)[-len(kinds) :] for i, no in enumerate(numbers)]
        with connection.cursor() as cursor:
            cursor.execute(f"TRUNCATE store.r_{resource.pk}")
            cursor.executemany(
                f"INSERT INTO store.r_{resource.pk} ({', '.join(kinds)}, part)"
                f" VALUES ({', '.join(['%s'] * len(kinds))}, %s)",
                [(*place, str(i % 2)) for i, place in enumerate(key)],
            )
        expected = sorted(place for i, place in enumerate(key) if not scope or i % 2)

        found = walked(agreement, cast.system, list(kinds), limit=limit, is_down=is_down)

        assert found == (expected[::-1] if is_down else expected)

    holds()


@pytest.fixture
def by_number(cast):
    resource = resource_by(cast, {"area": TEXT, "no": NUMBER})
    many(resource)
    return resource


def test_filters_mean_over_http_what_they_mean_on_other_keys(cast, by_number):
    agreement = agreed_on(
        cast,
        by_number,
        items=("name",),
        row_filter=[{"column": "part", "op": "is", "values": ["1"]}],
    )
    caller = with_key(cast.system)

    def numbers(**asked):
        answer = caller.get(path(agreement), asked)
        assert answer.status_code == 200, answer.json()
        return [row["no"] for row in answer.json()["rows"]], answer.json()["next"]

    assert numbers(no="7") == ([7], None)
    assert numbers(no="7.00") == ([7], None)
    assert numbers(no="8") == ([], None)
    assert numbers(no__in="9,1,3", order="-area") == ([3, 9, 1], None)
    first, after = numbers(no__in="9,1,3", limit=2)
    assert first == [1, 9]
    assert numbers(no__in="9,1,3", limit=2, after=after) == ([3], None)
    assert numbers(no="1", no__in="1,3") == ([1], None)
    tree = {
        "or": [
            {"column": "no", "op": "eq", "value": 1},
            {"column": "area", "op": "eq", "value": "6"},
        ]
    }
    assert numbers(filter=json.dumps(tree), limit=2)[0] == [1, 13]


def test_ten_thousand_keys_are_verified_by_the_index(cast, by_number):
    agreement = agreed_on(cast, by_number, items=("name",))
    entries = [{"area": str(i % 7), "no": i} for i in range(15_000, 25_000)]

    answers = verifying.verify(number=agreement.number, party=cast.system, entries=entries).answers

    assert sum(one.found for one in answers) == ROWS - 15_000 + 1
    sent = {"area": ["1", "1"], "no": ["8", "9"], "name": ["name 8", "name 9"]}
    counts = sql.SQL(
        "SELECT seq_tup_read, idx_tup_fetch FROM pg_stat_xact_all_tables"
        " WHERE schemaname = 'store' AND relname = {}"
    ).format(sql.Literal(f"r_{by_number.pk}"))
    with reading(agreement, is_snapshot=True) as opened:
        before = opened.execute(counts).fetchone()
        (told,) = opened.execute(verification.call(agreement, json.dumps(sent))).fetchone()
        after = opened.execute(counts).fetchone()
    assert told == "1100"
    assert [now - then for then, now in zip(before, after, strict=True)] == [0, 1]


def test_rows_out_of_scope_are_not_there_for_verification(cast, by_number):
    agreement = agreed_on(
        cast,
        by_number,
        items=("name",),
        row_filter=[{"column": "part", "op": "is", "values": ["1"]}],
    )
    entries = [{"area": "1", "no": 1, "name": "name 1"}, {"area": "2", "no": 2, "name": "name 2"}]

    answers = verifying.verify(number=agreement.number, party=cast.system, entries=entries).answers

    assert [(one.found, one.matched, one.differ) for one in answers] == [
        (True, ["name"], []),
        (False, [], []),
    ]


def test_verification_alone_opens_none_of_the_views(cast, by_number):
    agreement = agreed_on(cast, by_number, items=("name",))
    proposed(agreement, cast.provider_steward, verification_only=True)
    held = confirmed(agreement, cast.provider_head, cast.head)

    with connection.cursor() as cursor:
        names = ordered_views.names_of(cursor, held)
    view = held.view_name
    assert names == [view, f"{view}_changes", f"{view}_log"]
    answers = verifying.verify(
        number=held.number, party=cast.system, entries=[{"area": "1", "no": 1}]
    ).answers
    assert answers[0].found
    with reading(held) as opened, pytest.raises(InsufficientPrivilege):
        opened.execute(f"SELECT * FROM agreement.{view}")


def test_what_is_said_to_a_view_is_a_value_and_lets_no_other_row_out(cast, by_number):
    agreement = agreed_on(
        cast,
        by_number,
        items=("name",),
        row_filter=[{"column": "part", "op": "is", "values": ["1"]}],
    )
    view = f"agreement.{agreement.view_name}"

    with reading(agreement) as opened:
        opened.execute("SELECT set_config('portal.keys', '[\"1\", \"2\"]', false)")
        assert opened.execute(f"SELECT no FROM {view}_at").fetchall() == [(1,)]
        opened.execute("SELECT set_config('portal.place', '[\"\", \"-1\"]', false)")
        (rows,) = opened.execute(f"SELECT count(*) FROM {view}_behind").fetchone()
        assert rows == ROWS // 2
    with reading(agreement) as opened:
        assert opened.execute("SELECT current_setting('portal.keys', true)").fetchone()[0] in {
            None,
            "",
        }


def test_views_and_function_go_with_the_agreement(cast, by_number):
    agreement = agreed_on(cast, by_number, items=("name",))
    view = f"agreement.{agreement.view_name}"

    agreements.terminate(agreement=agreement, reason="用途已实现", by=cast.head)

    with connection.cursor() as cursor:
        assert ordered_views.names_of(cursor, agreement) == []
    for statement, gone in (
        (f"SELECT * FROM {view}_behind", UndefinedTable),
        (f"SELECT * FROM {view}_at", UndefinedTable),
        (f"SELECT {view}_verify('{{}}')", UndefinedFunction),
    ):
        with reading(agreement) as opened, pytest.raises(gone):
            opened.execute(statement)


def test_an_agreement_that_an_earlier_version_opened_goes_on_and_is_put_right_by_the_sweep(
    cast, by_number
):
    # given
    agreement = agreed_on(cast, by_number, items=("name",))
    view = agreement.view_name
    after = json.loads(
        pages.rows(number=agreement.number, party=cast.system, asked={"limit": ["3"]})
    )["next"]
    with connection.cursor() as cursor:
        cursor.execute(
            f"DROP VIEW agreement.{view}_at, agreement.{view}_behind, agreement.{view}_down_behind;"
            f" DROP FUNCTION agreement.{view}_verify"
        )

    def asked():
        page = pages.rows(
            number=agreement.number, party=cast.system, asked={"limit": ["3"], "after": [after]}
        )
        entries = [{"area": "1", "no": 1}, {"area": "1", "no": 2}]
        answers = verifying.verify(
            number=agreement.number, party=cast.system, entries=entries
        ).answers
        return json.loads(page)["rows"], [one.found for one in answers]

    # when
    before = asked()
    assert following.open_missing() == 1

    # then
    assert [row["no"] for row in before[0]] == [28, 35, 42]
    assert before[1] == [True, False]
    assert asked() == before
    with connection.cursor() as cursor:
        assert {f"{view}_at", f"{view}_behind", f"{view}_down_behind"} < set(
            ordered_views.names_of(cursor, agreement)
        )
    assert following.open_missing() == 0
    assert Agreement.objects.get().state == "active"


def test_keys_without_decimal_numbers_have_nothing_of_this(cast, by_year):
    agreement = agreed_on(cast, by_year, items=("note",))

    with connection.cursor() as cursor:
        names = ordered_views.names_of(cursor, agreement)
    assert not [name for name in names if name.endswith(("_at", "_behind"))]
    with reading(agreement) as opened, pytest.raises(UndefinedFunction):
        opened.execute(sql.SQL("SELECT {}('{{}}')").format(verification.function_of(agreement)))
