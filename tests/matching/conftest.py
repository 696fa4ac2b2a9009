import pytest

from portal.organisation.models import DutyKind
from sharing.matching.services import demands
from sharing.matching.services.demands import DemandData
from tests.factories import UserFactory
from tests.sharing.conftest import (  # noqa: F401 - fixtures
    cast,
    filled,
    freeze,
    resource,
)


def wanted(**changes):
    return DemandData(
        **{
            "title": "残疾人两项补贴发放名单",
            "description": "姓名、证件号码、补贴类别、发放月份，全省，2024 年以来",
            "use_basis": "《残疾人保障法》第四十八条",
            "use_scene": "入学资助资格核验",
            **changes,
        }
    )


@pytest.fixture
def steward(cast):  # noqa: F811
    """Of the department that a demand is matched to."""
    return cast.provider_steward


@pytest.fixture
def poster_head(cast):  # noqa: F811
    return cast.head


@pytest.fixture
def joiner(cast):  # noqa: F811
    return UserFactory(duties=[DutyKind.STAFF])


@pytest.fixture
def posted(cast):  # noqa: F811
    return demands.post(data=wanted(), by=cast.applicant)


@pytest.fixture
def matched(cast, posted):  # noqa: F811
    return demands.match(
        demand=posted, version=posted.version, department=cast.civil, by=cast.officer
    )


@pytest.fixture
def accepted(matched, steward):
    return demands.accept(demand=matched, version=matched.version, by=steward)
