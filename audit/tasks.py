from celery import shared_task

from audit import denials, months, sealing, witnesses
from audit.archive import keeping
from audit.verification import remember, verify


@shared_task(name="audit.seal", expires=60, ignore_result=True)
def seal() -> None:
    """Every few seconds; one that finds another at it leaves it to that one. Witnesses hear of it at once."""
    sealing.seal()
    witnesses.push()


@shared_task(name="audit.verify", expires=3600, ignore_result=True)
def verify_whole() -> None:
    """Each day: the whole trail; how it ended is an entry, which the sealing board shows."""
    remember(verify())


@shared_task(name="audit.count_denials", expires=60, ignore_result=True)
def count_denials() -> None:
    """Each minute: how often somebody was refused the same again in the minutes that are over."""
    denials.count_repeated()


@shared_task(name="audit.months", expires=3600, ignore_result=True)
def make_months() -> None:
    """Each hour: parts of the table for the months ahead. Without it entries lie in the one for the rest."""
    months.ensure()


@shared_task(name="audit.archive", expires=3600, ignore_result=True)
def archive_months() -> None:
    """Each day: a copy of each month that is over; what is older than the policy leaves the database."""
    keeping.keep()
