"""What Celery's workers do for the catalogue. Arguments are keys; everything may run twice."""

from typing import Any

from celery import bootsteps, shared_task
from celery.contrib.django.task import DjangoTask
from django.db import OperationalError
from django.utils import timezone

from catalog.selectors import saved_searches as saved
from catalog.services import (
    audience,
    bulk,
    capture,
    derived,
    duplicates,
    harvest_schedules,
    harvests,
    indexing,
    profiles,
    run_queue,
    saved_searches,
    scheduling,
    sync_runs,
)


@shared_task(base=DjangoTask, name=run_queue.TASK, acks_late=True, ignore_result=True)
def run_sync(run_id: int) -> None:
    """Carry out a sync run, and come back when another attempt is due."""
    chosen = run_queue.most_urgent(run_id)
    again_at = sync_runs.execute(run_id=chosen)
    if again_at is not None:
        run_sync.apply_async_on_commit(args=(chosen,), eta=again_at)


@shared_task(base=DjangoTask, name="catalog.tick_schedules", ignore_result=True)
def tick_schedules() -> None:
    """Queue the runs that are due; every half minute, as often as a full batch was due."""
    while len(scheduling.tick(now=timezone.now())) == scheduling.MOST_AT_ONCE:
        pass


@shared_task(base=DjangoTask, name="catalog.tell_of_late", ignore_result=True)
def tell_of_late() -> None:
    """Tell stewards of rows that are older than promised; every ten minutes."""
    scheduling.tell_of_late(now=timezone.now())


@shared_task(base=DjangoTask, name=capture.DROP_TASK, ignore_result=True)
def drop_slots() -> None:
    """Drop at their sources the replication slots that nobody wants; every five minutes."""
    capture.drop_unwanted()


@shared_task(base=DjangoTask, name="catalog.look_at_slots", ignore_result=True)
def look_at_slots() -> None:
    """Ask the sources how much of their log they keep for slots; every five minutes."""
    capture.look(now=timezone.now())


@shared_task(base=DjangoTask, name="catalog.sweep_sync_runs", ignore_result=True)
def sweep_sync_runs() -> None:
    """Send runs that were left behind to a worker again; each minute, and when a worker starts."""
    for run_id in run_queue.left_behind(now=timezone.now()):
        run_sync.delay_on_commit(run_id)


@shared_task(base=DjangoTask, name=sync_runs.COMPARE_TASK, acks_late=True, ignore_result=True)
def compare_values(resource_id: int) -> None:
    """Compare an entry's new rows with those of others like it (Art. 19)."""
    duplicates.compare_values(resource_id=resource_id)


@shared_task(base=DjangoTask, name="catalog.settle_audiences", ignore_result=True)
def settle_audiences() -> None:
    """Show entries that a whole region sees to the departments that came later."""
    audience.settle_all()


@shared_task(base=DjangoTask, name=bulk.TASK, acks_late=True, ignore_result=True)
def work_on_import(import_id: int) -> None:
    """Check, apply or undo an import, as its state asks."""
    bulk.work(import_id=import_id)


@shared_task(base=DjangoTask, name="catalog.sweep_imports", ignore_result=True)
def sweep_imports() -> None:
    """Send imports that were left behind to a worker again; each minute, and when a worker starts."""
    for import_id in bulk.left_behind(now=timezone.now()):
        work_on_import.delay_on_commit(import_id)


@shared_task(base=DjangoTask, name=harvests.TASK, acks_late=True, ignore_result=True)
def harvest(harvest_id: int) -> None:
    """Walk through another portal's catalogue and bring drafts to what it holds."""
    harvests.execute(harvest_id=harvest_id)


@shared_task(base=DjangoTask, name="catalog.tick_harvests", ignore_result=True)
def tick_harvests() -> None:
    """Queue the harvests that are due; every half minute, as often as a full batch was due."""
    most = harvest_schedules.MOST_AT_ONCE
    while harvest_schedules.tick(now=timezone.now()) == most:
        pass


@shared_task(base=DjangoTask, name="catalog.sweep_harvests", ignore_result=True)
def sweep_harvests() -> None:
    """Send harvests that were left behind to a worker again; each minute, and when a worker starts."""
    for harvest_id in harvests.left_behind(now=timezone.now()):
        harvest.delay_on_commit(harvest_id)


@shared_task(base=DjangoTask, name="catalog.refresh_index", acks_late=True, ignore_result=True)
def refresh_index() -> None:
    """Index all entries anew after an upgrade that finds them by something else."""
    derived.bring_up_to_date()


@shared_task(base=DjangoTask, name="catalog.count_new_hits", acks_late=True, ignore_result=True)
def count_new_hits() -> None:
    """Count what is new in saved searches, for the notices of the inbox."""
    for user in saved.people_with_searches():
        saved_searches.note_new_hits(user=user, counted=saved.counted_for(user))


@shared_task(
    base=DjangoTask,
    name=profiles.TASK,
    autoretry_for=(OperationalError,),
    retry_backoff=True,
    max_retries=3,
    acks_late=True,
    ignore_result=True,
)
def profile_resource(resource_id: int) -> None:
    """Count what the columns of a resource hold. May run twice."""
    profiles.refresh(resource_id=resource_id)


@shared_task(base=DjangoTask, name="catalog.sweep_profiles", ignore_result=True)
def sweep_profiles() -> None:
    """Have counted what was not, or not since rows or items changed; every five minutes."""
    for resource_id in profiles.out_of_date():
        profile_resource.delay_on_commit(resource_id)


@shared_task(base=DjangoTask, name=indexing.TASK, acks_late=True, ignore_result=True)
def follow_marks(resource_id: int) -> None:
    """Make and drop indexes of a resource's rows as its items are marked. May run twice."""
    indexing.follow(resource_id=resource_id)


@shared_task(base=DjangoTask, name="catalog.sweep_indexes", ignore_result=True)
def sweep_indexes() -> None:
    """Have made what is marked and not there, or not whole; every five minutes."""
    for resource_id in indexing.left_behind():
        follow_marks.delay_on_commit(resource_id)


class SweepAtStart(bootsteps.StartStopStep):
    """A worker that starts looks first for what a dead one left behind."""

    requires = ("celery.worker.consumer.tasks:Tasks",)

    def start(self, parent: Any) -> None:
        # By name: the worker's main process must not open a database connection.
        parent.app.send_task(sweep_sync_runs.name)
        parent.app.send_task(sweep_imports.name)
        parent.app.send_task(sweep_harvests.name)
        parent.app.send_task(sweep_profiles.name)
