import pytest

from catalog.models import ResourceState
from tests.factories import ResourceFactory


@pytest.fixture(autouse=True)
def place(shared_place):
    return shared_place


@pytest.fixture
def resource(steward):
    return ResourceFactory(department=steward.department, state=ResourceState.PUBLISHED)
