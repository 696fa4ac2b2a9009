"""What follows from other rows of a resource: who waits is woken, and systems that listen are told."""

from datetime import timedelta

import structlog
from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.utils import timezone
from psycopg import sql

from catalog.store import changes
from catalog.store.tables import table_name
from catalog.workflow import locked as lock_resource
from portal.common.errors import DomainError
from portal.webhooks.models import EventType
from portal.webhooks.selectors import listeners
from sharing import decimal_keys, ordered_views, outlet, waking
from sharing.change_views import changes_view, log_view
from sharing.models import LIVE_AGREEMENT, Agreement, AgreementState
from sharing.services.agreements import locked
from sharing.services.flow import reopen_view
from sharing.telling import tell_of_changed_rows

logger = structlog.get_logger(__name__)
TASK = "sharing.tell_of_changed_rows"
ORDERS_TASK = "sharing.follow_orders"
PATIENCE = "5s"


def rows_changed(*, resource_id: int) -> None:
    """After the commit of a sync. What is lost here the sweep finds within a minute."""
    waking.call_out(resource_id)
    tell(resource_id=resource_id)


def tell(*, resource_id: int | None = None) -> int:
    """Tell the systems that listen of changes of which they were not told; how many agreements.

    Of one resource, or of all. Each in a transaction of its own; may run twice.
    """
    waiting = Agreement.objects.filter(
        state=AgreementState.ACTIVE,
        requester__in=listeners(EventType.AGREEMENT_CHANGES).values("system__department"),
    )
    if resource_id is not None:
        waiting = waiting.filter(resource=resource_id)
    told = 0
    for pk in waiting.values_list("pk", flat=True):
        try:
            told += _tell_one(pk)
        except DatabaseError:
            logger.exception("changes_not_told", agreement_id=pk)
    return told


def open_missing() -> int:
    """Lay the views of changes over agreements that are active without them; how many.

    These were made before there were any, or while their resource was being written. And those of
    verification alone that let the reader read their view still; and those on a key with decimal
    numbers that have no way to the index of it yet.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM sharing_agreement WHERE state = %s"
            " AND to_regclass('agreement.a_' || id) IS NOT NULL"
            " AND (to_regclass('agreement.a_' || id || '_changes') IS NULL OR verification_only"
            " AND to_regprocedure('agreement.a_' || id || '_verify(json)') IS NULL)",
            [AgreementState.ACTIVE],
        )
        missing = {pk for (pk,) in cursor.fetchall()} | set(decimal_keys.opened_before(cursor))
    opened = 0
    for pk in sorted(missing):
        try:
            opened += _open_one(pk)
        except (DomainError, DatabaseError):
            logger.exception("changes_not_opened", agreement_id=pk)
    return opened


def follow_orders(*, resource_id: int | None = None) -> int:
    """Let the rows of active agreements out in the orders that are marked now; how many were changed.

    Of one resource, or of all. Each in a transaction of its own; may run twice.
    """
    with connection.cursor() as cursor:
        asked = {"active": AgreementState.ACTIVE, "resource": resource_id}
        cursor.execute(ordered_views.NOT_AS_MARKED, asked)
        waiting = [pk for (pk,) in cursor.fetchall()]
    followed = 0
    for pk in waiting:
        try:
            followed += _follow_one(pk)
        except (DomainError, DatabaseError):
            # Somebody may read in an order that is gone: the sweep comes by again.
            logger.warning("orders_not_followed", agreement_id=pk, exc_info=True)
    return followed


def prune() -> int:
    """Forget changes older than `CHANGES_KEPT_DAYS`, and the logs that no agreement needs any more.

    A suspended agreement keeps its resource's log: restored, its follower goes on.
    """
    before = timezone.now() - timedelta(days=settings.CHANGES_KEPT_DAYS)
    needed = {
        table_name(resource_id)
        for resource_id in Agreement.objects.filter(state__in=LIVE_AGREEMENT)
        .values_list("resource_id", flat=True)
        .distinct()
    }
    with connection.cursor() as wrapped:
        logs = changes.kept_logs(wrapped.cursor)
    gone = 0
    for name in logs:
        try:
            with transaction.atomic(), connection.cursor() as wrapped:
                wrapped.cursor.execute("SELECT set_config('lock_timeout', %s, true)", [PATIENCE])
                if name in needed:
                    gone += changes.prune(wrapped.cursor, name, before=before)
                elif _is_unneeded(name):
                    changes.forget(wrapped.cursor, name)
        except DatabaseError:
            # Somebody reads or writes it just now: it goes in the next round.
            logger.warning("changes_not_pruned", log=name, exc_info=True)
    return gone


@transaction.atomic
def _tell_one(pk: int) -> bool:
    held = locked(pk)
    if not held.is_active or not outlet.lets_out_changes(held):
        return False
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("SELECT head FROM {}").format(log_view(held)))
        (head,) = cursor.fetchone()
        if head is None or head <= held.changes_told:
            return False
        cursor.execute(
            sql.SQL("SELECT EXISTS (SELECT FROM {} WHERE _position > %s)").format(
                changes_view(held)
            ),
            [held.changes_told],
        )
        (is_new,) = cursor.fetchone()
    Agreement.objects.filter(pk=pk).update(changes_told=head)
    if is_new:
        tell_of_changed_rows(held)
    return bool(is_new)


@transaction.atomic
def _open_one(pk: int) -> bool:
    held = locked(pk)
    if not held.is_active:
        return False
    reopen_view(held)
    return True


@transaction.atomic
def _follow_one(pk: int) -> bool:
    held = locked(pk)
    if not held.is_active or not outlet.view_exists(held):
        return False
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [PATIENCE])
    outlet.follow_orders(held)
    return True


def _is_unneeded(name: str) -> bool:
    """Asked with the resource held: an agreement that opens meanwhile would find its log gone."""
    resource_id = int(name.removeprefix("r_"))
    lock_resource(resource_id)
    return not Agreement.objects.filter(resource=resource_id, state__in=LIVE_AGREEMENT).exists()
