import pytest

from catalog.models import Resource, ResourceState, SharingAttribute
from catalog.services import standard_files
from portal.demo import catalogue, people
from portal.organisation.models import User

pytestmark = pytest.mark.django_db


LOOKERS = ("land_staff", "farm_staff", "jiangcheng_staff", "jiangcheng_officer", "lin")


def _seen_by(name: str) -> set[str]:
    return {
        who
        for who in LOOKERS
        if Resource.objects.permitted(User.objects.get(username=who), "view_resource")
        .filter(name=name)
        .exists()
    }


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
    assert own.filter(is_synthetic=True).count() == 9
    assert {
        name: _seen_by(name)
        for name in ("城市地下管线数据", "江城市临时救助信息", "政务信息系统清单", "婚姻登记信息")
    } == {
        "城市地下管线数据": {"land_staff", "lin"},
        "江城市临时救助信息": {"jiangcheng_staff", "jiangcheng_officer"},
        "政务信息系统清单": {"lin"},
        "婚姻登记信息": set(LOOKERS),
    }
    clinics = own.get(name="医疗机构执业登记信息")
    before, after = (one.items for one in clinics.versions.order_by("number"))
    assert [len(before), len(after)] == [5, 6]
    assert before[0]["length"] < after[0]["length"]
