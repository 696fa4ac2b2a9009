"""What goes together: by what entries are, and by who draws them."""

import pytest

from catalog.models import Resource
from catalog.parties import VISITOR
from catalog.selectors.related import often_requested_with, related_to
from catalog.services import visibility
from tests.catalog.finding.conftest import items, put
from tests.factories import DepartmentFactory, ResourceFactory, UserFactory


def related(party, resource) -> list[str]:
    return [one.resource.name for one in related_to(party, resource)]


@pytest.fixture
def shelf(cast):
    one = put(
        name="户籍人口信息",
        department=cast.civil,
        classification="01001001",
        items=items("姓名", "身份证号", "户籍地"),
    )
    put(name="别的目录", department=cast.civil, classification="09001001")
    put(name="同类目录", department=cast.civil, classification="01001001")
    put(
        name="户籍人口变动",
        department=cast.education,
        classification="05001001",
        items=items("姓名", "身份证号"),
    )
    put(name="人口普查", department=cast.education, classification="06001001")
    put(
        name="被指明的",
        department=cast.education,
        classification="07001001",
        related_codes=[one.code],
    )
    return one


def test_stated_ones_come_first_then_those_most_alike(cast, shelf):
    found = related_to(cast.stranger, shelf)

    assert [one.resource.name for one in found] == ["被指明的", "户籍人口变动", "同类目录"]
    assert [len(one.reasons) for one in found] == [1, 1, 1]
    assert [one.common_items for one in found] == [0, 2, 0]


def test_the_stating_works_in_both_directions(cast, shelf):
    stated = Resource.objects.get(name="被指明的")
    assert related(cast.stranger, stated)[0] == "户籍人口信息"


def test_a_change_is_not_related_to_the_published_entry_that_it_changes(cast, shelf):
    change = ResourceFactory(
        name=shelf.name,
        department=cast.civil,
        classification=shelf.classification,
        state="draft",
        revision_of=shelf,
        items=items("姓名", "身份证号", "户籍地"),
    )

    found = related(cast.steward, change)

    assert "同类目录" in found
    assert shelf.name not in found


def test_at_most_six_are_related(cast):
    made = [put(name=f"户籍人口{n}", department=cast.civil) for n in range(10)]

    assert len(related(cast.stranger, made[0])) == 6


def test_visitors_and_others_see_of_it_what_they_may(cast, shelf):
    Resource.objects.filter(name="户籍人口变动").update(visible_to=[cast.education.group_id])

    assert related(cast.stranger, shelf) == ["被指明的", "户籍人口变动", "同类目录"]
    assert related(cast.officer, shelf) == ["被指明的", "同类目录"]
    assert related(VISITOR, shelf) == []


def test_what_two_departments_draw_together_is_told(cast):
    # given
    one, two, three, hidden = (
        put(name=name, department=cast.civil) for name in ("一", "二", "三", "隐")
    )
    others = [DepartmentFactory() for _ in range(3)]
    for department in others:
        for resource in (one, two, hidden):
            visibility.grant_pull(resource=resource, department=department, by=None)
    visibility.grant_pull(resource=three, department=others[0], by=None)
    Resource.objects.filter(pk=hidden.pk).update(visible_to=[cast.civil.group_id])
    stranger = UserFactory()

    # then: one department alone tells nothing, and what is hidden is not told
    found = often_requested_with(stranger, one)
    assert [(each.resource.name, each.departments) for each in found] == [("二", 3)]
    assert [each.resource.name for each in often_requested_with(cast.steward, one)] == ["隐", "二"]
    assert often_requested_with(stranger, three) == []


def test_both_take_few_queries(cast, shelf, django_assert_num_queries):
    person = UserFactory()
    assert person.department.group_id

    with django_assert_num_queries(2):
        for one in related_to(person, shelf):
            assert one.resource.department.short_name
    with django_assert_num_queries(1):
        assert often_requested_with(person, shelf) == []
