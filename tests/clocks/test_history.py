"""A clock's own page: how its date is counted, where it stood, what moved it, and that it lapsed."""

from datetime import date

import pytest
from django.urls import reverse

from portal.clocks.selectors.history import history_of
from portal.clocks.services import running
from portal.clocks.services.recounting import recount
from portal.clocks.services.sweeping import sweep
from tests.html_checks import problems

from .conftest import DUE
from .test_recounting import declare

pytestmark = pytest.mark.django_db
LABEL = "sharing.deadline"


def stood(user, clock):
    found = history_of(user, LABEL, clock.pk)
    return [(one.since, one.until, one.days, one.began_anew) for one in found.stood]


def test_a_pause_says_from_when_to_when_why_and_what_it_moved(cast, clock):
    # given: it stands from Wednesday the 4th to the Monday after
    running.pause(clock, on=date(2026, 11, 4), why="supplement")
    assert stood(cast.provider_head, clock) == [(date(2026, 11, 4), None, None, False)]

    running.resume(clock, on=date(2026, 11, 9))

    assert stood(cast.provider_head, clock) == [(date(2026, 11, 4), date(2026, 11, 9), 3, False)]
    (one,) = history_of(cast.provider_head, LABEL, clock.pk).stood
    assert str(one.why) == "需求部门补充申请材料（第二十一条）"
    clock.refresh_from_db()
    assert clock.due == date(2026, 11, 19)


def test_a_limit_that_began_anew_keeps_the_pause_and_says_so(cast, clock):
    running.pause(clock, on=date(2026, 11, 4), why="supplement")
    running.restart(clock, on=date(2026, 11, 9))

    assert stood(cast.head, clock) == [(date(2026, 11, 4), date(2026, 11, 9), None, True)]


def test_a_list_that_moved_it_and_a_lapse_that_it_reversed_are_told(cast, clock, freeze):
    # given: it lapsed, and its last day was declared a holiday afterwards
    freeze(date(2026, 11, 17))
    sweep()
    declare(DUE)
    recount()

    # when
    found = history_of(cast.provider_head, LABEL, clock.pk)

    # then
    assert [(one.old_due, one.new_due, one.had_lapsed) for one in found.moves] == [
        (DUE, date(2026, 11, 17), True)
    ]
    assert [(one.due, one.reversal.due) for one in found.lapses] == [(DUE, date(2026, 11, 17))]


def test_the_page_opens_for_who_may_know_of_the_clock_and_for_nobody_else(cast, clock, client):
    running.pause(clock, on=date(2026, 11, 4), why="supplement")
    page = reverse("clocks:clock", args=[LABEL, clock.pk])
    assert clock.history_url == page

    for who, status in (
        ("applicant", 200),
        ("provider_head", 200),
        ("officer", 200),
        ("stranger", 404),
    ):
        client.force_login(getattr(cast, who))
        shown = client.get(page)
        assert shown.status_code == status
        if status == 200:
            assert problems(shown.content.decode()) == []
            assert "需求部门补充申请材料（第二十一条）" in shown.content.decode()

    client.force_login(cast.officer)
    assert client.get(reverse("clocks:clock", args=[LABEL, 0])).status_code == 404
    assert client.get(reverse("clocks:clock", args=["audit.entry", 1])).status_code == 404
