"""Which items of a resource have an index in the store: marked by its stewards, brought about by a worker."""

from collections.abc import Sequence

import psycopg
import structlog
from celery import current_app
from django.db import OperationalError, connection, transaction
from django.utils.translation import gettext as _

from audit.services import record
from catalog import followers
from catalog.models import Resource
from catalog.sources import lock
from catalog.sources.permissions import may_set_up
from catalog.store import indexes
from catalog.store.errors import StoreRefusal
from catalog.store.tables import table_of
from catalog.workflow import locked
from portal.common.errors import Invalid
from portal.organisation.models import User

logger = structlog.get_logger(__name__)
TASK = "catalog.follow_marks"
MOST = 8  # each is kept up with every row that a sync writes
PATIENCE = "60s"


@transaction.atomic
def mark(*, resource: Resource, columns: Sequence[str], by: User) -> list[str]:
    """Have an index on exactly these items; the columns as they are now marked, sorted.

    The index is made afterwards, and who draws rows can order by the item once it is there. Raises
    Invalid when rows cannot be ordered by one of them.
    """
    may_set_up(by, resource).enforce()
    held = locked(resource.pk)
    items = {item.column: item for item in held.items.order_by("position")}
    wanted = sorted(set(columns))
    if faults := _faults(held, wanted):
        raise Invalid(_("The input has errors."), fields={"columns": faults})
    before = sorted(item.column for item in items.values() if item.is_indexed)
    held.items.exclude(column__in=wanted).update(is_indexed=False)
    held.items.filter(column__in=wanted).update(is_indexed=True)
    record(actor=by, action="catalog.index.mark", target=held, before=before, after=wanted)
    _send(held.pk)
    return wanted


def follow(*, resource_id: int) -> bool:
    """Make and drop indexes as the marks say; whether that was done. May run twice.

    A sync under way keeps this away, and makes what is missing itself; the sweep comes by again.
    """
    with lock.held(resource_id) as is_ours:
        if not is_ours:
            return False
        resource = Resource.objects.get(pk=resource_id)
        try:
            table = table_of(resource)
        except StoreRefusal:  # without a key it has no table
            return False
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT set_config('lock_timeout', %s, false)", [PATIENCE])
                try:
                    indexes.follow(cursor.cursor, table)
                finally:
                    cursor.execute("SELECT set_config('lock_timeout', '0', false)")
        except (OperationalError, psycopg.OperationalError) as busy:
            logger.warning("index_waits", resource=resource_id, error=type(busy).__name__)
            return False
    for task in followers.OF_INDEXES:
        current_app.send_task(task, args=[resource_id])
    return True


def left_behind() -> list[int]:
    """The resources whose indexes are not as they are marked."""
    with connection.cursor() as cursor:
        return indexes.unlike_their_marks(cursor)


def _faults(resource: Resource, wanted: Sequence[str]) -> list[str]:
    try:
        table = table_of(resource)
    except StoreRefusal:
        return [_("The resource has no key: its rows have no place in the store.")]
    faults = []
    if len(wanted) > MOST:
        faults.append(_("At most %(most)s items of a resource are indexed.") % {"most": MOST})
    for name in wanted:
        column = table.column(name)
        if column is None:
            faults.append(
                _("The resource has no such data item: %(items)s.") % {"items": name[:60]}
            )
        elif column.name == table.key[0].name:
            words = _('"%(item)s" leads the key, which has an index already.')
            faults.append(words % {"item": column.label})
        elif not indexes.is_fit(table, column):
            words = _(
                'Rows cannot be ordered by "%(item)s": only by dates, moments, whole and floating'
                " numbers, and texts whose length, the key's with it, is at most 650 letters."
            )
            faults.append(words % {"item": column.label})
    return faults


def _send(resource_id: int) -> None:
    def send() -> None:
        current_app.send_task(TASK, args=[resource_id])

    # When the broker is away, the sweep finds what is not as it is marked.
    transaction.on_commit(send, robust=True)
