"""How often the rules, as they are delivered, raise an alarm where nothing happened."""

import pytest

from benchmarks.ordinary_months import OrdinaryMonths
from benchmarks.watching import false_alarms
from portal.watching.models import Alert

pytestmark = pytest.mark.usefixtures("stream")


@pytest.mark.slow
def test_ordinary_months_raise_few_alarms_and_each_can_be_explained() -> None:
    # given
    months = OrdinaryMonths(agreements=100, days=60)

    # when
    found = false_alarms(months)

    # then
    assert found == {"denials": 11, "network": 11, "night": 1, "volume": 3}
    moved = {f"b{one.key}" for one in months.agreements if one.network.startswith("172.")}
    by_network = Alert.objects.filter(rule="network").values_list("actor", flat=True)
    assert {actor.partition(":")[2] for actor in by_network} <= moved
