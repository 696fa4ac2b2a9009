"""Entries of months long ago, as the clock of that time would have dated them, in the month's own part."""

from datetime import timedelta

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from audit import months
from audit.models import Entry, Month

OLD = months.earlier(timezone.now() - timedelta(days=40), years=settings.AUDIT_KEPT_YEARS)
YOUNG = months.earlier(timezone.now() - timedelta(days=70), years=0)

INSERT = """
INSERT INTO audit_entry (at, actor_kind, actor_id, actor_name, department_id, department_name, action,
    target_type, target_id, target_label, department_ids, result, data, request_id, ip)
VALUES (%s, 'person', '7', '周处长', 3, '示范省民政厅', 'audit.search', 'sharing.agreement', '17',
    'GXXY-2026-0412', '{3,4}', 'denied', %s::jsonb, 'r-1', '2001:db8::1') RETURNING id
"""


def write(name: str, count: int) -> list[int]:
    """So many entries in the month, committed one by one, a minute apart; their numbers."""
    at = months.beginning(name) + timedelta(days=3)
    found = []
    for number in range(count):
        data = f'{{"n": {number}, "rows": 1.50, "words": "一\\n\\"二\\"", "none": null, "e": 1e3}}'
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(INSERT, [at + timedelta(minutes=number), data])
            found.append(cursor.fetchone()[0])
    return found


def month_of(name: str, count: int) -> Month:
    """The month in a part of its own, with so many entries that are not sealed yet."""
    write(name, count)
    months.ensure()
    return Month.objects.get(pk=name)


def parts_of(ids: list[int]) -> set[str]:
    """The tables in which the entries lie."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT tableoid::regclass::text FROM audit_entry WHERE id = ANY (%s)", [ids]
        )
        return {relation for (relation,) in cursor.fetchall()}


def all_entries() -> list[tuple[object, ...]]:
    """Every column of every entry, with the transaction that wrote it."""
    fields = [field.attname for field in Entry._meta.concrete_fields]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(fields)}, xid::text FROM audit_entry ORDER BY id")
        return cursor.fetchall()
