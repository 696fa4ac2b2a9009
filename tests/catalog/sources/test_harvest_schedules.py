"""Harvests that begin by themselves: the last one once more, one at a time, with somebody's rights."""

from datetime import UTC, datetime, time, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from audit.models import Entry
from catalog import tasks
from catalog.models import Harvest, HarvestSchedule, HarvestState, Resource, Source
from catalog.services import bulk, harvest_schedules, harvests
from catalog.sources.schedule import Rhythm, Schedule, schedule_of
from portal.clocks.models import Notice, NoticeKind
from portal.common.errors import NotAllowed, WrongState
from portal.organisation.models import Duty, DutyKind
from tests.factories import UserFactory

from .fetching import file_source
from .harvest_portal import CKAN_SEARCH, package, serve_packages
from .harvesting import *  # noqa: F403 - the cast of the harvests
from .harvesting import counts, harvested

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 29, 4, 0, tzinfo=UTC)
DAILY = Schedule(Rhythm.DAILY, at=time(6, 0), spread=0)


def due(source, steward) -> None:
    """Harvested once by hand, on a schedule since, and due at noon."""
    harvested(source, steward)
    harvest_schedules.set_schedule(source=source, schedule=DAILY, by=steward)
    HarvestSchedule.objects.update(next_due_at=NOON)


def carried_out() -> Harvest:
    made = Harvest.objects.latest("pk")
    harvests.execute(harvest_id=made.pk)
    made.refresh_from_db()
    return made


def test_a_tick_harvests_once_more_what_is_due_and_moves_it_on(ckan, steward, portal):
    # given
    due(ckan, steward)
    serve_packages(portal, [package(n) for n in (1, 2, 3, 4)])

    # when
    assert harvest_schedules.tick(now=NOON - timedelta(seconds=1)) == 0
    assert harvest_schedules.tick(now=NOON) == 1
    made = carried_out()

    # then
    assert (made.state, counts(made)) == (HarvestState.DONE, {"created": 1, "unchanged": 3})
    assert (made.is_scheduled, made.by) == (True, steward)
    new = Resource.objects.get(name="数据集4")
    assert (new.resource_class, new.classification, new.sharing_attribute, new.grade) == (
        "3",
        "07012001",
        "conditional",
        "L2",
    )
    assert HarvestSchedule.objects.get().next_due_at == datetime(2026, 11, 29, 22, 0, tzinfo=UTC)
    started = Entry.objects.filter(action="catalog.harvest.start").latest("id")
    assert (started.actor_kind, started.target_id) == ("portal", str(made.pk))
    assert harvest_schedules.tick(now=NOON) == 0
    assert Harvest.objects.count() == 2


def test_a_source_that_is_being_harvested_gets_no_second_harvest(ckan, steward):
    due(ckan, steward)
    harvest_schedules.tick(now=NOON)
    HarvestSchedule.objects.update(next_due_at=NOON)

    assert harvest_schedules.tick(now=NOON) == 1

    assert Harvest.objects.count() == 2
    assert HarvestSchedule.objects.get().next_due_at > NOON


def test_days_that_were_missed_are_made_up_for_once(ckan, steward):
    due(ckan, steward)
    HarvestSchedule.objects.update(next_due_at=NOON - timedelta(days=10))

    assert harvest_schedules.tick(now=NOON) == 1
    assert harvest_schedules.tick(now=NOON) == 0

    assert Harvest.objects.count() == 2


def test_removed_drafts_do_not_come_again_by_themselves(ckan, steward):
    # given the last harvest brought removed ones again, and its file was undone
    harvested(ckan, steward)
    bulk.undo(bulk_import=Harvest.objects.get().imports.get(), by=steward)
    last = harvested(ckan, steward, brings_removed=True)
    bulk.undo(bulk_import=last.imports.get(), by=steward)
    harvest_schedules.set_schedule(source=ckan, schedule=DAILY, by=steward)
    HarvestSchedule.objects.update(next_due_at=NOON)

    # when
    harvest_schedules.tick(now=NOON)

    # then
    assert counts(carried_out()) == {"left_out": 3}
    assert not Resource.objects.exists()


def test_a_scheduled_harvest_that_fails_is_told_to_the_stewards(ckan, steward, portal, signed_in):
    due(ckan, steward)
    portal.paths[CKAN_SEARCH] = lambda h: h.answer(b"<html>", Content_Type="text/html")
    harvest_schedules.tick(now=NOON)

    made = carried_out()

    assert (made.state, made.failure_code) == (HarvestState.FAILED, "markup_instead")
    notice = Notice.objects.get()
    assert (notice.kind, notice.recipient, notice.about_id) == (
        NoticeKind.HARVEST_FAILED,
        steward,
        made.pk,
    )
    assert "对另一门户的抓取失败" in signed_in(steward).get("/notices/").content.decode()


def test_it_writes_with_the_rights_of_who_set_it_and_tells_the_others_when_they_end(
    ckan, steward, department, portal
):
    # given
    due(ckan, steward)
    successor = UserFactory(department=department, duties=[DutyKind.STEWARD])
    Duty.objects.filter(user=steward).delete()
    serve_packages(portal, [package(n) for n in (1, 2, 3, 4)])

    # when
    harvest_schedules.tick(now=NOON)
    made = carried_out()

    # then
    assert (made.state, made.failure_code) == (HarvestState.FAILED, "harvest_refused")
    assert Resource.objects.count() == 3
    assert [one.recipient for one in Notice.objects.all()] == [successor]

    # and it goes on when somebody who may sets it
    harvest_schedules.set_schedule(source=ckan, schedule=DAILY, by=successor)
    HarvestSchedule.objects.update(next_due_at=NOON)
    harvest_schedules.tick(now=NOON)
    assert counts(carried_out()) == {"created": 1, "unchanged": 3}


def test_only_stewards_set_it_and_not_before_a_harvest_by_hand(ckan, steward, department):
    def is_refused(source: Source, by, error: type[Exception]) -> None:
        with pytest.raises(error):
            harvest_schedules.set_schedule(source=source, schedule=DAILY, by=by)
        assert not HarvestSchedule.objects.exists()

    colleague = UserFactory(department=department, duties=[DutyKind.STAFF])
    is_refused(ckan, steward, WrongState)
    harvested(ckan, steward)
    is_refused(ckan, colleague, NotAllowed)
    is_refused(ckan, UserFactory(duties=[DutyKind.STEWARD]), NotAllowed)
    is_refused(file_source(department, "rest", address="http://127.0.0.1/"), steward, WrongState)


def test_a_schedule_is_changed_and_ended_and_each_is_on_record(ckan, steward):
    due(ckan, steward)
    weekly = Schedule(Rhythm.WEEKLY, weekday=5, zone="Asia/Urumqi", working_days=True)

    changed = harvest_schedules.set_schedule(source=ckan, schedule=weekly, by=steward)
    assert schedule_of(changed) == weekly
    ended = harvest_schedules.set_schedule(source=ckan, schedule=Schedule(), by=steward)

    assert schedule_of(ended) == Schedule()
    assert not HarvestSchedule.objects.exists()
    told = Entry.objects.filter(action="catalog.harvest.schedule").order_by("id")
    assert [one.data["after"] for one in told] == [DAILY.facts, weekly.facts, {"rhythm": "off"}]


@pytest.mark.django_db(transaction=True)
def test_the_message_of_a_due_harvest_is_sent_to_a_worker(ckan, steward, queue):
    due(ckan, steward)
    HarvestSchedule.objects.update(next_due_at=timezone.now())
    before = len(queue())

    tasks.tick_harvests()

    made = Harvest.objects.latest("pk")
    assert [one[:2] for one in queue()[before:]] == [(harvests.TASK, f"[{made.pk}]")]


def test_the_page_sets_it_and_says_when_it_is_next(ckan, steward, department, signed_in):
    # given
    client = signed_in(steward)
    page = reverse("catalog:source_harvest", args=[ckan.pk])
    url = reverse("catalog:harvest_schedule", args=[ckan.pk])
    fields = {"rhythm": "daily", "at": "06:30", "spread": "0"}
    assert url not in client.get(page).content.decode()
    assert client.post(url, fields).status_code == 422
    harvested(ckan, steward)

    # when
    assert client.post(url, {**fields, "at": "25:00"}).status_code == 422
    assert not HarvestSchedule.objects.exists()
    assert client.post(url, fields).status_code == 302

    # then
    shown = client.get(page).content.decode()
    assert "每天 06:30" in shown
    assert url in shown
    colleague = signed_in(UserFactory(department=department, duties=[DutyKind.STAFF]))
    assert "每天 06:30" in colleague.get(page).content.decode()
    assert colleague.post(url, {**fields, "rhythm": "off"}).status_code == 403
    assert signed_in(UserFactory()).post(url, fields).status_code == 404
    assert HarvestSchedule.objects.get().rhythm == "daily"
