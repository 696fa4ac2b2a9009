from collections.abc import Iterator

import pytest

from catalog.models import CaptureSlot
from catalog.services import capture


@pytest.fixture
def no_slots_left(transactional_db: None) -> Iterator[None]:
    """What the province makes at the tests' server goes: a slot would keep its log for all other tests."""
    yield
    CaptureSlot.objects.update(is_wanted=False)
    capture.drop_unwanted()
    assert not CaptureSlot.objects.exists()
