"""Pages in the order of an indexed item, walked by their cursors from either end."""

import json

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.store import indexes
from catalog.store.export import json_page
from catalog.store.tables import table_name
from sharing import ordered_views, outlet
from sharing.delivery import ordering, pages
from sharing.delivery.reader import reading
from tests.agreements import confirmed, proposed

from .calls import path, with_key
from .conftest import agreed_on
from .ordering import mark

pytestmark = pytest.mark.django_db(transaction=True)

ITEMS = ("name", "year", "day", "at", "share", "amount")
ORDERED = ("name", "year", "day", "at", "share")
MOMENT = "2026-03-01T08:00:00+08:00"


def put(resource, rows):
    """Rows as (area, no, name, year, day, at, share), in the table as it lies there."""
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE store.r_{resource.pk}")
        cursor.executemany(
            f"INSERT INTO store.r_{resource.pk} (area, no, name, year, day, at, share)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s)",
            rows,
        )


def many(resource, rows=20_000):
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO store.r_{resource.pk} (area, no, name, year)"
            " SELECT mod(i, 7)::text, i, 'name ' || mod(i, 40),"
            " CASE WHEN mod(i, 10) > 0 THEN mod(i * 7919, 3000) END FROM generate_series(1, %s) i",
            [rows],
        )
        cursor.execute(f"ANALYZE store.r_{resource.pk}")


def walk(agreement, party, *, order, limit, **asked):
    """All rows that the pages of one order give, and how many pages those were."""
    found, after, number = [], None, 0
    while True:
        given = {"order": [order], "limit": [str(limit)], **{k: [v] for k, v in asked.items()}}
        if after is not None:
            given["after"] = [after]
        page = json.loads(pages.rows(number=agreement.number, party=party, asked=given))
        found += page["rows"]
        after = page["next"]
        number += 1
        if after is None:
            return found, number


def by(rows, column, *, is_down=False):
    """What PostgreSQL calls the order: the empty last, and the key behind; from its end, all turned."""
    filled = sorted(
        (row for row in rows if row[column] is not None),
        key=lambda row: (row[column], row["area"], row["no"]),
    )
    empty = sorted(
        (row for row in rows if row[column] is None), key=lambda row: (row["area"], row["no"])
    )
    found = [*filled, *empty]
    return found[::-1] if is_down else found


ROW = st.tuples(
    st.none() | st.text("ab一 '\"\\%", max_size=4),
    st.none() | st.integers(-3, 3),
    st.none() | st.dates(),
    st.none() | st.sampled_from(["2026-03-01T08:00:00+08", "1999-12-31T23:59:59.999999+08"]),
    st.none() | st.floats(allow_nan=False, allow_infinity=False, width=32),
)


AREA_11 = [{"column": "area", "op": "is", "values": ["11"]}]


@pytest.mark.parametrize("scope", [[], AREA_11], ids=["all rows", "a part"])
def test_the_pages_of_any_order_give_exactly_the_rows_of_the_agreement_in_that_order(
    cast, plain, scope
):
    mark(cast, plain, *ORDERED)
    agreement = agreed_on(cast, plain, items=ITEMS, row_filter=scope)

    @settings(
        max_examples=40,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    @given(
        rows=st.lists(ROW, max_size=12),
        column=st.sampled_from(ORDERED),
        is_down=st.booleans(),
        limit=st.integers(1, 5),
    )
    def holds(rows, column, is_down, limit):
        put(plain, [("11" if i % 3 else "12", i, *row) for i, row in enumerate(rows)])
        every = json.loads(
            pages.rows(number=agreement.number, party=cast.system, asked={"limit": ["100"]})
        )["rows"]
        assert len(every) == sum(not scope or bool(i % 3) for i in range(len(rows)))

        order = f"-{column}" if is_down else column
        found, number = walk(agreement, cast.system, order=order, limit=limit)

        assert found == by(every, column, is_down=is_down)
        assert number == len(every) // limit + 1

    holds()


def test_the_key_is_an_order_from_either_end(cast, plain):
    agreement = agreed_on(cast, plain, items=("name",))
    put(plain, [(f"1{i % 3}", i, None, None, None, None, None) for i in range(10)])

    up, _number = walk(agreement, cast.system, order="area", limit=3)
    down, _number = walk(agreement, cast.system, order="-area,-no", limit=3)

    places = [(row["area"], row["no"]) for row in up]
    assert places == sorted(places)
    assert len(places) == 10
    assert down == up[::-1]


def test_a_filter_and_chosen_fields_hold_in_any_order(cast, plain):
    mark(cast, plain, "year")
    agreement = agreed_on(cast, plain, items=("name", "year"))
    put(plain, [("11", i, f"n{i % 2}", i % 4, None, None, None) for i in range(12)])

    found, _number = walk(
        agreement, cast.system, order="-year", limit=2, name="n1", year__lt="3", fields="no"
    )

    assert found == [{"no": 9}, {"no": 5}, {"no": 1}]


@pytest.mark.parametrize("is_down", [False, True], ids=["up", "down"])
@pytest.mark.parametrize(
    "place",
    [None, ["1500", "3", "9000"], [None, "3", "9000"]],
    ids=["the beginning", "the middle", "among the empty"],
)
def test_a_page_at_any_depth_reads_an_index_and_sorts_no_more_than_itself(
    cast, plain, is_down, place
):
    mark(cast, plain, "year")
    agreement = agreed_on(cast, plain, items=("name", "year"))
    many(plain)
    columns = outlet.columns_of(agreement)
    order = ordering.read(agreement, columns, ["-year" if is_down else "year"])

    with reading(agreement) as opened:
        statement = json_page(
            outlet.SCHEMA,
            order.view,
            columns,
            order.columns,
            is_down=is_down,
            after=place,
            limit=100,
        )
        (plan,) = opened.execute(
            b"EXPLAIN (ANALYZE, FORMAT JSON) " + statement.as_bytes(opened)
        ).fetchone()

    nodes = list(_nodes(plan[0]["Plan"]))
    scans = [node for node in nodes if "Relation Name" in node]
    name = indexes.name_of(table_name(plain.pk), "year")
    assert {(node["Node Type"], node["Index Name"]) for node in scans} == {("Index Scan", name)}
    assert sum(node["Actual Rows"] for node in scans) <= 201
    assert all(node["Actual Rows"] <= 201 for node in nodes if node["Node Type"] == "Sort")
    assert not any(node.get("Rows Removed by Filter") for node in nodes)


def test_a_filter_on_an_indexed_item_reads_its_index(cast, plain):
    mark(cast, plain, "year")
    agreement = agreed_on(cast, plain, items=("name", "year"))
    many(plain)

    with reading(agreement) as opened:
        (plan,) = opened.execute(
            f"EXPLAIN (FORMAT JSON) SELECT * FROM agreement.{agreement.view_name}"
            " WHERE year = 1500::numeric::bigint"
        ).fetchone()

    name = indexes.name_of(table_name(plain.pk), "year")
    assert name in {node.get("Index Name") for node in _nodes(plan[0]["Plan"])}


def _nodes(plan):
    yield plan
    for one in plan.get("Plans", ()):
        yield from _nodes(one)


@pytest.fixture
def masked(cast, plain):
    mark(cast, plain, "name", "year", "day")
    agreement = agreed_on(cast, plain, items=("name", "year"))
    proposed(agreement, cast.applicant, masks={"name": "person_name"})
    return confirmed(agreement, cast.provider_head, cast.head)


REFUSED = [
    ("name", '"name" is delivered masked, and its order would tell the hidden values.'),
    ("-name", '"name" is delivered masked, and its order would tell the hidden values.'),
    ("day", "Not in this agreement: day. Leave it out, or ask for a changed agreement."),
    ("nothing", "Not in this agreement: nothing. Leave it out, or ask for a changed agreement."),
    (
        "no",
        "Rows are ordered by the key or an indexed item; here by one of: area, year.",
    ),
    (
        "year,-area",
        "Behind the first item the key alone decides, in the same direction: year,area,no.",
    ),
    (
        "--year",
        "Not in this agreement: -year. Leave it out, or ask for a changed agreement.",
    ),
    (
        'year"; DROP TABLE x',
        'Not in this agreement: year"; DROP TABLE x. Leave it out, or ask for a changed agreement.',
    ),
]


@pytest.mark.parametrize(("order", "words"), REFUSED)
def test_other_orders_are_refused_with_what_there_is_to_order_by(cast, masked, order, words):
    answer = with_key(cast.system).get(path(masked), {"order": order})

    assert answer.status_code == 422
    assert answer.json()["fields"] == {"order": [words]}


def test_a_masked_item_has_no_view_by_which_its_order_could_be_seen(cast, masked):
    with connection.cursor() as cursor:
        names = ordered_views.names_of(cursor, masked)
    view = masked.view_name
    items = dict(masked.resource.items.values_list("column", "pk"))

    assert sorted(names) == sorted(
        f"{view}{suffix}"
        for suffix in (
            "",
            "_changes",
            "_down",
            "_log",
            f"_by_{items['year']}",
            f"_by_{items['year']}_down",
        )
    )


def test_the_agreement_tells_what_its_rows_can_be_ordered_by(cast, masked):
    told = with_key(cast.system).get(path(masked, "")).json()

    assert told["items"] == ["area", "no", "name", "year"]
    assert told["orders"] == ["area", "year"]


def test_a_cursor_is_good_for_its_own_order_alone(cast, masked):
    put(masked.resource, [("11", i, None, i, None, None, None) for i in range(4)])
    caller = with_key(cast.system)
    cursors = {
        order: caller.get(path(masked), {"order": order, "limit": 1}).json()["next"]
        for order in ("year", "-year", "area")
    }

    words = ["A cursor of another order: ask for the order of the page before."]
    for order in ("year", "-year", "area", "-area"):
        for other, cursor in cursors.items():
            answer = caller.get(path(masked), {"order": order, "after": cursor})
            if other == order:
                assert answer.status_code == 200
            else:
                assert (answer.status_code, answer.json()["fields"]) == (422, {"after": words})
    assert caller.get(path(masked), {"after": cursors["area"]}).status_code == 200


def test_an_order_comes_in_a_body_too(cast, masked):
    put(masked.resource, [("11", i, None, i % 3, None, None, None) for i in range(4)])

    answer = with_key(cast.system).post(
        path(masked),
        json.dumps({"order": ["-year", "-area"], "limit": 2, "fields": ["no"]}),
        content_type="application/json",
    )

    assert answer.json()["rows"] == [{"no": 2}, {"no": 1}]
