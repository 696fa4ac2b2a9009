"""A notice in words, for the page and for the e-mail, as its reader may know it at this moment."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from portal.clocks.models import Notice, WatchedClock
from portal.clocks.registry import Subject, subjects_of
from portal.common.due import DueWords, describe
from portal.common.text import Text
from portal.organisation.models import User
from portal.workdays import working_days_between
from portal.workdays.clocks import today

from .thresholds import thresholds_of


@dataclass(frozen=True, slots=True)
class Line:
    """`subject` is None when the reader may not, or no longer, know of what it is about."""

    notice: Notice
    subject: Subject | None
    kind: Text
    title: Text
    words: str = ""
    law: str = ""

    @property
    def url(self) -> str:
        return self.subject.url if self.subject else ""

    @property
    def clock(self) -> WatchedClock | None:
        return self.subject.clock if self.subject else None

    @property
    def is_old_date(self) -> bool:
        """Whether the date it told of has moved since."""
        clock = self.clock
        return clock is not None and clock.due.isoformat() != self.notice.occasion


def lines_of(reader: User, notices: Sequence[Notice]) -> list[Line]:
    """The notices in words; a few queries for each table that they are about."""
    found = subjects_of(reader, ((one.about, one.about_id) for one in notices))
    return [_line(one, found.get((one.about, one.about_id))) for one in notices]


def due_words(clock: WatchedClock) -> DueWords:
    """As `{% due %}` says it."""
    day = today()
    return describe(
        clock,
        days_left=working_days_between(day, clock.due, clock.region),
        today=day,
        thresholds=thresholds_of(clock.region),
    )


def _line(notice: Notice, subject: Subject | None) -> Line:
    kind = notice.get_kind_display()
    if subject is None:
        return Line(notice, None, kind, _("Something that you may no longer see"))
    clock = subject.clock
    if clock is None:
        return Line(notice, subject, kind, subject.title)
    words = due_words(clock)
    law = (
        _("Decree 809, Art. %(article)s") % {"article": clock.article}
        if clock.legal
        else _("platform target, not a legal limit")
    )
    return Line(notice, subject, kind, subject.title, f"{subject.duty}: {words.sentence}", law)
