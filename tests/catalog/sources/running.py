"""Running a sync job to its end, and what the store holds then."""

from django.db import connection

from catalog.models import Resource, RunState, SyncRun
from catalog.services import run_queue, sync_runs

ROWS = [("1", "甲", None), ("2", "乙", "1"), ("3", None, "1")]


def held(resource) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM store.r_{resource.pk} ORDER BY 1")
        return cursor.fetchall()


def ran(job, by) -> SyncRun:
    """The run at its end. If it succeeded, the entry's number of rows is that of the table."""
    run = run_queue.start_run(job=job, by=by)
    sync_runs.execute(run_id=run.pk)
    run.refresh_from_db()
    if run.state == RunState.SUCCEEDED:
        told = Resource.objects.values_list("row_count", flat=True).get(pk=job.resource_id)
        assert told == len(held(job.resource))
    return run
