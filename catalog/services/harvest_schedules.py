"""Schedules of harvests, and the tick that queues what is due, as `scheduling` does for sync jobs."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from audit.services import record
from catalog.models import HarvestSchedule, Source
from catalog.services.harvests import start_again
from catalog.sources.kinds import kind_of
from catalog.sources.permissions import may_manage
from catalog.sources.schedule import Rhythm, Schedule, schedule_of, timing_of
from portal.common.errors import WrongState
from portal.organisation.models import User

MOST_AT_ONCE = 100


@transaction.atomic
def set_schedule(*, source: Source, schedule: Schedule, by: User) -> Source:
    """Have the source harvested by itself in this rhythm, with the rights of `by`, or no longer.

    Each harvest states for new drafts what the one before stated, so there has to be one.
    """
    may_manage(by, source.department_id).enforce()
    Source.objects.select_for_update(of=("self",)).get(pk=source.pk)
    held = _with_timing(source.pk)
    if not kind_of(held.kind).walk:
        raise WrongState(_("Sources of this kind describe no datasets."))
    before = schedule_of(held).facts
    if schedule.rhythm is Rhythm.OFF:
        HarvestSchedule.objects.filter(source=held).delete()
    elif not held.harvests.exists():
        raise WrongState(
            _("Start a harvest by hand first: the schedule repeats what was stated for it.")
        )
    else:
        HarvestSchedule.objects.update_or_create(
            source=held,
            defaults={
                "by": by,
                **timing_of(schedule, salt=held.pk, region=held.department.region.code),
            },
        )
    record(
        actor=by,
        action="catalog.harvest.schedule",
        target=held,
        before=before,
        after=schedule.facts,
    )
    return _with_timing(source.pk)


@transaction.atomic
def tick(*, now: datetime, most: int = MOST_AT_ONCE) -> int:
    """Queue the harvests that are due; how many schedules were due.

    A source whose last harvest is under way is due again at its next time. May run twice, and beside
    itself; a row that somebody holds is left for the next tick.
    """
    due = list(
        HarvestSchedule.objects.select_for_update(of=("self", "source"), skip_locked=True)
        .filter(next_due_at__lte=now)
        .select_related("source__department__region", "by")
        .order_by("next_due_at")[:most]
    )
    for timing in due:
        source = timing.source
        region = source.department.region.code
        timing.next_due_at = schedule_of(source).next_after(now, salt=source.pk, region=region)
        timing.save(update_fields=["next_due_at"])
        start_again(source=source, by=timing.by)
    return len(due)


def _with_timing(pk: int) -> Source:
    return Source.objects.select_related("timing", "department__region").get(pk=pk)
