import pytest

from catalog.models import Resource, ResourceState, SharingAttribute
from portal.demo import catalogue, people

pytestmark = pytest.mark.django_db


def test_every_entry_of_the_province_stands_where_its_description_says(settings, tmp_path) -> None:
    settings.PORTAL_DATA_DIR = tmp_path
    people.load()

    catalogue.load(people.cast())

    described = {one["name"]: one.get("state", "published") for one in catalogue.entries()}
    assert len(described) == 65
    assert dict(Resource.objects.values_list("name", "state")) == described
    assert set(described.values()) == set(ResourceState)
    assert set(Resource.objects.values_list("sharing_attribute", flat=True)) == set(
        SharingAttribute
    )
    assert Resource.objects.filter(is_synthetic=True).count() == 1
