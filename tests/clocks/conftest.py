"""The cast of the sharing tests, and clocks of theirs that stand wherever a test wants them."""

from datetime import date, timedelta
from itertools import count

import pytest
from django.utils import timezone

from catalog.models import ResourceState, SharingMode
from portal.clocks.models import Notice
from portal.organisation.models import DutyKind, User
from sharing import deadlines
from sharing.models import Deadline, RequestState, SharingRequest
from tests.factories import ResourceFactory, UserFactory
from tests.sharing.conftest import Cast, cast, freeze  # noqa: F401 - fixtures

numbers = count(1)
# Ten working days from Monday 2 November 2026: due Monday the 16th.
MONDAY = date(2026, 11, 2)
DUE = date(2026, 11, 16)


def asked(cast: Cast) -> SharingRequest:  # noqa: F811
    """A request that the provider has received, without its clock."""
    return SharingRequest.objects.create(
        number=f"GX-T-{next(numbers)}",
        resource=ResourceFactory(department=cast.civil, state=ResourceState.PUBLISHED),
        requester=cast.education,
        applicant=cast.applicant,
        use_basis="职责",
        use_scene="核验",
        use_scope="本厅",
        sharing_mode=SharingMode.FILE,
        use_until=date(2027, 12, 31),
        is_vouched_for=True,
        state=RequestState.RECEIVED,
        received_at=timezone.now(),
    )


def ticking(cast: Cast, on: date = MONDAY, limit=deadlines.ANSWER_CONDITIONAL) -> Deadline:  # noqa: F811
    return deadlines.start_clock(request=asked(cast), limit=limit, on=on)


@pytest.fixture
def clock(cast: Cast) -> Deadline:  # noqa: F811
    """Due on Monday 16 November 2026."""
    return ticking(cast)


@pytest.fixture
def chief(cast: Cast) -> User:  # noqa: F811
    """The provider's department head."""
    return UserFactory(department=cast.civil, duties=[DutyKind.DEPARTMENT_HEAD], name="郑厅长")


def told() -> list[tuple[str, str]]:
    """Who was told what, in the order of the telling."""
    rows = Notice.objects.order_by("pk").values_list("recipient__name", "kind")
    return [(name, kind) for name, kind in rows]


def working_days_on(day: date, days: int) -> date:
    """The day on which `days` working days have passed since."""
    from portal.workdays import next_working_days

    return next_working_days(day, days)[-1] if days else day


def later(day: date, days: int) -> date:
    return day + timedelta(days=days)
