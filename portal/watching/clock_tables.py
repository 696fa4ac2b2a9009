"""Cases have no clocks, since no law sets one; notices speak of them."""

from collections.abc import Iterable

from portal.clocks.registry import ClockTable, Subject
from portal.organisation.models import User

from .models import Alert

TABLES: list[ClockTable] = []


def _alerts(user: User, keys: Iterable[int]) -> dict[int, Subject]:
    found = Alert.objects.permitted(user).filter(pk__in=keys).select_related("agreement")
    return {one.pk: Subject(title=str(one), url=one.get_absolute_url()) for one in found}


NOTICE_SUBJECTS = {Alert._meta.label_lower: _alerts}
