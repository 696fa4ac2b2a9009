from celery import shared_task
from celery.contrib.django.task import DjangoTask
from django.db import OperationalError
from django.utils import timezone

from sharing.delivery import noting, prepared, pushing
from sharing.services import following, pushes, sweeping


@shared_task(
    name="sharing.sweep",
    autoretry_for=(OperationalError,),
    retry_backoff=True,
    max_retries=3,
    acks_late=True,
    ignore_result=True,
)
def sweep() -> None:
    """Each minute: end terms, open data that has come, follow marks of items, tell of changes.

    May run twice.
    """
    sweeping.sweep()
    following.open_missing()
    following.follow_orders()
    following.tell()


@shared_task(
    name=following.TASK,
    autoretry_for=(OperationalError,),
    retry_backoff=True,
    max_retries=3,
    acks_late=True,
    ignore_result=True,
)
def tell_of_changed_rows(resource_id: int) -> None:
    following.rows_changed(resource_id=resource_id)


@shared_task(
    name=following.ORDERS_TASK,
    autoretry_for=(OperationalError,),
    retry_backoff=True,
    max_retries=3,
    acks_late=True,
    ignore_result=True,
)
def follow_orders(resource_id: int) -> None:
    """Indexes of a resource are others: let its rows out in these orders. May run twice."""
    following.follow_orders(resource_id=resource_id)


@shared_task(name="sharing.prune_changes", acks_late=True, ignore_result=True)
def prune_changes() -> None:
    """Each hour: forget changes that are too old, and logs that nobody follows any more."""
    following.prune()


@shared_task(name=prepared.TASK, acks_late=True, ignore_result=True)
def prepare_export(export_id: int) -> None:
    """Make the file of a prepared export. May run twice: the second finds nothing to do."""
    prepared.prepare(export_id=export_id)


@shared_task(
    name="sharing.sweep_exports",
    autoretry_for=(OperationalError,),
    retry_backoff=True,
    max_retries=3,
    acks_late=True,
    ignore_result=True,
)
def sweep_exports() -> None:
    """Each minute: send again what a dead worker left, remove files that are over, note what died."""
    prepared.sweep()
    noting.note_left_behind()


@shared_task(base=DjangoTask, name=pushes.TASK, acks_late=True, ignore_result=True)
def push(push_id: int) -> None:
    """Carry a push out, and come back when another attempt is due. May run twice."""
    again_at = pushing.execute(push_id=push_id)
    if again_at is not None:
        push.apply_async_on_commit(args=(push_id,), eta=again_at)


@shared_task(base=DjangoTask, name="sharing.tick_pushes", ignore_result=True)
def tick_pushes() -> None:
    """Each half minute: queue the pushes that are due, send again what was left behind."""
    now = timezone.now()
    while pushes.tick(now=now) == pushes.MOST_AT_ONCE:
        pass
    for push_id in pushes.left_behind(now=now):
        push.delay_on_commit(push_id)
