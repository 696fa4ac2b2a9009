"""A list that comes, is corrected or declares an emergency day moves the open clocks that it concerns."""

from datetime import date

import pytest
from django.db import transaction
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audit.models import Entry
from portal.clocks.models import Lapse, LapseReversal, MovedClock, Notice, Recount
from portal.clocks.selectors.recounts import preview_of
from portal.clocks.services import recounting
from portal.clocks.services.recounting import recount
from portal.clocks.services.round import go_round
from portal.clocks.services.sweeping import sweep
from portal.workdays import is_working_day
from portal.workdays.models import CalendarDay, DayKind, HolidayCalendar
from portal.workdays.services import publish_calendar
from sharing import deadlines
from sharing.models import Deadline
from tests.catalog.conftest import at_once

from .conftest import DUE, MONDAY, ticking


def days_of_2026() -> tuple[list[tuple[date, str]], list[tuple[date, str]]]:
    found = CalendarDay.objects.filter(
        calendar__year=2026, calendar__region="", calendar__is_current=True
    )
    of = {kind: list(found.filter(kind=kind).values_list("day", "name")) for kind in DayKind}
    return of[DayKind.HOLIDAY], of[DayKind.MAKEUP]


def declare(*days: date, makeup: tuple[date, ...] = ()) -> HolidayCalendar:
    """An emergency: the list of 2026 as it is, with these days off as well."""
    holidays, makeups = days_of_2026()
    return publish_calendar(
        year=2026,
        holidays=[*holidays, *((day, "防汛") for day in days)],
        makeup_days=[*makeups, *((day, "防汛") for day in makeup)],
        source="关于防汛期间停止办公的通知",
        by=None,
    )


def test_an_emergency_day_moves_the_open_clocks_of_a_published_year(cast, clock, freeze):
    freeze(date(2026, 11, 10))
    calendar = declare(date(2026, 11, 12))

    first, second = recount(), recount()

    clock.refresh_from_db()
    assert (first.counted, first.moved, second.counted) == (1, 1, 0)
    assert (clock.due, clock.calendar_version) == (date(2026, 11, 17), "2026.2")
    move = MovedClock.objects.get()
    assert (move.recount.calendar, move.about_id) == (calendar, clock.pk)
    assert (move.old_due, move.new_due, move.had_lapsed) == (DUE, date(2026, 11, 17), False)
    assert (move.old_version, move.new_version) == ("2026.1", "2026.2")
    entry = Entry.objects.get(action="sharing.deadline.recompute")
    assert entry.data["before"] == {"due": "2026-11-16", "calendar_version": "2026.1"}
    whole = Entry.objects.get(action="clocks.recount.finish")
    assert (whole.data["counted"], whole.data["moved"]) == (1, 1)


def test_who_acts_is_told_once_a_recount_and_not_once_a_date(cast, freeze):
    freeze(date(2026, 11, 3))
    for _n in range(3):
        ticking(cast)
    declare(date(2026, 11, 12))

    go_round()
    go_round()

    told = Notice.objects.filter(kind="moved").values_list("recipient__name", flat=True)
    assert sorted(told) == ["吴科员", "孙处长"]


def test_a_day_outside_the_span_moves_nothing_but_is_noted(cast, clock, freeze):
    freeze(date(2026, 11, 3))
    declare(date(2026, 12, 2))

    done = recount()

    clock.refresh_from_db()
    assert (done.counted, done.moved) == (1, 0)
    assert (clock.due, clock.calendar_version) == (DUE, "2026.2")
    assert not MovedClock.objects.exists()
    assert not Entry.objects.filter(action="sharing.deadline.recompute").exists()


def test_what_is_met_or_has_fallen_away_keeps_its_date(cast, freeze):
    freeze(date(2026, 11, 3))
    met, cancelled = ticking(cast), ticking(cast)
    deadlines.meet(request=met.request, kind=met.kind, at=met.request.received_at)
    deadlines.cancel(request=cancelled.request, kind="answer", at=met.request.received_at)
    declare(date(2026, 11, 12))

    assert recount().counted == 0
    assert set(Deadline.objects.values_list("due", flat=True)) == {DUE}


def test_an_unchanged_list_moves_nothing(cast, clock, freeze):
    freeze(date(2026, 11, 3))
    declare()

    assert recount().moved == 0
    assert Deadline.objects.get().due == DUE


def test_a_lapse_on_a_day_that_becomes_a_holiday_is_reversed_and_stays_on_record(
    cast, clock, freeze
):
    # given a clock that lapsed on Monday, of which nobody knew that it was no working day
    freeze(date(2026, 11, 17))
    sweep()
    assert Lapse.objects.get().due == DUE
    calendar = declare(DUE, date(2026, 11, 17))

    # when
    recount()

    # then it runs again until Wednesday; what was noted stays, with why it no longer counts
    clock.refresh_from_db()
    assert (clock.due, clock.lapsed_at, clock.stage) == (date(2026, 11, 18), None, 0)
    assert MovedClock.objects.get().had_lapsed
    reversal = LapseReversal.objects.get()
    assert (reversal.lapse, reversal.calendar, reversal.due) == (
        Lapse.objects.get(),
        calendar,
        date(2026, 11, 18),
    )


def test_a_lapse_that_would_have_come_anyhow_stands(cast, clock, freeze):
    freeze(date(2026, 11, 20))
    sweep()
    declare(date(2026, 11, 12))

    assert recount().moved == 0

    clock.refresh_from_db()
    assert (clock.due, clock.lapsed_at is not None) == (DUE, True)
    assert not LapseReversal.objects.exists()


def test_a_make_up_day_that_comes_late_makes_nobody_late(cast, clock, freeze):
    # given Monday the 16th, and Saturday the 14th declared a make-up day on it
    freeze(DUE)
    declare(makeup=(date(2026, 11, 14),))
    assert is_working_day(date(2026, 11, 14))

    recount()
    sweep()

    # then by the list it was due on Sunday's eve; it stays due today
    clock.refresh_from_db()
    assert (clock.due, clock.lapsed_at) == (DUE, None)


def test_a_region_s_own_day_moves_the_clocks_of_its_departments_alone(cast, clock, freeze):
    freeze(date(2026, 11, 3))
    elsewhere = ticking(cast)
    Deadline.objects.filter(pk=elsewhere.pk).update(region="640000")
    publish_calendar(
        year=2026,
        region="640000",
        holidays=[(date(2026, 11, 12), "自治区放假")],
        makeup_days=[],
        source="自治区人民政府通知",
        by=None,
    )

    done = recount()

    clock.refresh_from_db()
    elsewhere.refresh_from_db()
    assert (done.counted, done.moved) == (1, 1)
    assert (clock.due, elsewhere.due) == (DUE, date(2026, 11, 17))
    assert elsewhere.calendar_version == "2026.1@640000.1"


@pytest.mark.django_db(transaction=True)
def test_a_recount_killed_in_the_middle_goes_on_and_two_at_once_share_the_work(
    cast, freeze, monkeypatch
):
    freeze(date(2026, 11, 3))
    for _n in range(6):
        ticking(cast)
    with transaction.atomic():
        declare(date(2026, 11, 12))
    monkeypatch.setattr(recounting, "CHUNK", 2)
    note, calls = recounting._note, []

    def dying(table, changed):
        calls.append(len(changed))
        if len(calls) == 2:
            raise KeyboardInterrupt
        return note(table, changed)

    monkeypatch.setattr(recounting, "_note", dying)
    with pytest.raises(KeyboardInterrupt):
        recount()
    assert MovedClock.objects.count() == 2
    monkeypatch.setattr(recounting, "_note", note)

    at_once(recount, recount)
    recount()

    assert MovedClock.objects.count() == 6
    assert set(Deadline.objects.values_list("due", flat=True)) == {date(2026, 11, 17)}
    held = Recount.objects.get()
    assert (held.counted, held.moved, held.ended_at is not None) == (6, 6, True)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    starts=st.lists(st.dates(date(2026, 10, 8), date(2026, 11, 10)), min_size=1, max_size=4),
    off=st.sets(st.dates(date(2026, 11, 2), date(2026, 12, 20)), max_size=4),
    today=st.dates(date(2026, 11, 10), date(2026, 11, 25)),
)
def test_the_preview_says_what_the_publication_does(cast, starts, off, today):
    with transaction.atomic(), pytest.MonkeyPatch.context() as patch:
        patch.setattr("portal.clocks.services.recounting.today", lambda: today)
        patch.setattr("portal.clocks.selectors.recounts.today", lambda: today)
        clocks = [ticking(cast, on=day) for day in starts]
        before = {one.pk: one.due for one in clocks}
        holidays, makeups = days_of_2026()
        worked = {day for day, _name in makeups}
        taken = {day for day, _name in holidays}
        new = [*holidays, *((day, "防汛") for day in sorted(off - worked - taken))]
        preview = preview_of(cast.officer, year=2026, holidays=new, makeup_days=makeups)
        publish_calendar(year=2026, holidays=new, makeup_days=makeups, source="通知", by=None)
        done = recount()
        after = dict(Deadline.objects.filter(pk__in=before).values_list("pk", "due"))

        assert (preview.concerned, preview.moved) == (done.counted, done.moved)
        assert {one.clock.pk: one.new_due for one in preview.shown} == {
            pk: due for pk, due in after.items() if due != before[pk]
        }
        # holidays never move a date to an earlier day, and never make anybody late
        assert all(after[pk] >= before[pk] for pk in before)
        transaction.set_rollback(True)


FORM = {"year": 2026, "source": "通知", "published_on": "", "replaces": 1}


def lines(days: list[tuple[date, str]], *more: date) -> str:
    return "\n".join([*(f"{day} {name}" for day, name in days), *map(str, more)])


def test_the_preview_page_shows_what_would_move_and_changes_nothing(cast, clock, client, freeze):
    freeze(date(2026, 11, 10))
    holidays, makeups = days_of_2026()
    client.force_login(cast.officer)
    sent = {
        **FORM,
        "holidays": lines(holidays, date(2026, 11, 12)),
        "makeup_days": lines(makeups),
    }

    page = client.post(reverse("clocks:preview"), sent, headers={"accept-language": "en"})

    shown = page.content.decode()
    assert page.status_code == 200
    assert "1 would move, 0 of them to an earlier day." in shown
    assert clock.request.number in shown
    assert HolidayCalendar.objects.filter(year=2026).count() == 1


def test_a_preview_of_a_faulty_list_says_what_is_wrong(cast, client):
    client.force_login(cast.officer)

    page = client.post(reverse("clocks:preview"), {**FORM, "holidays": "morgen"})

    assert page.status_code == 422
    assert "morgen" in page.content.decode()


def test_only_who_publishes_sees_a_preview(cast, client):
    client.force_login(cast.provider_head)

    assert client.post(reverse("clocks:preview"), FORM).status_code == 403


@pytest.mark.parametrize(
    ("who", "rows", "sees_total"),
    [("provider_head", 1, False), ("officer", 1, True), ("stranger", 0, False)],
)
def test_the_list_of_what_moved_shows_each_reader_their_own(
    cast, clock, client, freeze, who, rows, sees_total
):
    freeze(date(2026, 11, 10))
    calendar = declare(date(2026, 11, 12))
    recount()
    client.force_login(getattr(cast, who))

    page = client.get(
        reverse("clocks:recount", args=[calendar.pk]), headers={"accept-language": "en"}
    )

    shown = page.content.decode()
    assert shown.count("2026.1 → 2026.2") == rows
    assert ("Counted anew: 1. Moved: 1." in shown) is sees_total
    assert (clock.request.number in shown) is bool(rows)


def test_a_list_that_nobody_published_is_not_found(cast, client):
    client.force_login(cast.officer)

    assert client.get(reverse("clocks:recount", args=[99999999])).status_code == 404


def test_monday_is_where_the_clocks_of_these_tests_begin(cast, clock):
    assert (clock.started_on, clock.due, clock.region) == (MONDAY, DUE, "990000")
