"""A trail of many entries to measure on, made in sets: a year of months, each filled, then attached."""

from concurrent.futures import ThreadPoolExecutor

import psycopg
from django.db import connection
from django.utils import timezone
from psycopg import sql

from audit import months
from audit.models import Entry, Month
from audit.sealing import seal

AGREEMENTS, PEOPLE = 2_000, 5_000
YEAR = 12

# Synthetic: what systems drew under agreements, evenly over the month; one in fifty was denied.
FILL = """
INSERT INTO {part} (id, at, actor_kind, actor_id, actor_name, department_id, department_name, action,
    target_type, target_id, target_label, department_ids, result, data, request_id, ip, xid)
SELECT nextval('audit_entry_id_seq'), begins + (ends - begins) * (n - 1) / {count},
    CASE n % 3 WHEN 0 THEN 'person' ELSE 'system' END, (hashint8(n) % {people} + {people})::text,
    'synthetic ' || hashint8(n) % {people}, n % 90 + 1, 'department ' || n % 90 + 1,
    CASE WHEN n % 50 = 0 THEN 'sharing.pull.deny' ELSE 'sharing.pull.finish' END,
    'sharing.agreement', (hashint8extended(n, 7) % {agreements} + {agreements})::text,
    'GXXY-2026-' || lpad((hashint8extended(n, 7) % {agreements} + {agreements})::text, 4, '0'),
    ARRAY[n % 90 + 1, n % 80 + 1], CASE WHEN n % 50 = 0 THEN 'denied' ELSE 'ok' END,
    jsonb_build_object('rows', n % 1000, 'bytes', n * 7, 'items', ARRAY['a', 'b'], 'seconds', 0.25),
    'bench-' || n, '10.0.0.1', pg_current_xact_id()
FROM generate_series(1, {count}) AS n,
    (SELECT {begins}::timestamptz, {ends}::timestamptz) AS span (begins, ends)
"""

# Without the indexes, which are quicker made when it is attached.
BARE_PART = (
    "CREATE TABLE {part} (LIKE audit_entry INCLUDING DEFAULTS INCLUDING CONSTRAINTS)",
    "ALTER TABLE {part} DROP CONSTRAINT audit_entry_of_this_transaction, ADD PRIMARY KEY (id)",
)


def filled(database_url: str, count: int) -> None:
    """So many entries at least, all of them sealed. What is missing goes into months that are over."""
    missing = count - Entry.objects.count()
    if missing > 0:
        names = _free_months()
        each = -(-missing // len(names))
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda name: _fill(database_url, name, each), names))
        for name in names:
            _attach(name)
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE audit_entry")
    seal()


def _free_months() -> list[str]:
    """The last twelve that are over and have no part yet."""
    found: list[str] = []
    year, month = (int(part) for part in months.earlier(timezone.now(), years=0).split("-"))
    taken = set(Month.objects.values_list("name", flat=True))
    while len(found) < YEAR:
        year, month = (year - 1, 12) if month == 1 else (year, month - 1)
        if (name := f"{year}-{month:02}") not in taken:
            found.append(name)
    return found


def _relation(name: str) -> str:
    return f"audit_entry_{name.replace('-', '_')}"


def _fill(database_url: str, name: str, count: int) -> None:
    part = sql.Identifier(_relation(name))
    given = {
        "part": part,
        "count": sql.Literal(count),
        "people": sql.Literal(PEOPLE),
        "agreements": sql.Literal(AGREEMENTS),
        "begins": sql.Literal(months.beginning(name)),
        "ends": sql.Literal(months.beginning(months.following(name))),
    }
    with psycopg.connect(database_url) as own:
        for statement in BARE_PART:
            own.execute(sql.SQL(statement).format(part=part))
        own.execute(sql.SQL(FILL).format(**given))


def _attach(name: str) -> None:
    begins, ends = months.beginning(name), months.beginning(months.following(name))
    with connection.cursor() as cursor:
        cursor.execute("SELECT audit_attach_month(%s, %s, %s)", [_relation(name), begins, ends])
    Month.objects.create(name=name, relation=_relation(name), begins=begins, ends=ends)
