"""What Celery's workers do for watching."""

from celery import shared_task
from celery.contrib.django.task import DjangoTask

from portal.watching.services.watching import watch as watch_now


@shared_task(base=DjangoTask, name="watching.watch", expires=120, ignore_result=True)
def watch() -> None:
    """Every `WATCH_SECONDS`; one that finds another at it leaves it to that one."""
    watch_now()
