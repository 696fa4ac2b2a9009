"""Values in common raise the score; they are counted inside the store, and no value is kept."""

from functools import partial

import pytest
from django.db import connection

from catalog.models import Duplicate, DuplicateState, Resource, ValueOverlap
from catalog.one_source.finding import candidates
from catalog.one_source.overlap import LEAST
from catalog.services import duplicates
from catalog.store.tables import create_missing, table_of
from tests.factories import ResourceFactory
from tests.sharing.test_races import at_once

pytestmark = pytest.mark.django_db


def holding(department, name, values, *, more=()):
    """A published entry with one item of this name, beside a key, whose rows hold the values."""
    items = [
        {"name": f"{name}键", "column": "k", "type": "C", "is_key": True, "is_nullable": False},
        {"name": "许可证状态码", "column": "v", "type": "C", "length": 20},
        *more,
    ]
    made = ResourceFactory(department=department, name=name, state="published", items=items)
    if values:
        with connection.cursor() as cursor:
            table = table_of(made)
            create_missing(cursor, table)
            cursor.executemany(
                f"INSERT INTO store.{table.name} (k, v) VALUES (%s, %s)",
                [(str(n), value) for n, value in enumerate(values)],
            )
        Resource.objects.filter(pk=made.pk).update(row_count=len(values))
    return made


def points(entry, code):
    (found,) = candidates(entry, party=None)
    return {reason.code: reason.points for reason in found.score.reasons}.get(code)


def test_the_share_of_values_in_common_counts(cast):
    # given two entries with rows, half of whose values are the same
    mine = holding(cast.civil, "甲", [f"码{n}" for n in range(40)])
    other = holding(cast.education, "乙", [f"码{n}" for n in range(20, 60)])
    assert points(mine, "values") is None
    before = candidates(mine, party=None)[0].score.points
    # when the values are compared, twice
    assert [duplicates.compare_values(resource_id=mine.pk) for _ in range(2)] == [1, 1]
    # then half of twenty points come on top
    overlap = ValueOverlap.objects.get()
    assert (overlap.other, overlap.sampled, overlap.shared) == (other, 40, 20)
    assert points(mine, "values") == 10
    assert candidates(mine, party=None)[0].score.points == before + 10
    assert Duplicate.objects.get().state == DuplicateState.OPEN


@pytest.mark.django_db(transaction=True)
def test_two_workers_who_compare_the_same_rows_at_once_count_them_once(cast):
    # given two runs of one entry that ended together
    mine = holding(cast.civil, "甲", [f"码{n}" for n in range(40)])
    holding(cast.education, "乙", [f"码{n}" for n in range(20, 60)])
    compare = partial(duplicates.compare_values, resource_id=mine.pk)
    # when four workers compare at once
    assert at_once(*[compare] * 4) == ["done"] * 4
    # then there is one pair
    overlap = ValueOverlap.objects.get()
    assert (overlap.sampled, overlap.shared) == (40, 20)


@pytest.mark.parametrize(
    ("own", "others"),
    [
        ([], ["码1"]),
        ([f"码{n}" for n in range(40)], []),
        (["是", "否"] * LEAST, ["是", "否"]),
        ([None] * 40, ["码1"]),
    ],
)
def test_nothing_is_said_of_too_little(cast, own, others):
    mine = holding(cast.civil, "甲", own)
    holding(cast.education, "乙", others)
    assert duplicates.compare_values(resource_id=mine.pk) == 0
    assert not ValueOverlap.objects.exists()


def test_an_item_that_came_after_the_rows_is_left_out(cast):
    values = [f"码{n}" for n in range(40)]
    mine = holding(cast.civil, "甲", values)
    other = holding(cast.education, "乙", values)
    for entry in (mine, other):
        entry.items.create(name="新增编号", column="later", type="C", length=20, position=9)
    assert duplicates.compare_values(resource_id=mine.pk) == 1


def test_an_entry_that_is_gone_is_no_failure(cast):
    assert duplicates.compare_values(resource_id=123456) == 0
