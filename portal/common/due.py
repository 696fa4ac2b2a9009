"""How a deadline reads, in one phrase: due Thu 26 Nov, 3 working days left."""

from dataclasses import dataclass
from datetime import date
from typing import Protocol

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from .dates import prose_date


class HasThresholds(Protocol):
    """Up to how many working days left a date is amber, and red; `portal.clocks.thresholds`."""

    @property
    def amber_days(self) -> int: ...
    @property
    def red_days(self) -> int: ...


class HasDue(Protocol):
    """What `{% due %}` takes: a deadline row, or anything that looks like one.

    `cancelled_at`, where there is one, says that the clock no longer runs, `paused_on` that it stands,
    `is_met_late` that the duty was done after its day. `region` is whose days and thresholds count.
    """

    @property
    def due(self) -> date: ...
    @property
    def is_met(self) -> bool: ...
    @property
    def provisional(self) -> bool: ...
    @property
    def legal(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class DueWords:
    """One phrase of two parts, `words` (how it stands) and `day`; which comes first depends.

    `tone` is the CSS class, "" for plenty of time; `notes` say how firm the date is.
    """

    words: str
    day: str
    tone: str = ""
    notes: tuple[str, ...] = ()
    is_day_first: bool = True

    @property
    def icon(self) -> str:
        """Amber and red differ by their sign too, not by colour alone."""
        return {
            "due-soon": "clock",
            "due-urgent": "alert-triangle",
            "due-today": "alert-triangle",
            "due-late": "alert-triangle",
        }.get(self.tone, "")

    @property
    def comma(self) -> str:
        return pgettext("between two parts of a phrase", ", ")

    @property
    def phrase(self) -> str:
        """due Thu 26 Nov, 3 working days left"""
        parts = (self.day, self.words) if self.is_day_first else (self.words, self.day)
        return self.comma.join(parts)

    @property
    def sentence(self) -> str:
        """The phrase and its notes."""
        return self.comma.join([self.phrase, *self.notes])


def describe(
    deadline: HasDue, *, days_left: int, today: date, thresholds: HasThresholds
) -> DueWords:
    """The words for `deadline`; `days_left`: working days after `today`, the due day included."""
    notes = []
    if not deadline.legal:
        notes.append(_("platform target, not a legal limit"))
    if deadline.provisional:
        notes.append(_("provisional: that year's holidays are not announced yet"))
    day = prose_date(deadline.due)
    was_due, due_on = _("was due %(day)s") % {"day": day}, _("due %(day)s") % {"day": day}
    if deadline.is_met:
        words = _("Done, but late") if getattr(deadline, "is_met_late", False) else _("Done")
        return DueWords(words, was_due, "due-met", is_day_first=False)
    if getattr(deadline, "cancelled_at", None) is not None:
        return DueWords(_("No longer runs"), was_due, "due-met", is_day_first=False)
    told = tuple(notes)
    if (since := getattr(deadline, "paused_on", None)) is not None:
        stands = _("Stands since %(day)s") % {"day": prose_date(since)}
        goes_on = _("goes on when the other side has acted")
        return DueWords(stands, goes_on, "", told, is_day_first=False)
    if deadline.due == today:
        return DueWords(_("Due today"), day, "due-today", told, is_day_first=False)
    if deadline.due < today:
        return DueWords(_overdue(max(-days_left, 0)), was_due, "due-late", told)
    tone = "due-soon" if days_left <= thresholds.amber_days else ""
    if days_left <= thresholds.red_days:
        tone = "due-urgent"
    return DueWords(_left(days_left), due_on, tone, told)


def _left(days: int) -> str:
    if days == 0:
        return _("no working day left")
    return ngettext("%(days)s working day left", "%(days)s working days left", days) % {
        "days": days
    }


def _overdue(days: int) -> str:
    if days == 0:
        return _("overdue since the last working day")
    return ngettext("%(days)s working day overdue", "%(days)s working days overdue", days) % {
        "days": days
    }
