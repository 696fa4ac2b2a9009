"""What notices of this app speak of."""

from collections.abc import Iterable

from django.urls import reverse

from portal.organisation.models import User

from .models import Recount
from .registry import ClockTable, Subject


def recounts(user: User, keys: Iterable[int]) -> dict[int, Subject]:
    """The calendar is public; which dates moved is asked again on the page."""
    found = Recount.objects.filter(pk__in=keys).select_related("calendar")
    return {
        one.pk: Subject(
            title=one.calendar.source, url=reverse("clocks:recount", args=[one.calendar_id])
        )
        for one in found
    }


TABLES: list[ClockTable] = []
NOTICE_SUBJECTS = {Recount._meta.label_lower: recounts}
