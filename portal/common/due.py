"""How a deadline reads: what is left in words first, the date second."""

from dataclasses import dataclass
from datetime import date
from typing import Protocol

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

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
    """`tone` is the CSS class, "" for plenty of time; `notes` say how firm the date is."""

    words: str
    day: str
    tone: str = ""
    notes: tuple[str, ...] = ()

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
    def sentence(self) -> str:
        """All in one line, the date first: due Thu 26 Nov, 3 working days left."""
        return ", ".join([self.day, self.words, *self.notes])


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
    if deadline.is_met:
        words = _("Done, but late") if getattr(deadline, "is_met_late", False) else _("Done")
        return DueWords(words, _("was due %(day)s") % {"day": day}, "due-met")
    if getattr(deadline, "cancelled_at", None) is not None:
        return DueWords(_("No longer runs"), _("was due %(day)s") % {"day": day}, "due-met")
    if (since := getattr(deadline, "paused_on", None)) is not None:
        stands = _("Stands since %(day)s") % {"day": prose_date(since)}
        return DueWords(stands, _("goes on when the other side has acted"), "", tuple(notes))
    due_on = _("due %(day)s") % {"day": day}
    if deadline.due == today:
        return DueWords(_("Due today"), due_on, "due-today", tuple(notes))
    if deadline.due < today:
        late = max(-days_left, 0)
        words = (
            ngettext("%(days)s working day overdue", "%(days)s working days overdue", late)
            % {"days": late}
            if late
            else _("Overdue since the last working day")
        )
        return DueWords(words, _("was due %(day)s") % {"day": day}, "due-late", tuple(notes))
    if days_left == 0:
        words = _("No working day left")
    else:
        words = ngettext("%(days)s working day left", "%(days)s working days left", days_left) % {
            "days": days_left
        }
    tone = "due-soon" if days_left <= thresholds.amber_days else ""
    if days_left <= thresholds.red_days:
        tone = "due-urgent"
    return DueWords(words, due_on, tone, tuple(notes))
