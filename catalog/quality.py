"""How good a resource's data are: the six dimensions of GB/T 36344-2018, as far as facts are held.

Each dimension is a part of a whole, counted by the portal itself; one that the portal cannot count
says so and does not enter the overall score, which is the mean of the others.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_DOWN, Decimal
from enum import StrEnum

from django.utils.translation import gettext as _

from portal.common.text import Text

from .freshness import DAYS
from .models import ColumnProfile, ResourceProfile, RunState, SyncRun

# Why a run fails: rows that do not fit, or a source that cannot be read (`sources.words.FAILURES`).
BAD_ROWS = frozenset(
    {
        "too_many_bad",
        "wrong_type",
        "too_long",
        "out_of_range",
        "bad_encoding",
        "null_in_item",
        "null_in_key",
        "repeated_key",
        "code_list",
    }
)
UNREADABLE = frozenset(
    {
        "host_unknown",
        "network_not_allowed",
        "unreachable",
        "timed_out",
        "too_many_connections",
        "shutting_down",
        "connection_lost",
        "locked",
        "cancelled",
        "wrong_password",
        "database_missing",
        "login_refused",
        "relation_missing",
        "permission_denied",
    }
)
RUNS = 30
DAY = timedelta(days=1)


class Dimension(StrEnum):
    CONFORMITY = "conformity"
    COMPLETENESS = "completeness"
    ACCURACY = "accuracy"
    CONSISTENCY = "consistency"
    TIMELINESS = "timeliness"
    ACCESSIBILITY = "accessibility"


@dataclass(frozen=True, slots=True)
class Score:
    """`part` of `whole`, what they count in `about`; without a whole it is not measured."""

    dimension: Dimension
    name: Text
    about: Text
    part: int = 0
    whole: int = 0
    not_measured: Text = ""

    @property
    def is_measured(self) -> bool:
        return self.whole > 0

    @property
    def percent(self) -> Decimal | None:
        """Rounded down, so that only the whole is 100."""
        if not self.is_measured:
            return None
        return _down(Decimal(100) * self.part / self.whole)


@dataclass(frozen=True, slots=True)
class Quality:
    scores: Sequence[Score]

    @property
    def measured(self) -> int:
        return sum(score.is_measured for score in self.scores)

    @property
    def overall(self) -> Decimal | None:
        """The mean of what is measured, every dimension counting the same; None without any."""
        known = [score.percent for score in self.scores if score.percent is not None]
        return _down(sum(known, Decimal(0)) / len(known)) if known else None


def quality_of(
    *,
    profile: ResourceProfile | None,
    columns: Sequence[ColumnProfile],
    runs: Sequence[SyncRun],
    frequency: str,
    now: datetime,
) -> Quality:
    """`runs` are the last ended ones of the resource's job, latest first."""
    counted = profile if profile and not profile.is_failed else None
    return Quality(
        [
            _conformity(counted, columns),
            _completeness(counted, columns),
            _accuracy(runs),
            _consistency(counted, runs),
            _timeliness(runs, frequency, now),
            _accessibility(runs),
        ]
    )


def _conformity(profile: ResourceProfile | None, columns: Sequence[ColumnProfile]) -> Score:
    bound = [one for one in columns if one.unknown_codes is not None]
    rows = profile.rows_read if profile else 0
    filled = sum(rows - one.nulls for one in bound)
    return Score(
        Dimension.CONFORMITY,
        _("Conformity"),
        _("Values that stand in the code list their item is bound to, of all values so bound."),
        part=filled - sum(one.unknown_codes or 0 for one in bound),
        whole=filled,
        not_measured=_("No item with values is bound to a code list."),
    )


def _completeness(profile: ResourceProfile | None, columns: Sequence[ColumnProfile]) -> Score:
    cells = profile.rows_read * len(columns) if profile else 0
    return Score(
        Dimension.COMPLETENESS,
        _("Completeness"),
        _("Filled values, of all values there could be; items that may be empty count too."),
        part=cells - sum(one.nulls for one in columns),
        whole=cells,
        not_measured=_("The columns have not been counted."),
    )


def _accuracy(runs: Sequence[SyncRun]) -> Score:
    judged = [run for run in runs if _succeeded(run) or run.failure_code in BAD_ROWS]
    return Score(
        Dimension.ACCURACY,
        _("Accuracy"),
        _(
            "Sync runs in which every row had the type, length, key and codes that its items ask,"
            " of the last runs that read rows. Whether the values are true is not measured."
        ),
        part=sum(map(_succeeded, judged)),
        whole=len(judged),
        not_measured=_("No sync run has read rows."),
    )


def _consistency(profile: ResourceProfile | None, runs: Sequence[SyncRun]) -> Score:
    latest = next(filter(_succeeded, runs), None)
    held = given = 0
    if profile and latest and profile.run_id == latest.pk:
        held, given = profile.row_count, latest.rows_read or 0
    return Score(
        Dimension.CONSISTENCY,
        _("Consistency"),
        _("Rows that store and source have alike in number, of those of the larger."),
        part=min(held, given),
        whole=max(held, given),
        not_measured=_("The rows have not been counted since the last sync."),
    )


def _timeliness(runs: Sequence[SyncRun], frequency: str, now: datetime) -> Score:
    allowed = DAYS.get(frequency)
    total = late = timedelta()
    if allowed is not None:
        for gap in _gaps([run.finished_at for run in runs if _succeeded(run)], now):
            total += gap
            late += max(gap - allowed * DAY, timedelta())
    days = math.ceil(total / DAY)
    return Score(
        Dimension.TIMELINESS,
        _("Timeliness"),
        _("Days on which the rows were as fresh as the update frequency promises."),
        part=max(days - math.ceil(late / DAY), 0),
        whole=days,
        not_measured=(
            _("No period is promised for the update.")
            if allowed is None
            else _("No sync run has brought rows.")
        ),
    )


def _accessibility(runs: Sequence[SyncRun]) -> Score:
    return Score(
        Dimension.ACCESSIBILITY,
        _("Accessibility"),
        _(
            "Sync runs that could read the source, of the last ones that ended. How calls were"
            " answered is told to the parties of each agreement."
        ),
        part=sum(run.failure_code not in UNREADABLE for run in runs),
        whole=len(runs),
        not_measured=_("No sync run has ended."),
    )


def _succeeded(run: SyncRun) -> bool:
    return run.state == RunState.SUCCEEDED


def _gaps(latest_first: Sequence[datetime | None], now: datetime) -> Iterator[timedelta]:
    """From each update to the next, and from the last one to now."""
    later = now
    for moment in latest_first:
        if moment is not None:
            yield max(later - moment, timedelta())
            later = moment


def _down(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.1"), ROUND_DOWN)
