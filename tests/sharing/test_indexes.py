"""Marks of items, the indexes that follow them, and the views of agreements that follow those."""

import json

import psycopg
import pytest
from django.db import connection, transaction
from django.utils.translation import override

from audit.models import Entry
from catalog.services import indexing
from catalog.sources import lock
from catalog.store import indexes
from catalog.store.tables import table_name, table_of
from portal.common.errors import Invalid, NotAllowed
from sharing import ordered_views, outlet
from sharing.delivery import pages
from sharing.services import following
from tests.catalog.store.shared import give

from .conftest import agreed_on
from .ordering import mark

pytestmark = pytest.mark.django_db(transaction=True)


def test_marks_that_come_and_go_open_and_close_orders_of_running_agreements(cast, plain):
    agreement = agreed_on(cast, plain, items=("name", "year"))
    asked = {"order": ["year"]}
    with pytest.raises(Invalid):
        pages.rows(number=agreement.number, party=cast.system, asked=asked)

    mark(cast, plain, "year")
    assert json.loads(pages.rows(number=agreement.number, party=cast.system, asked=asked))

    mark(cast, plain)
    with pytest.raises(Invalid):
        pages.rows(number=agreement.number, party=cast.system, asked=asked)
    with connection.cursor() as cursor:
        assert not [n for n in ordered_views.names_of(cursor, agreement) if "_by_" in n]
        assert indexes.ready(cursor, table_name(plain.pk)) == set()
    assert following.follow_orders() == 0


@override("en")
def test_an_order_is_offered_only_when_its_index_is_there(cast, plain):
    agreement = agreed_on(cast, plain, items=("name", "year"))
    indexing.mark(resource=plain, columns=["year"], by=cast.provider_steward)
    assert following.follow_orders() == 1

    with pytest.raises(Invalid) as refused:
        pages.rows(number=agreement.number, party=cast.system, asked={"order": ["year"]})

    words = "Rows are ordered by the key or an indexed item; here by one of: area."
    assert refused.value.fields == {"order": [words]}


def test_the_views_of_orders_go_with_the_agreement(cast, plain):
    mark(cast, plain, "year")
    agreement = agreed_on(cast, plain, items=("name", "year"))

    with transaction.atomic():
        outlet.close_view(agreement)

    with connection.cursor() as cursor:
        assert ordered_views.names_of(cursor, agreement) == []


def test_marking_is_recorded_and_for_the_stewards_of_the_department_alone(cast, plain):
    indexing.mark(resource=plain, columns=["year", "name"], by=cast.provider_steward)

    entry = Entry.objects.filter(action="catalog.index.mark").get()
    assert (entry.data["before"], entry.data["after"]) == ([], ["name", "year"])
    with pytest.raises(NotAllowed):
        indexing.mark(resource=plain, columns=[], by=cast.applicant)
    marked = plain.items.filter(is_indexed=True).values_list("column", flat=True)
    assert sorted(marked) == ["name", "year"]


@override("en")
def test_items_that_give_no_order_are_not_marked(cast, plain):
    with pytest.raises(Invalid) as refused:
        indexing.mark(
            resource=plain,
            columns=["amount", "area", "nothing", "told", "year"],
            by=cast.provider_steward,
        )

    unfit = (
        'Rows cannot be ordered by "项 %s": only by dates, moments, whole and floating numbers, and'
        " texts whose length, the key's with it, is at most 650 letters."
    )
    assert refused.value.fields == {
        "columns": [
            unfit % "amount",
            '"地区" leads the key, which has an index already.',
            "The resource has no such data item: nothing.",
            unfit % "told",
        ]
    }
    assert not plain.items.filter(is_indexed=True).exists()


def test_a_full_sync_makes_the_indexes_of_a_table_that_it_makes(cast, plain):
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE store.r_{plain.pk}")
    indexing.mark(resource=plain, columns=["year"], by=cast.provider_steward)
    plain.refresh_from_db()

    for number in (3, 4):  # made, then compared with
        rows = [("11", i, "n", i, None, None, None, None, None) for i in range(number)]
        with transaction.atomic(), connection.cursor() as wrapped:
            assert give(wrapped.cursor, table_of(plain), rows).total == number

        with connection.cursor() as cursor:
            assert indexes.ready(cursor, table_name(plain.pk)) == {"year"}
    assert indexing.left_behind() == []


def test_a_sync_under_way_keeps_the_worker_away_and_the_sweep_comes_by(cast, plain):
    indexing.mark(resource=plain, columns=["year"], by=cast.provider_steward)
    other = psycopg.connect(**_place(), autocommit=True)
    with other:
        other.execute("SELECT pg_advisory_lock(%s)", [lock.CLASS << 32 | plain.pk])
        assert not indexing.follow(resource_id=plain.pk)
        assert indexing.left_behind() == [plain.pk]
        # By itself the lock would go a moment after the session that is closed here.
        other.execute("SELECT pg_advisory_unlock(%s)", [lock.CLASS << 32 | plain.pk])

    assert indexing.follow(resource_id=plain.pk)
    assert indexing.left_behind() == []


def _place():
    given = connection.settings_dict
    return {
        "dbname": given["NAME"],
        "user": given["USER"],
        "password": given["PASSWORD"],
        "host": given["HOST"],
        "port": given["PORT"] or None,
    }


def test_an_index_that_broke_off_is_made_once_more(cast, plain):
    indexing.mark(resource=plain, columns=["year"], by=cast.provider_steward)
    with psycopg.connect(**_place()) as writer:
        # given the making of an index that waits for a writer, and is cut then
        writer.execute(f"LOCK TABLE store.r_{plain.pk} IN ROW EXCLUSIVE MODE")
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('statement_timeout', '1s', false)")
            assert not indexing.follow(resource_id=plain.pk)
            cursor.execute("SELECT set_config('statement_timeout', '0', false)")
            assert indexes.ready(cursor, table_name(plain.pk)) == set()
    assert indexing.left_behind() == [plain.pk]

    # when
    assert indexing.follow(resource_id=plain.pk)

    # then
    with connection.cursor() as cursor:
        assert indexes.ready(cursor, table_name(plain.pk)) == {"year"}
    assert indexing.left_behind() == []
