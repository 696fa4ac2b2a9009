"""The table of departments: how each stands, and how little of the clocks is read for it."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal.supervision import presentation
from portal.supervision.scope import scope_of
from portal.supervision.selectors import figures
from portal.supervision.selectors.league import Judgement, league
from portal.workdays import working_days_between
from portal.workdays.clocks import today
from sharing.models import Deadline

pytestmark = pytest.mark.django_db
WIDE = {"period": "twelve"}


def reads_of_clocks(queries):
    """The statements that read the table of clocks, without those of the few that run."""
    return [
        one["sql"]
        for one in queries.captured_queries
        if 'FROM "sharing_deadline"' in one["sql"]
        and '"sharing_deadline"."kind" AS' not in one["sql"]
    ]


def columns_of(statement):
    return set(re.findall(r'"sharing_deadline"\."(\w+)"', statement))


def in_the_index():
    (index,) = [one for one in Deadline._meta.indexes if one.name == "deadline_by_day"]
    return {Deadline._meta.get_field(name).column for name in (*index.fields, *index.include)}


def test_the_league_judges_by_the_targets_and_counts_working_days(cast, asked):
    good = asked(due=-10, met=-12)
    Deadline.objects.filter(request=good).update(started_on=today() - timedelta(days=30))
    table = {one.department: one for one in league(scope_of(cast.officer, WIDE))}
    civil = table[cast.civil]
    assert civil.answers.rate == 1
    assert civil.judgement == Judgement.GOOD
    assert civil.days == working_days_between(
        today() - timedelta(days=30), today() - timedelta(days=12)
    )
    assert table[cast.education].judgement == Judgement.NONE
    asked(due=-1)
    table = {one.department: one for one in league(scope_of(cast.officer, WIDE))}
    assert table[cast.civil].overdue == 1
    assert table[cast.civil].judgement == Judgement.URGED


def test_the_mean_is_of_clocks_that_were_met_alone(cast, asked):
    # given one met after four working days' worth of a week, one after two weeks, and one that is late
    for begun, met in ((-21, -14), (-28, -14)):
        request = asked(due=-5, met=met)
        Deadline.objects.filter(request=request).update(started_on=today() + timedelta(days=begun))
    asked(due=-3)

    # when
    table = {one.department: one for one in league(scope_of(cast.officer, WIDE))}

    # then
    taken = [
        working_days_between(today() + timedelta(days=begun), today() - timedelta(days=14))
        for begun in (-21, -28)
    ]
    assert table[cast.civil].days == sum(taken) / 2
    assert table[cast.education].days is None


def test_each_clock_is_read_once_and_from_the_index_alone(cast, asked):
    # given
    asked(due=-10, met=-12)
    asked(due=-1)
    scope = scope_of(cast.officer, WIDE)

    # when
    with CaptureQueriesContext(connection) as queries:
        league(scope, keys=presentation.COMPARED)

    # then the answers and the deliveries, each in one statement that names no other column
    reads = reads_of_clocks(queries)
    assert [kind for sql in reads for kind in ("answer", "deliver") if f"= '{kind}'" in sql] == [
        "answer",
        "deliver",
    ]
    for statement in reads:
        assert {"kind", "due"} <= columns_of(statement) <= in_the_index()


def test_the_months_of_the_desk_are_read_from_the_index_alone(cast, asked):
    asked(due=-10, met=-12)
    with CaptureQueriesContext(connection) as queries:
        figures.board(scope_of(cast.officer, WIDE))
    reads = reads_of_clocks(queries)
    assert len(reads) == 2
    for statement in reads:
        assert {"kind", "due"} <= columns_of(statement) <= in_the_index()
