"""What Celery's workers do for clocks and notices. Arguments are keys; everything may run twice."""

from celery import shared_task
from celery.contrib.django.task import DjangoTask
from django.db import OperationalError

from portal.clocks import unread
from portal.clocks.services import mailing
from portal.clocks.services.round import go_round


@shared_task(
    base=DjangoTask,
    name="clocks.sweep",
    autoretry_for=(OperationalError,),
    retry_backoff=True,
    max_retries=3,
    acks_late=True,
    ignore_result=True,
)
def sweep() -> None:
    """Each minute: recount what other lists move, tell who is concerned, note what has lapsed."""
    go_round()


@shared_task(base=DjangoTask, name="clocks.post", acks_late=True, ignore_result=True)
def post() -> None:
    """Each minute: put notices into e-mails, and send those that wait, also ones left behind."""
    mailing.compose()
    for mail_id in mailing.waiting():
        send.delay_on_commit(mail_id)


@shared_task(base=DjangoTask, name="clocks.send", acks_late=True, ignore_result=True)
def send(mail_id: int) -> None:
    """One e-mail. Tried again by `post` when it fails: the row says when."""
    mailing.send(mail_id=mail_id)


@shared_task(base=DjangoTask, name="clocks.count_unread", acks_late=True, ignore_result=True)
def count_unread() -> None:
    unread.count_all()
