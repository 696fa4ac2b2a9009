"""Which tables of clocks there are. Each app names its own in `<app>/clock_tables.py`.

The sweep, the notices and the recounts know a clock by its table and key; what it is about, who may
know of it and who has to act, the app above tells here.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from importlib import import_module
from typing import Any

from django.apps import apps
from django.db.models import Model, Q, QuerySet
from django.utils.module_loading import module_has_submodule

from portal.common.tasks import Task
from portal.common.text import Text
from portal.organisation.models import DutyKind, User

from .models import WatchedClock


@dataclass(frozen=True, slots=True)
class Subject:
    """What a notice is about, as its reader may see it."""

    title: Text
    url: str
    clock: WatchedClock | None = None
    duty: Text = ""


Subjects = Callable[[User, Iterable[int]], dict[int, Subject]]


@dataclass(frozen=True, slots=True)
class ClockTable:
    """One table of clocks.

    `persons` are the duties in the holding department that act, by kind of clock; `permitted` the
    clocks that a party may know of; `subjects` of some keys those that a person may know of, as they
    are called; `pauses` says in words for which reasons a clock stands; `target` is what the audit
    entry of a clock speaks of, for which `related` is joined.
    """

    model: type[WatchedClock]
    persons: Mapping[str, tuple[DutyKind, ...]]
    permitted: Callable[[User], QuerySet[Any]]
    subjects: Subjects
    target: Callable[[Any], Model]
    related: tuple[str, ...]
    overdue_action: str
    recompute_action: str
    # What else the app's pages say of a clock in the trail.
    facts: Callable[[Any], dict[str, Any]] = field(default=lambda clock: {})
    pauses: Mapping[str, Text] = field(default_factory=dict)

    @property
    def label(self) -> str:
        return self.model._meta.label_lower

    @property
    def rows(self) -> str:
        return self.model._meta.db_table


Inbox = Callable[[User], Iterable[Task]]
_tables: dict[str, ClockTable] = {}
_inboxes: list[Inbox] = []
_subjects: dict[str, Subjects] = {}


def collect() -> None:
    """Read every installed app's list; called once, when the registry of apps is ready.

    Other things than clocks that notices speak of are in an app's `NOTICE_SUBJECTS`; what waits for a
    person there, its `tasks_for` tells.
    """
    _tables.clear()
    _subjects.clear()
    _inboxes.clear()
    for app in apps.get_app_configs():
        if app.module is None or not module_has_submodule(app.module, "clock_tables"):
            continue
        named = import_module(f"{app.name}.clock_tables")
        for table in named.TABLES:
            _tables[table.label] = table
            _subjects[table.label] = table.subjects
        _subjects.update(getattr(named, "NOTICE_SUBJECTS", {}))
        if hasattr(named, "tasks_for"):
            _inboxes.append(named.tasks_for)


def tables() -> list[ClockTable]:
    return [_tables[label] for label in sorted(_tables)]


def tasks_of(user: User) -> list[Task]:
    """What waits for the person in all apps, by due date, things without a date last."""
    found = [task for inbox in _inboxes for task in inbox(user)]
    return sorted(found, key=lambda task: (task.due is None, task.due or date.max, task.title))


def table_of(label: str) -> ClockTable | None:
    return _tables.get(label)


def subjects_of(user: User, named: Iterable[tuple[str, int]]) -> dict[tuple[str, int], Subject]:
    """Of these things (table and key) those that `user` may know of; a few queries a table."""
    keys: dict[str, set[int]] = {}
    for label, key in named:
        keys.setdefault(label, set()).add(key)
    return {
        (label, key): subject
        for label, wanted in keys.items()
        if label in _subjects
        for key, subject in _subjects[label](user, wanted).items()
    }


def permitted_to(user: User) -> Q:
    """The condition on rows with `about` and `about_id` whose clock `user` may know of."""
    wanted = Q(pk__in=[])
    for table in tables():
        wanted |= Q(about=table.label, about_id__in=table.permitted(user).values("pk"))
    return wanted
