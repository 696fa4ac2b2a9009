"""A canary row costs no index: what reads a page of the rows, or of their changes, still reads that alone."""

import pytest
from django.db import connection

from catalog.store import indexes
from catalog.store.export import json_page
from catalog.store.tables import table_name
from sharing import canaries, decimal_keys, ordered_views, outlet
from sharing.delivery import changes, ordering, verifying
from sharing.delivery.reader import reading

from .canary import with_canary
from .conftest import agreed_on
from .decimals import NUMBER, many, place_in, resource_by
from .ordering import mark

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def planted(cast, scoped):
    return with_canary(cast, scoped)


def nodes(plan):
    yield plan
    for one in plan.get("Plans", ()):
        yield from nodes(one)


def plan_of(agreement, order, *, after, limit=100, entrance=None):
    view = entrance.view if entrance else order.view
    statement = json_page(
        outlet.SCHEMA,
        view,
        outlet.columns_of(agreement),
        order.columns,
        is_down=order.is_down,
        after=entrance.after if entrance else after,
        limit=limit,
    )
    with reading(agreement) as opened:
        for said in entrance.said if entrance else ():
            opened.execute(said)
        (plan,) = opened.execute(
            b"EXPLAIN (ANALYZE, FORMAT JSON) " + statement.as_bytes(opened)
        ).fetchone()
    return list(nodes(plan[0]["Plan"]))


def check_reads_its_page_alone(found, scans, *, most):
    """The canary row is sorted by itself, and its key looked for; all else comes from an index."""
    rows = [one for one in found if "Relation Name" in one and not one["Alias"].startswith("_real")]
    assert {one["Node Type"] for one in rows} == {"Index Scan"}
    assert {one["Index Name"] for one in rows} == {scans}
    assert sum(one["Actual Rows"] + one.get("Rows Removed by Filter", 0) for one in rows) <= most
    assert "Merge Append" in {one["Node Type"] for one in found}
    assert all(one["Actual Rows"] <= 201 for one in found if one["Node Type"] == "Sort")


@pytest.mark.parametrize("is_down", [False, True])
@pytest.mark.parametrize("after", [None, ["000000010000"]])
def test_a_page_at_any_depth_reads_the_index(cast, stored, planted, after, is_down):
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO store.r_{stored.pk} (code, name, parent_code)"
            " SELECT lpad(i::text, 12, '0'), 'name', '1' FROM generate_series(10, 20000) i"
        )
        cursor.execute(f"ANALYZE store.r_{stored.pk}")
    order = ordered_views.of_key(planted, outlet.columns_of(planted), is_down=is_down)

    found = plan_of(planted, order, after=after)

    check_reads_its_page_alone(found, f"r_{stored.pk}_key", most=102)


@pytest.mark.parametrize("is_down", [False, True])
def test_a_page_in_the_order_of_an_indexed_item_reads_its_index(cast, plain, is_down):
    # given
    mark(cast, plain, "year")
    agreement = with_canary(
        cast,
        agreed_on(cast, plain, items=("name", "year")),
        {"area": "T", "no": "1", "name": "T{mark}"},
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO store.r_{plain.pk} (area, no, name, year)"
            " SELECT mod(i, 7)::text, i, 'name', mod(i * 7919, 3000) FROM generate_series(1, 20000) i"
        )
        cursor.execute(f"ANALYZE store.r_{plain.pk}")
    order = ordering.read(agreement, outlet.columns_of(agreement), ["-year" if is_down else "year"])

    found = plan_of(agreement, order, after=["1500", "3", "10000"])

    check_reads_its_page_alone(found, indexes.name_of(table_name(plain.pk), "year"), most=205)


def test_a_page_behind_a_decimal_key_reads_the_index(cast):
    # given
    resource = resource_by(cast, {"no": NUMBER})
    many(resource)
    agreement = with_canary(
        cast, agreed_on(cast, resource, items=("name",)), {"no": "99{mark}", "name": "虚构"}
    )
    order = ordered_views.of_key(agreement, outlet.columns_of(agreement), is_down=False)
    entrance = decimal_keys.entrance(agreement, order, after=place_in(resource, 10_000), keys=())

    found = plan_of(agreement, order, after=None, entrance=entrance)

    check_reads_its_page_alone(found, f"r_{resource.pk}_key", most=102)
    number = canaries.told(agreement).key["no"]
    (told,) = verifying.verify(number=agreement.number, party=cast.system, entries=[number]).answers
    assert told.found


def test_changes_since_a_place_are_read_from_the_logs_index_in_their_order(cast, stored, planted):
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO store.r_{stored.pk}_changes (_position, _image, code, name, parent_code)"
            " SELECT nextval('store.positions'), 2, i, i, '1' FROM generate_series(1, 50000) i"
        )
        cursor.execute(f"ANALYZE store.r_{stored.pk}_changes")
        cursor.execute("SELECT last_value - 100 FROM store.positions")
        (since,) = cursor.fetchone()
    query = changes.statement(planted, outlet.columns_of(planted), since=since, limit=10)

    with reading(planted) as opened:
        (plan,) = opened.execute(
            f"EXPLAIN (ANALYZE, FORMAT JSON) {query.as_string(opened)}"
        ).fetchone()

    found = list(nodes(plan[0]["Plan"]))
    scans = [one for one in found if one.get("Relation Name") == f"r_{stored.pk}_changes"]
    assert {one["Node Type"] for one in scans} <= {"Index Scan", "Index Only Scan"}
    assert all("_position" in one["Index Cond"] for one in scans)
    assert sum(one["Actual Rows"] for one in found if one["Node Type"] == "Sort") == 0
