"""A lapse stays for ever: the database refuses every change, and later acts add and take nothing."""

from datetime import date

import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from portal.clocks.models import Lapse
from portal.clocks.services import running
from portal.clocks.services.sweeping import sweep
from sharing import deadlines

from .conftest import DUE, ticking


@pytest.fixture
def lapsed(clock, freeze):
    freeze(date(2026, 11, 17))
    sweep()
    clock.refresh_from_db()
    return clock


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE clocks_lapse SET due = due + 1",
        "DELETE FROM clocks_lapse",
        "UPDATE clocks_lapsereversal SET due = due + 1",
        "DELETE FROM clocks_movedclock",
    ],
)
def test_the_database_refuses_to_change_the_record(lapsed, statement):
    with (
        pytest.raises(IntegrityError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)

    assert Lapse.objects.get().due == DUE


def test_it_stays_when_the_duty_is_done_later(lapsed):
    deadlines.meet(request=lapsed.request, kind=lapsed.kind, at=timezone.now())

    lapsed.refresh_from_db()
    assert lapsed.is_met_late
    assert Lapse.objects.get().about_id == lapsed.pk


def test_it_stays_when_the_date_moves_later_and_a_second_joins_it(lapsed, freeze):
    with transaction.atomic():
        running.extend(lapsed, 10)
    assert (lapsed.lapsed_at, lapsed.stage) == (None, 0)
    freeze(date(2026, 12, 1))

    sweep()

    assert [one.due for one in Lapse.objects.order_by("due")] == [DUE, date(2026, 11, 30)]


def test_it_stays_when_the_clock_is_gone(lapsed):
    lapsed.delete()

    assert Lapse.objects.get().due == DUE


def test_the_list_shows_what_the_reader_may_see(cast, lapsed, client, django_assert_num_queries):
    ticking(cast)
    sweep()
    address = reverse("clocks:lapse_list")
    seen = {}
    for who in ("provider_head", "applicant", "officer", "stranger"):
        client.force_login(getattr(cast, who))
        seen[who] = client.get(address).content.decode().count('data-label="')

    assert seen["provider_head"] == seen["applicant"] == seen["officer"] == 2 * 4
    assert seen["stranger"] == 0


def test_an_answer_that_came_late_says_so(cast, lapsed, client):
    deadlines.meet(request=lapsed.request, kind=lapsed.kind, at=timezone.now())
    client.force_login(cast.applicant)

    page = client.get(reverse("clocks:lapse_list"), headers={"accept-language": "en"})

    assert "done, but late" in page.content.decode()
