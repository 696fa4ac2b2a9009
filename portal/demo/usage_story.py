"""Systems that draw what was agreed, day after day, so that providers see how their data is used.

Every call is a real one, through the services of delivery, with the rows that were there; then its
time is moved back, so that there is a history. The audit trail keeps the truth: that all of it was
drawn when the province was loaded.
"""

import random
from collections.abc import Iterator
from datetime import datetime, time, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from portal.demo.people import system_of
from portal.organisation.models import InformationSystem
from sharing.delivery import exports, pages
from sharing.delivery.formats import CSV, JSON_LINES, Format
from sharing.models import Agreement, AgreementState, Pull, PullKind, PullResult

PAGES_ON = (0, 2, 4)  # Monday, Wednesday, Friday
EXPORTS_ON = 1
OFFICE_HOURS = (9, 17)
FORMATS: tuple[Format, ...] = (CSV, JSON_LINES)


def is_loaded() -> bool:
    """Whether there is a history of draws; pushes, files and interfaces have stories of their own."""
    drawn = Pull.objects.filter(result=PullResult.OK)
    return drawn.filter(kind=PullKind.ROWS).exists()


@transaction.atomic
def load() -> None:
    """Each active agreement over rows that are there, from when it became active until today."""
    for agreement in _drawn():
        _draw(agreement, system_of(agreement.requester))


def _drawn() -> QuerySet[Agreement]:
    """Of departments that have a system to draw with."""
    found = Agreement.objects.filter(
        Exists(InformationSystem.objects.filter(department=OuterRef("requester"))),
        state=AgreementState.ACTIVE,
        resource__rows_changed_at__isnull=False,
    )
    return found.select_related("requester", "resource").order_by("pk")


def _draw(agreement: Agreement, system: InformationSystem) -> None:
    dice = random.Random(agreement.number)  # noqa: S311 - the same province for everybody
    share = format_of(agreement)
    for at in _moments(agreement, dice):
        if at.weekday() == EXPORTS_ON:
            for _piece in exports.export(number=agreement.number, party=system, format=share):
                continue
        else:
            limit = {"limit": [str(dice.choice((50, 100, 200, 500)))]}
            pages.rows(number=agreement.number, party=system, asked=limit)
        made = Pull.objects.filter(agreement=agreement).latest("pk")
        Pull.objects.filter(pk=made.pk).update(started_at=at)


def format_of(agreement: Agreement) -> Format:
    return FORMATS[agreement.pk % len(FORMATS)]


def _moments(agreement: Agreement, dice: random.Random) -> Iterator[datetime]:
    """When it draws: on its weekdays, in office hours, and now at last."""
    now = timezone.localtime()
    began = timezone.localtime(agreement.activated_at) if agreement.activated_at else now
    day = began.date() + timedelta(days=1)
    while day < now.date():
        if day.weekday() in {*PAGES_ON, EXPORTS_ON}:
            at = time(dice.randrange(*OFFICE_HOURS), dice.randrange(60), dice.randrange(60))
            yield timezone.make_aware(datetime.combine(day, at))
        day += timedelta(days=1)
    yield now
