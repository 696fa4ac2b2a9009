"""A law that changes, and the department whose catalogue it makes out of date."""

from collections.abc import Callable
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from catalog.models import (
    CatalogueClock,
    CatalogueDeadline,
    Resource,
    ResourceState,
    UpdateDuty,
)
from catalog.services import update_duties
from catalog.services.update_duties import Change
from portal.organisation.models import DutyKind, User
from tests.catalog.conftest import Cast, drafted
from tests.factories import UserFactory

THURSDAY = date(2026, 11, 12)  # a limit of ten working days from here ends on Thursday 26 November

Freeze = Callable[[date], None]


@pytest.fixture
def freeze(monkeypatch: pytest.MonkeyPatch) -> Freeze:
    """Let it be ten o'clock of a day in Shanghai, for all who ask django.utils.timezone."""

    def at(day: date) -> None:
        moment = datetime(day.year, day.month, day.day, 10, tzinfo=ZoneInfo("Asia/Shanghai"))
        monkeypatch.setattr(timezone, "now", lambda: moment)

    return at


@pytest.fixture
def second_officer(cast: Cast) -> User:
    return UserFactory(department=cast.bigdata, duties=[DutyKind.COMPETENT_OFFICER], name="徐卓")


@pytest.fixture
def entry(cast: Cast) -> Resource:
    """A complete draft of the department; nothing of it is submitted yet."""
    return drafted(cast)


def change(*resources: Resource, **changes: object) -> Change:
    given: dict[str, object] = {
        "kind": "law",
        "basis_title": "社会救助法",
        "basis_reference": "第二十三条",
        "happened_on": THURSDAY,
        "description": "救助对象范围调整，需增加数据项。",
        "resources": tuple(resource.pk for resource in resources),
    }
    return Change(**{**given, **changes})  # type: ignore[arg-type]


def recorded(cast: Cast, *resources: Resource, **changes: object) -> UpdateDuty:
    return update_duties.record_change(
        change=change(*resources, **changes), department=cast.civil, by=cast.steward
    )


@pytest.fixture
def duty(cast: Cast, entry: Resource, freeze: Freeze) -> UpdateDuty:
    """Recorded on the day after the change, one entry concerned."""
    freeze(date(2026, 11, 13))
    return recorded(cast, entry)


def asked(cast: Cast, duty: UpdateDuty, days: int = 5) -> UpdateDuty:
    return update_duties.ask_extension(
        duty=duty, version=duty.version, days=days, reasons="涉及三个业务系统改造", by=cast.steward
    )


def update_clock(duty: UpdateDuty) -> CatalogueDeadline:
    return CatalogueDeadline.objects.get(duty=duty, kind=CatalogueClock.UPDATE)


def review_clocks(duty: UpdateDuty) -> list[CatalogueDeadline]:
    return list(
        CatalogueDeadline.objects.filter(duty=duty, kind=CatalogueClock.REVIEW).order_by("pk")
    )


def in_catalogue(cast: Cast, name: str, state: str = ResourceState.PUBLISHED) -> Resource:
    from tests.factories import ResourceFactory

    made: Resource = ResourceFactory(department=cast.civil, state=state, name=name)
    return made
