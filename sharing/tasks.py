from celery import shared_task
from django.db import OperationalError

from sharing.services import sweeping


@shared_task(
    name="sharing.sweep",
    autoretry_for=(OperationalError,),
    retry_backoff=True,
    max_retries=3,
    acks_late=True,
    ignore_result=True,
)
def sweep() -> None:
    """Each minute: end terms, open data that has come, tell of changes. May run twice."""
    sweeping.sweep()
