"""The demonstration shows the clocks of Art. 17 wherever they can stand."""

import pytest

from catalog import deadlines
from catalog.models import (
    CatalogueClock,
    CatalogueDeadline,
    DutyState,
    EntryState,
    UpdateDuty,
    UpdateDutyEntry,
    UpdateExtension,
)
from catalog.services import standard_files
from portal.clocks.services.round import go_round as sweep
from portal.demo import catalogue, people, update_duties
from portal.workdays import working_days_between
from portal.workdays.clocks import RUNNING

pytestmark = pytest.mark.django_db


@pytest.fixture
def loaded(settings, tmp_path):
    settings.PORTAL_DATA_DIR = tmp_path
    people.load()
    standard_files.load_standards()
    cast = people.cast()
    catalogue.load(cast)
    update_duties.load(cast)
    sweep()


def test_a_duty_stands_in_every_state_and_on_every_side_of_its_date(loaded):
    assert update_duties.is_loaded()
    assert set(UpdateDuty.objects.values_list("state", flat=True)) == set(DutyState)
    assert set(UpdateExtension.objects.values_list("granted_days", flat=True)) == {None, 0, 5}
    updates = CatalogueDeadline.objects.filter(kind=CatalogueClock.UPDATE)
    today = deadlines.today()
    left = {working_days_between(today, clock.due) for clock in updates.filter(RUNNING)}
    assert any(days < 0 for days in left)
    assert any(0 <= days <= 3 for days in left)
    assert any(days > 3 for days in left)
    met = {clock.is_met_late for clock in updates.filter(met_at__isnull=False)}
    assert met == {True, False}
    assert CatalogueDeadline.objects.filter(RUNNING, kind=CatalogueClock.REVIEW).count() == 1
    assert UpdateDutyEntry.objects.filter(state=EntryState.RETURNED).exists()
    assert not UpdateDuty.objects.exclude(needs_new_entry=True).filter(entries=None).exists()


def test_what_is_late_is_noted_at_once(loaded):
    late = CatalogueDeadline.objects.filter(RUNNING, due__lt=deadlines.today())

    assert late.exists()
    assert not late.filter(lapsed_at=None).exists()
    assert sweep().lapsed == 0


def test_nothing_was_recorded_before_it_happened(loaded):
    for duty in UpdateDuty.objects.all():
        assert duty.happened_on <= deadlines.legal_day(duty.recorded_at) <= deadlines.today()
