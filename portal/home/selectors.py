"""What the home page shows, put together from the apps' selectors."""

from dataclasses import dataclass
from datetime import date

from django.utils import timezone

from catalog.models import Announcement
from catalog.selectors import announcements_recent
from portal.clocks.registry import tasks_of
from portal.common.tasks import Task
from portal.organisation.models import User
from portal.workdays import is_working_day
from sharing.models import SharingRequest
from sharing.selectors import Figures, figures_for, open_requests_of


@dataclass(frozen=True, slots=True)
class Inbox:
    """What waits for one person, by due date, things without a date last."""

    tasks: list[Task]
    due_today: int
    overdue: int

    @property
    def due_dates(self) -> list[date]:
        return [task.due for task in self.tasks if task.due is not None]


@dataclass(frozen=True, slots=True)
class Home:
    today: date
    is_working_day: bool
    inbox: Inbox
    figures: Figures
    requests: list[SharingRequest]
    announcements: list[Announcement]


def inbox_of(user: User) -> Inbox:
    today = timezone.localdate()
    tasks = tasks_of(user)
    return Inbox(
        tasks=tasks,
        due_today=sum(task.due == today for task in tasks),
        overdue=sum(task.due is not None and task.due < today for task in tasks),
    )


def waiting_count(user: User) -> int:
    """How many tasks wait for `user`, for the navigation."""
    return len(inbox_of(user).tasks)


def home_of(user: User) -> Home:
    today = timezone.localdate()
    return Home(
        today=today,
        is_working_day=is_working_day(today),
        inbox=inbox_of(user),
        figures=figures_for(user),
        requests=list(open_requests_of(user)[:5]),
        announcements=list(announcements_recent(user)[:5]),
    )
