"""What Celery's workers do for webhooks. Arguments are keys; everything may run twice."""

from celery import shared_task
from celery.contrib.django.task import DjangoTask
from django.db import transaction

from portal.webhooks.services import sending


@shared_task(base=DjangoTask, name="webhooks.send", acks_late=True, ignore_result=True)
def send(delivery_id: int) -> None:
    """One delivery; tried again by the sweep when it fails: the row says when."""
    sending.send(delivery_id=delivery_id)


def send_soon(delivery_id: int) -> None:
    """After the commit. With the broker away the act stands all the same, and the sweep sends it."""
    transaction.on_commit(lambda: send.delay_on_commit(delivery_id), robust=True)


@shared_task(base=DjangoTask, name="webhooks.sweep", acks_late=True, ignore_result=True)
def sweep() -> None:
    """Each minute: send what is due, also what a lost message left behind."""
    for delivery_id in sending.due():
        send.delay_on_commit(delivery_id)


@shared_task(base=DjangoTask, name="webhooks.purge", acks_late=True, ignore_result=True)
def purge() -> None:
    sending.purge()
