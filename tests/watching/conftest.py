from collections.abc import Iterator

import pytest

from portal.watching.models import (
    Alert,
    AlertEntry,
    CaseStep,
    DrawnDay,
    KnownNetwork,
    RuleVersion,
    WatchPlace,
)
from tests.audit.conftest import committed  # noqa: F401 - a fixture

OURS = (CaseStep, AlertEntry, Alert, RuleVersion, DrawnDay, KnownNetwork, WatchPlace)


@pytest.fixture
def stream(committed: None) -> Iterator[None]:  # noqa: F811
    """A trail whose entries are committed, and nothing watched yet; afterwards both are emptied."""

    def empty() -> None:
        for model in OURS:
            model.objects.all().delete()

    empty()
    yield
    empty()
