"""The table of entries in parts, one a month of the portal's own time zone.

There is always a part ahead, and one for whatever fits no month: no entry is ever refused. That one
takes what a clock that jumped writes, and what comes when nobody made months for long; as
soon as its month is made, it moves there.
"""

from datetime import datetime

import structlog
from django.db import OperationalError, connection, transaction
from django.db.backends.utils import CursorWrapper
from django.utils import timezone

from audit.models import Month

logger = structlog.get_logger(__name__)

AHEAD = 3
OTHER = "audit_entry_other"

# Writers queue behind one who waits for a lock on the whole table: rather come again.
PATIENCE = "SET LOCAL lock_timeout = '2s'"
LOCK = "SELECT pg_advisory_xact_lock('audit_month'::regclass::oid::int, 0)"

PARTS = """
SELECT relname FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
WHERE inhparent = 'audit_entry'::regclass
"""

STRAYS = """
SELECT DISTINCT to_char(at AT TIME ZONE %s, 'YYYY-MM') FROM audit_entry_other
WHERE at < %s
"""


def beginning(name: str) -> datetime:
    """When the month "2026-11" begins."""
    year, month = name.split("-")
    return timezone.make_aware(datetime(int(year), int(month), 1))


def following(name: str) -> str:
    year, month = (int(part) for part in name.split("-"))
    return f"{year + 1}-01" if month == 12 else f"{year}-{month + 1:02}"


def earlier(moment: datetime, *, years: int) -> str:
    """The name of the month, so many years before the one of `moment`."""
    local = timezone.localtime(moment)
    return f"{local.year - years}-{local.month:02}"


def ensure() -> list[str]:
    """Make the months that are missing: this one, those ahead, and those of which entries lie astray.

    Returns what it made. A month that another holds locked is left for the next time.
    """
    made = []
    for name in _wanted():
        try:
            if _make(name):
                made.append(name)
        except OperationalError as busy:
            logger.warning("audit_month_waits", month=name, words=str(busy))
    return made


def parts(cursor: CursorWrapper) -> set[str]:
    """The tables that the entries lie in."""
    cursor.execute(PARTS)
    return {relation for (relation,) in cursor.fetchall()}


def _wanted() -> list[str]:
    name = earlier(timezone.now(), years=0)
    ahead = [name]
    for _ in range(AHEAD):
        ahead.append(following(ahead[-1]))
    with connection.cursor() as cursor:
        cursor.execute(STRAYS, [timezone.get_default_timezone_name(), beginning(ahead[-1])])
        astray = {month for (month,) in cursor.fetchall()}
    return sorted(astray.union(ahead))


def _make(name: str) -> bool:
    """One month; not one whose time another part covers, nor one that was archived: its strays stay."""
    begins, ends = beginning(name), beginning(following(name))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(PATIENCE)
        cursor.execute(LOCK)
        relation = f"audit_entry_{name.replace('-', '_')}"
        if relation in parts(cursor):
            Month.objects.get_or_create(
                name=name, defaults={"relation": relation, "begins": begins, "ends": ends}
            )
            return False
        if Month.objects.filter(ends__gt=begins).exclude(begins__gte=ends).exists():
            return False
        cursor.execute("SELECT audit_add_month(%s, %s, %s)", [relation, begins, ends])
        Month.objects.create(name=name, relation=relation, begins=begins, ends=ends)
    logger.info("audit_month_made", month=name)
    return True
