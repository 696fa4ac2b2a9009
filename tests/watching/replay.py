"""A stream of entries as the trail would hold them, with times of their own."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone

from audit.identity import Identity
from audit.models import Entry

SHANGHAI = ZoneInfo("Asia/Shanghai")
# Lately: the first round of watching looks back over some weeks.
TODAY = timezone.localdate() - timedelta(days=1)
SYSTEM = Identity(kind="system", id="12", name="学籍系统", department_id=4, department="教育厅")
PERSON = Identity(kind="person", id="7", name="陈科员", department_id=4, department="教育厅")
AGREEMENT = 990_001  # of nobody: the rules read the trail


def at(day: date, hour: int = 10, minute: int = 0, second: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute, second), SHANGHAI)


def before(days: int) -> date:
    return TODAY - timedelta(days=days)


def entry(
    when: datetime,
    action: str,
    who: Identity = SYSTEM,
    *,
    agreement: int | None = AGREEMENT,
    result: str = "ok",
    ip: str | None = "10.1.2.3",
    **data: Any,
) -> Entry:
    """Not saved yet."""
    return Entry(
        at=when,
        actor_kind=who.kind,
        actor_id=who.id,
        actor_name=who.name,
        department_id=who.department_id,
        department_name=who.department,
        action=action,
        target_type="" if agreement is None else "sharing.agreement",
        target_id="" if agreement is None else str(agreement),
        result=result,
        ip=ip,
        data=data,
    )


def draw(when: datetime, rows: int, who: Identity = SYSTEM, **told: Any) -> Entry:
    return entry(
        when, "sharing.pull.finish", who, **{"kind": "rows", "query": "", **told, "rows": rows}
    )


def export(when: datetime, rows: int, **told: Any) -> Entry:
    return draw(when, rows, kind="csv", **told)


def denied(when: datetime, who: Identity = SYSTEM, **told: Any) -> Entry:
    return entry(when, "sharing.pull.deny", who, result="denied", **told)


def replay(entries: Iterable[Entry]) -> list[Entry]:
    """Written, one statement for all."""
    return Entry.objects.bulk_create(entries)
