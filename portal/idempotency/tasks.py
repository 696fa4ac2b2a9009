from celery import shared_task
from celery.contrib.django.task import DjangoTask

from . import keeping


@shared_task(base=DjangoTask, name="idempotency.purge", acks_late=True, ignore_result=True)
def purge() -> None:
    """Each day; may run twice."""
    keeping.purge()
