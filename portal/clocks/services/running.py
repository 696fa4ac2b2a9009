"""Starting, stopping and moving one clock. Parts of an act: its service holds the lock and records.

A clock whose date moves into the future begins its stages again, so that the new date is reminded
of; the lapse that was noted of the old one stays on record.
"""

from datetime import date

from django.utils.translation import gettext as _

from portal.clocks.models import WatchedClock
from portal.clocks.stages import Stage
from portal.common.errors import WrongState
from portal.organisation.models import Department
from portal.workdays.clocks import Limit, Pause, today


def start(clock: WatchedClock, limit: Limit, *, holder: Department, on: date) -> None:
    """Start the clock of `limit` on day 0, `on`, for the department that has to act."""
    clock.kind = limit.kind
    clock.rule = limit.rule
    clock.article = limit.article
    clock.unit = limit.unit
    clock.started_on = on
    clock.limit_days = limit.working_days
    clock.holder = holder
    clock.region = holder.region.code
    clock.count()
    clock.save()


def extend(clock: WatchedClock, days: int) -> None:
    """Add `days` to the limit: the date moves by exactly so many."""
    clock.extension_days += days
    _count_again(clock)


def pause(clock: WatchedClock, *, on: date, why: str) -> None:
    """Let the clock stand from the end of `on`. What has lapsed is not stopped any more."""
    if not clock.is_running or clock.paused_on is not None:
        raise WrongState(_("The clock stands already."), code="clock_stands")
    if clock.due < on:
        raise WrongState(_("The limit has passed: its clock is not stopped."), code="clock_lapsed")
    clock.paused_on = on
    clock.pauses = [*clock.pauses, Pause(since=on.isoformat(), until=None, why=why)]
    clock.save()


def resume(clock: WatchedClock, *, on: date) -> None:
    """Let the clock go on: the first day that counts again is the one after `on`."""
    clock.pauses = _ended(clock, on)
    clock.paused_on = None
    _count_again(clock)


def restart(clock: WatchedClock, *, on: date) -> None:
    """Let the whole limit begin anew with `on` as its day 0; a pause that lasts ends."""
    if clock.paused_on is not None:
        clock.pauses = _ended(clock, on)
        clock.paused_on = None
    clock.started_on = on
    _count_again(clock)


def _ended(clock: WatchedClock, on: date) -> list[Pause]:
    if clock.paused_on is None:
        raise WrongState(_("The clock does not stand."), code="clock_runs")
    last: Pause = clock.pauses[-1]
    return [*clock.pauses[:-1], Pause(since=last["since"], until=on.isoformat(), why=last["why"])]


def _count_again(clock: WatchedClock) -> None:
    clock.count()
    if clock.due >= today():
        clock.stage = Stage.NONE
        clock.lapsed_at = None
    clock.save()
