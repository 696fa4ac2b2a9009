import pytest

from catalog.models import Resource, ResourceState, SharingAttribute
from catalog.services import standard_files
from portal.demo import catalogue, people

pytestmark = pytest.mark.django_db


def test_every_entry_of_the_province_stands_where_its_description_says(settings, tmp_path) -> None:
    settings.PORTAL_DATA_DIR = tmp_path
    people.load()
    standard_files.load_standards()

    catalogue.load(people.cast())

    described = {one["name"]: one.get("state", "published") for one in catalogue.entries()}
    assert len(described) == 65
    own = Resource.objects.filter(revision_of=None)
    assert dict(own.values_list("name", "state")) == described
    changes = Resource.objects.exclude(revision_of=None)
    assert dict(changes.values_list("name", "state")) == catalogue.CHANGES
    assert {*described.values(), *catalogue.CHANGES.values()} == set(ResourceState)
    assert own.filter(is_open=True, state="published").count() == 24
    assert not own.filter(name_en="").exists()
    assert set(Resource.objects.values_list("sharing_attribute", flat=True)) == set(
        SharingAttribute
    )
    assert own.filter(is_synthetic=True).count() == 2
