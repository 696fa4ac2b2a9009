"""Profiles of resources: what their columns hold, counted anew after each sync.

Derived data, as the search index is: no entry in the audit trail, and nothing lost when they go. A
profile is counted outside any transaction and written in one of its own, so a worker that dies
leaves the old one, and the message is delivered again. What fails here fails no sync.
"""

import time
from datetime import datetime, timedelta
from decimal import Decimal

import psycopg
import structlog
from django.db import OperationalError, connection, transaction
from django.db.models import F, Q
from django.utils import timezone

from catalog.models import ColumnProfile, DataItem, Resource, ResourceProfile, RunState, SyncRun
from catalog.showing import keeps_values
from catalog.sources import lock
from catalog.standards.in_force import codes_in_force
from catalog.store.counting import ColumnCount, TableCount, count_table, text_of
from catalog.store.errors import StoreRefusal
from catalog.store.intervals import Value
from catalog.store.tables import exists, table_of

logger = structlog.get_logger(__name__)

TASK = "catalog.profile_resource"
MOST_AT_ONCE = 50
KEPT = timedelta(days=1)
# As the store's patience with long lists: values are held against them at sync in any case.
MOST_CODES = 50_000


def refresh(*, resource_id: int) -> bool:
    """Count what the resource holds now, unless that has been done; whether anything was written.

    May be called any number of times, and beside itself. Rows or items that change meanwhile make
    what was counted worthless: it is dropped, for whatever changed them announces another count.
    """
    with lock.held(resource_id, kind=lock.PROFILES) as is_ours:
        if not is_ours:
            return False
        resource = Resource.objects.filter(pk=resource_id).first()
        if resource is None or (rows_of := resource.rows_changed_at) is None:
            return False
        if _is_current(resource, rows_of):
            return False
        if _carry_over(resource, rows_of):
            return True
        began = time.monotonic()
        try:
            counted = _count(resource)
        except psycopg.OperationalError as error:
            raise OperationalError(str(error)) from error  # heals: the task tries again
        except psycopg.Error as error:
            logger.warning("profile_failed", resource=resource_id, error=type(error).__name__)
            counted = None
        except StoreRefusal as refusal:
            logger.warning("profile_refused", resource=resource_id, code=refusal.code)
            counted = None
        return _write(
            resource, rows_of, counted, milliseconds=round(1000 * (time.monotonic() - began))
        )


def out_of_date(*, most: int = MOST_AT_ONCE) -> list[int]:
    """Resources with a sync job whose profile is of other rows or another version, or missing."""
    current = Q(profile__rows_changed_at=F("rows_changed_at"), profile__entry_version=F("version"))
    return list(
        Resource.objects.filter(sync_job__isnull=False, rows_changed_at__isnull=False)
        .filter(Q(profile=None) | ~current)
        .order_by("pk")
        .values_list("pk", flat=True)[:most]
    )


def _is_current(resource: Resource, rows_of: datetime) -> bool:
    return ResourceProfile.objects.filter(
        resource=resource, rows_changed_at=rows_of, entry_version=resource.version
    ).exists()


def _carry_over(resource: Resource, rows_of: datetime) -> bool:
    """Whether a run that changed no row could keep the profile of the run before it.

    For a day at most: the code lists that values are held against change too.
    """
    run = _run_of(resource.pk, rows_of)
    if run is None or run.rows_inserted or run.rows_updated or run.rows_deleted:
        return False
    before = (
        SyncRun.objects.filter(job=run.job_id, state=RunState.SUCCEEDED, number__lt=run.number)
        .order_by("-number")
        .first()
    )
    if before is None or before.finished_at is None:
        return False
    kept = ResourceProfile.objects.filter(
        resource=resource,
        run=before,
        rows_changed_at=before.finished_at,
        entry_version=resource.version,
        is_failed=False,
        computed_at__gt=timezone.now() - KEPT,
    )
    return bool(kept.update(run=run, rows_changed_at=rows_of))


def _count(resource: Resource) -> TableCount | None:
    """None when there is no table, or not as the items say."""
    table = table_of(resource)
    items = list(resource.items.all())
    codes = codes_in_force(table.code_lists, most=MOST_CODES)
    with connection.cursor() as wrapped:
        if not exists(wrapped.cursor, table.name):
            return None
        return count_table(wrapped.cursor, table, withheld=_withheld(resource, items), codes=codes)


def _withheld(resource: Resource, items: list[DataItem]) -> set[str]:
    return {item.column for item in items if not keeps_values(resource, item)}


@transaction.atomic
def _write(
    resource: Resource, rows_of: datetime, counted: TableCount | None, *, milliseconds: int
) -> bool:
    now = (
        Resource.objects.select_for_update(of=("self",))
        .filter(pk=resource.pk)
        .values_list("rows_changed_at", "version")
        .first()
    )
    if now != (rows_of, resource.version):
        logger.info("profile_outrun", resource=resource.pk)
        return False
    profile, _created = ResourceProfile.objects.update_or_create(
        resource=resource,
        defaults={
            "run": _run_of(resource.pk, rows_of),
            "rows_changed_at": rows_of,
            "entry_version": resource.version,
            "row_count": counted.rows if counted else resource.row_count or 0,
            "rows_read": counted.rows_read if counted else 0,
            "is_failed": counted is None,
            "computed_at": timezone.now(),
            "milliseconds": milliseconds,
        },
    )
    profile.columns.all().delete()
    if counted:
        ColumnProfile.objects.bulk_create(_row(profile, one) for one in counted.columns)
    return True


def _run_of(resource_id: int, rows_of: datetime) -> SyncRun | None:
    """The run that brought the rows: it ended in the moment that the rows bear."""
    return (
        SyncRun.objects.filter(
            job__resource=resource_id, state=RunState.SUCCEEDED, finished_at=rows_of
        )
        .order_by("-number")
        .first()
    )


def _row(profile: ResourceProfile, counted: ColumnCount) -> ColumnProfile:
    return ColumnProfile(
        profile=profile,
        column=counted.name,
        nulls=counted.nulls,
        distinct=counted.distinct,
        unknown_codes=counted.unknown_codes,
        is_withheld=counted.is_withheld,
        minimum=counted.minimum,
        maximum=counted.maximum,
        shortest=counted.shortest,
        longest=counted.longest,
        top_values=[[text_of(value), rows] for value, rows in counted.top],
        histogram=[[_bound(bar.low), _bound(bar.high), bar.rows] for bar in counted.bars],
    )


def _bound(bound: Value | None) -> str | None:
    """As a plain number without an exponent, or as a date."""
    if bound is None:
        return None
    return f"{bound:f}" if isinstance(bound, Decimal) else bound.isoformat()
