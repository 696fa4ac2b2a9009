"""Months out of the table into files, and back. Each step is whole or did not happen, whenever it is killed.

First a copy is made beside the table. Only a copy that was read back and found whole lets the
part of the table go, in one transaction with what the register says of it.
"""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import structlog
from django.conf import settings
from django.db import OperationalError, connection, transaction
from django.db.backends.utils import CursorWrapper
from django.utils import timezone
from psycopg import sql

from audit import months, proofs
from audit.archive import files
from audit.archive.making import CannotArchive, check, discard, make
from audit.archive.papers import Papers, Unfit
from audit.archive.shelf import AWAY
from audit.breaks import one
from audit.models import Month
from audit.services import record

logger = structlog.get_logger(__name__)

# A month is over for good, all that was open over midnight has ended, and the sealer has come by.
SETTLED = timedelta(days=2)
RESTORED_STAYS = timedelta(days=30)

# One at a time works on files of months; and none drops a month while the trail is verified.
WORKING = "SELECT pg_try_advisory_lock('audit_month'::regclass::oid::int, 1)"
WORKED = "SELECT pg_advisory_unlock('audit_month'::regclass::oid::int, 1)"
NOBODY_VERIFIES = "SELECT pg_try_advisory_xact_lock('audit_month'::regclass::oid::int, 2)"
VERIFYING = "SELECT pg_advisory_xact_lock_shared('audit_month'::regclass::oid::int, 2)"

FILL = """
INSERT INTO {part} (id, at, actor_kind, actor_id, actor_name, department_id, department_name, action,
    target_type, target_id, target_label, department_ids, result, data, request_id, ip, xid)
SELECT (told->>'id')::bigint, timestamptz 'epoch' + (told->>'at')::bigint * interval '1 microsecond',
    told->>'actor_kind', told->>'actor_id', told->>'actor_name', (told->>'department_id')::bigint,
    told->>'department_name', told->>'action', told->>'target_type', told->>'target_id',
    told->>'target_label', ARRAY(SELECT jsonb_array_elements_text(told->'department_ids')::int),
    told->>'result', told->'data', told->>'request_id', (told->>'ip')::inet, xid::xid8
FROM audit_month_comes_back
"""


def due() -> tuple[list[Month], list[Month]]:
    """The months that lack a copy, and those whose time in the table is over; the oldest first."""
    now = timezone.now()
    settled = Month.objects.filter(dropped_at=None, ends__lt=now - SETTLED).order_by("ends")
    over = months.beginning(months.earlier(now, years=settings.AUDIT_KEPT_YEARS))
    stays = settled.filter(restored_at__gt=now - RESTORED_STAYS).values("pk")
    return (
        list(settled.filter(archived_at=None)),
        list(settled.filter(ends__lte=over).exclude(pk__in=stays)),
    )


def keep() -> None:
    """What is due now, month after month. One that does not go is told to the log, and holds up no other."""
    for month in due()[0]:
        _tried(archive, month)
    for month in due()[1]:
        _tried(drop, month)


def archive(name: str) -> Papers | None:
    """Make the copy of a month that is over; None when it has no entries. Raises `CannotArchive`."""
    with _working():
        return _archived(_month(name))


def drop(name: str) -> None:
    """Take a month out of the table. Raises `CannotArchive`, and leaves it there, unless its file is whole.

    Not before `AUDIT_KEPT_YEARS` are over. The copy is made anew when entries came since.
    """
    with _working():
        month = _month(name)
        if month.ends > months.beginning(
            months.earlier(timezone.now(), years=settings.AUDIT_KEPT_YEARS)
        ):
            raise CannotArchive(
                f"{month} stays in the database until {settings.AUDIT_KEPT_YEARS} years are over"
            )
        if not month.file or _counted(month) != month.entries:
            _archived(month)
        with tempfile.TemporaryDirectory(prefix="audit-month-") as folder:
            papers = _checked(month, Path(folder) / "copy") if month.file else None
        _drop(month, papers.entries if papers else 0)


def restore(name: str) -> int:
    """Bring an archived month back into the table; how many entries. It stays for thirty days at least.

    Raises `CannotArchive` unless its file is whole.
    """
    with _working():
        month = Month.objects.filter(pk=name).first()
        if month is None or month.dropped_at is None:
            raise CannotArchive(f"{name} is no archived month")
        with tempfile.TemporaryDirectory(prefix="audit-month-") as folder:
            copy = Path(folder) / "copy"
            if month.file:
                _checked(month, copy)
            with transaction.atomic(durable=True), connection.cursor() as cursor:
                _fill(cursor, month, copy)
                month.dropped_at, month.restored_at = None, timezone.now()
                month.save(update_fields=["dropped_at", "restored_at"])
                _record("restore", month)
        return month.entries or 0


def papers_of(month: Month) -> Papers:
    """What is signed about its file. Raises `Unfit`."""
    papers = Papers.read(month.note, proofs.public_keys())
    if papers.month != month.name:
        raise Unfit(f"what is signed speaks of {papers.month}")
    return papers


def _archived(month: Month) -> Papers | None:
    if month.ends > timezone.now() - SETTLED:
        raise CannotArchive(f"{month} is not over, or only since today")
    try:
        papers = make(month)
    except (Unfit, *AWAY) as error:
        raise CannotArchive(f"{month}: {error}") from error
    earlier = month.file
    month.entries = 0
    if papers is not None:
        month.entries, month.first_leaf, month.last_leaf = papers.entries, papers.first, papers.last
        month.file, month.bytes, month.note = papers.file, papers.size, papers.signed()
    month.archived_at = timezone.now()
    with transaction.atomic(durable=True):
        month.save()
        _record("archive", month, sha256=papers.sha256 if papers else "")
    if earlier and earlier != month.file:
        discard(earlier)
    return papers


def _drop(month: Month, entries: int) -> None:
    part = sql.Identifier(month.relation)
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute(months.PATIENCE)
        if not one(cursor, NOBODY_VERIFIES)[0]:
            raise CannotArchive("the trail is being verified: come again after it")
        cursor.execute(sql.SQL("LOCK TABLE {} IN SHARE MODE").format(part))
        if one(cursor, sql.SQL("SELECT count(*) FROM {}").format(part))[0] != entries:
            raise CannotArchive(f"an entry came into {month} just now: come again")
        cursor.execute(sql.SQL("ALTER TABLE audit_entry DETACH PARTITION {}").format(part))
        cursor.execute(sql.SQL("DROP TABLE {}").format(part))
        month.dropped_at, month.restored_at = timezone.now(), None
        month.save(update_fields=["dropped_at", "restored_at"])
        _record("drop", month)


def _fill(cursor: CursorWrapper, month: Month, copy: Path) -> None:
    """The part as it was, with its indexes, before it is attached: nobody waits for that long."""
    part = sql.Identifier(month.relation)
    cursor.execute("SELECT audit_new_part(%s)", [month.relation])
    if month.file:
        cursor.execute(
            "CREATE TEMPORARY TABLE audit_month_comes_back (xid text, told jsonb) ON COMMIT DROP"
        )
        for some in files.read(copy):
            with cursor.copy("COPY audit_month_comes_back (xid, told) FROM STDIN") as rows:
                for entry in some:
                    rows.write_row((entry.xid, entry.content))
        cursor.execute(sql.SQL(FILL).format(part=part))
    within = sql.SQL("ALTER TABLE {} ADD CONSTRAINT audit_entry_within CHECK (at < {}{})").format(
        part,
        sql.Literal(month.ends),
        sql.SQL(" AND at >= {}").format(sql.Literal(month.begins)) if month.begins else sql.SQL(""),
    )
    cursor.execute(within)
    cursor.execute(months.PATIENCE)
    given = [month.relation, month.begins, month.ends]
    cursor.execute("SELECT audit_attach_month(%s, %s, %s)", given)
    cursor.execute(sql.SQL("ALTER TABLE {} DROP CONSTRAINT audit_entry_within").format(part))


def _month(name: str) -> Month:
    month = Month.objects.filter(pk=name).first()
    if month is None:
        raise CannotArchive(f"the trail has no month {name}")
    if month.dropped_at is not None:
        raise CannotArchive(f"{month} is archived already")
    return month


def _checked(month: Month, copy: Path) -> Papers:
    try:
        papers = papers_of(month)
        check(papers, copy)
    except Unfit as error:
        raise CannotArchive(f"{month}: {error}") from error
    return papers


def _counted(month: Month) -> int:
    with connection.cursor() as cursor:
        counted: int = one(
            cursor, sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(month.relation))
        )[0]
    return counted


def _record(act: str, month: Month, **said: Any) -> None:
    record(
        actor=None,
        action=f"audit.month.{act}",
        target=month,
        entries=month.entries,
        file=month.file,
        **said,
    )


def _tried(act: Callable[[str], object], month: Month) -> None:
    try:
        act(month.name)
    except (CannotArchive, OperationalError) as why:
        logger.error("audit_month_stays", month=month.name, words=str(why))


@contextmanager
def _working() -> Iterator[None]:
    with connection.cursor() as cursor:
        if not one(cursor, WORKING)[0]:
            raise CannotArchive("another is at work on the months just now")
        try:
            yield
        finally:
            cursor.execute(WORKED)
