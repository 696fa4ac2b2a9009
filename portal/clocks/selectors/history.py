"""One clock with all that happened to it: where it stood, what moved it, that it lapsed."""

from dataclasses import dataclass
from datetime import date

from portal import workdays
from portal.clocks.models import Lapse, MovedClock, WatchedClock
from portal.clocks.registry import ClockTable, Subject, table_of
from portal.common.text import Text
from portal.organisation.models import User
from portal.workdays.clocks import Pause


@dataclass(frozen=True, slots=True)
class Stood:
    """A time in which a clock stood; `until` is None while it stands.

    `days` are the working days by which it moved the date, none where the limit began anew after it.
    """

    since: date
    until: date | None
    why: Text
    days: int | None
    began_anew: bool


@dataclass(frozen=True, slots=True)
class ClockHistory:
    clock: WatchedClock
    subject: Subject
    stood: list[Stood]
    moves: list[MovedClock]
    lapses: list[Lapse]


def history_of(user: User, label: str, key: int) -> ClockHistory | None:
    """The clock `key` of the table `label`; None where `user` may not know of it, or there is none."""
    table = table_of(label)
    subject = table.subjects(user, [key]).get(key) if table else None
    if table is None or subject is None or subject.clock is None:
        return None
    about = {"about": label, "about_id": key}
    return ClockHistory(
        clock=subject.clock,
        subject=subject,
        stood=[_stood(one, subject.clock, table) for one in subject.clock.pauses],
        moves=list(MovedClock.objects.filter(**about).select_related("recount__calendar")),
        lapses=list(Lapse.objects.filter(**about).select_related("reversal__calendar")),
    )


def _stood(pause: Pause, clock: WatchedClock, table: ClockTable) -> Stood:
    since = date.fromisoformat(pause["since"])
    until = date.fromisoformat(pause["until"]) if pause["until"] else None
    began_anew = until is not None and until <= clock.started_on
    days = None
    if until is not None and not began_anew:
        days = workdays.working_days_between(since, until, clock.region)
    why = table.pauses.get(pause["why"], pause["why"])
    return Stood(since, until, why, days, began_anew)
