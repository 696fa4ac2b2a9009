"""The cases behind a figure, as one kind of line for pages, files and the API."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from typing import Any

from django.utils.translation import gettext as _

from portal.clocks.models import WatchedClock
from portal.clocks.registry import subjects_of
from portal.workdays.clocks import legal_day, today
from sharing.models import Agreement, AgreementState, SharingRequest

from .indicators import Indicator
from .scope import Scope

CHUNK = 500


@dataclass(frozen=True, slots=True)
class Line:
    """A case: what it is, who it is counted for, its day, when it was done, and how it ended.

    `title` is empty where the reader may count the case but not know what it is about.
    """

    title: str
    url: str
    sub: str
    department: str
    day: date | datetime | None
    done: date | datetime | None
    outcome: str
    tone: str


def lines(indicator: Indicator, scope: Scope, listed: Sequence[Any]) -> list[Line]:
    """The lines of some cases; a few queries however many there are."""
    return LINES[indicator.kind](scope, listed)


def all_lines(indicator: Indicator, scope: Scope, found: Any) -> Iterator[Line]:
    """Every case, in pieces, for a file."""
    rest = found.iterator(CHUNK)
    while piece := list(islice(rest, CHUNK)):
        yield from lines(indicator, scope, piece)


def clock_lines(scope: Scope, listed: Sequence[Any]) -> list[Line]:
    clocks: Sequence[WatchedClock] = listed
    subjects = subjects_of(scope.user, ((one._meta.label_lower, one.pk) for one in clocks))
    departments = {one.pk: str(one) for one in scope.departments()}
    found = []
    for clock in clocks:
        subject = subjects.get((clock._meta.label_lower, clock.pk))
        words, tone = _clock_outcome(clock)
        found.append(
            Line(
                str(subject.title) if subject else "",
                subject.url if subject else "",
                str(subject.duty) if subject else "",
                departments.get(clock.holder_id, ""),
                clock.due,
                legal_day(clock.met_at) if clock.met_at else None,
                words,
                tone,
            )
        )
    return found


def _clock_outcome(clock: WatchedClock) -> tuple[str, str]:
    if clock.met_at is None:
        return (_("stands"), "rest") if clock.paused_on else _open_outcome(clock)
    return (_("done, but late"), "stop") if clock.is_met_late else (_("in time"), "go")


def _open_outcome(clock: WatchedClock) -> tuple[str, str]:
    return (_("overdue"), "stop") if clock.due < today() else (_("under way"), "run")


def _request_lines(scope: Scope, listed: Sequence[Any]) -> list[Line]:
    keys = [one.pk for one in listed]
    found = (
        SharingRequest.objects.permitted(scope.user)
        .filter(pk__in=keys)
        .select_related("resource__department", "requester", "agreement")
        .in_bulk()
    )
    made = []
    for key in keys:
        one = found[key]
        agreement = getattr(one, "agreement", None)
        is_met = agreement is not None and agreement.activated_at is not None
        done = agreement.activated_at or agreement.ended_at if agreement else one.answered_at
        made.append(
            Line(
                str(one.resource),
                one.get_absolute_url(),
                f"{one.number} · {one.requester}",
                str(one.resource.department),
                one.received_at,
                done,
                _("agreed and delivered") if is_met else str(one.get_state_display()),
                "go" if is_met else "stop",
            )
        )
    return made


def _entry_lines(scope: Scope, listed: Sequence[Any]) -> list[Line]:
    departments = {one.pk: str(one) for one in scope.departments()}
    made = []
    for one in listed:
        # The figure of freshness brings its own word; that of usable data asks for rows alone.
        words = _("updated in time") if hasattr(one, "freshness") else _("data is there")
        lacks = _("update overdue") if hasattr(one, "freshness") else _("no rows yet")
        made.append(
            Line(
                str(one),
                one.get_absolute_url(),
                f"{one.code} · {one.get_update_frequency_display()}",
                departments.get(one.department_id, ""),
                one.published_at,
                one.rows_changed_at,
                words if one.is_good else lacks,
                "go" if one.is_good else "stop",
            )
        )
    return made


def _agreement_lines(scope: Scope, listed: Sequence[Any]) -> list[Line]:
    keys = [one.pk for one in listed]
    known = {one.pk: one for one in listed}
    found = Agreement.objects.select_related("resource", "requester", "provider").in_bulk(keys)
    made = []
    for key in keys:
        one = found[key]
        made.append(
            Line(
                str(one.resource),
                one.get_absolute_url(),
                f"{one.number} · {one.provider}",
                str(one.requester),
                one.activated_at,
                None,
                str(one.get_state_display()),
                "go"
                if known[key].is_good
                else "wait"
                if one.state == AgreementState.ACTIVE
                else "stop",
            )
        )
    return made


LINES: dict[str, Callable[[Scope, Sequence[Any]], list[Line]]] = {
    "clock": clock_lines,
    "request": _request_lines,
    "entry": _entry_lines,
    "agreement": _agreement_lines,
}


def line_heading() -> list[str]:
    return [
        _("Case"),
        _("Number, kind or side"),
        _("Counted for"),
        _("Due or begun"),
        _("Done"),
        _("Outcome"),
    ]


def line_row(line: Line) -> list[Any]:
    return [line.title, line.sub, line.department, line.day, line.done, line.outcome]
