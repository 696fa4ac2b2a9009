"""Counts of facets against a count by hand, for random worlds, people and choices."""

from datetime import timedelta

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.freshness import freshness_of
from catalog.models import Resource
from catalog.selectors.catalogue import Query, catalogue_page, resources_for
from catalog.selectors.facets import DIMENSIONS
from tests.catalog.finding.conftest import put
from tests.factories import DepartmentFactory, RegionFactory, UserFactory

VALUES = {name: [v for v, _label in one.values] for name, one in DIMENSIONS.items()}
OPEN = {"sharing_attribute": "unconditional", "sharing_scope": "", "sharing_purpose": ""}


@pytest.fixture
def world(db):
    province = RegionFactory()
    city = RegionFactory(code="990100", name="云州市", level="city", parent=province)
    return [
        UserFactory(department=DepartmentFactory(region=region))
        for region in (province, province, city)
    ]


def values_of(resource: Resource) -> dict[str, str]:
    return {
        "sharing_attribute": resource.sharing_attribute,
        "department": str(resource.department_id),
        "region": str(resource.department.region_id),
        "resource_class": resource.resource_class,
        "open": "yes" if resource.is_open else "no",
        "freshness": freshness_of(
            resource.update_frequency, resource.rows_changed_at, timezone.now()
        ).value,
        "frequency": resource.update_frequency,
        "format": resource.data_format,
        "grade": resource.grade,
    }


def by_hand(entries, chosen, name):
    """What each value of a facet would give: the other facets' choices hold, its own does not."""
    counted: dict[str, int] = {}
    for values in entries:
        if all(values[n] in picked for n, picked in chosen.items() if n != name and picked):
            counted[values[name]] = counted.get(values[name], 0) + 1
    return counted


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.data())
def test_facets_count_what_is_there(world, data):
    # given: entries that differ in everything, some hidden from one or the other
    Resource.objects.all().delete()
    now = timezone.now()
    for place in range(data.draw(st.integers(0, 12))):
        owner = data.draw(st.sampled_from(world)).department
        seen_by = data.draw(st.sampled_from([[0], [world[0].department.group_id], [10**6]]))
        days = data.draw(st.sampled_from([None, 0, 1, 5, 20, 50, 400]))
        put(
            visible_to=seen_by,
            name=f"条目{place}",
            department=owner,
            resource_class=data.draw(st.sampled_from(VALUES["resource_class"])),
            is_open=data.draw(st.booleans()),
            update_frequency=data.draw(st.sampled_from(VALUES["frequency"])),
            data_format=data.draw(st.sampled_from(VALUES["format"])),
            grade=data.draw(st.sampled_from(VALUES["grade"])),
            rows_changed_at=None if days is None else now - timedelta(days=days, hours=1),
            **(OPEN if data.draw(st.booleans()) else {}),
        )
    person = data.draw(st.sampled_from(world))
    keys = {
        **VALUES,
        "department": [str(one.department_id) for one in world],
        "region": sorted({str(one.department.region_id) for one in world}),
    }
    chosen = {
        name: picked
        for name in DIMENSIONS
        if (picked := data.draw(st.lists(st.sampled_from(keys[name]), max_size=2, unique=True)))
    }

    # when
    page = catalogue_page(person, Query(chosen=chosen, q=data.draw(st.sampled_from(["", "条目"]))))

    # then
    seen = [
        values_of(one)
        for one in Resource.objects.permitted(person, "view_resource").select_related(
            "department__region"
        )
    ]
    for facet in page.facets:
        told = {one.value: one.count for one in (*facet.options, *facet.more) if one.count}
        assert told == by_hand(seen, chosen, facet.name), facet.name
    wanted = [v for v in seen if all(v[n] in picked for n, picked in chosen.items())]
    assert page.total == len(wanted) == len(page.page)
    assert resources_for(person, chosen=chosen).count() == len(wanted)


def test_a_long_facet_is_looked_through_by_name_and_by_pinyin(cast, django_assert_num_queries):
    # given
    for place in range(50):
        put(name=f"条目{place}", department=DepartmentFactory(short_name=f"厅{place:02d}"))
    put(name="一", department=cast.civil)
    person = UserFactory()
    assert person.department.group_id

    # then
    facet = next(one for one in catalogue_page(person, Query()).facets if one.name == "department")
    assert (len(facet.options), len(facet.more), facet.unlisted) == (8, 32, 11)
    assert facet.is_searchable
    for words in ("民政", "mzt", "minzheng", "民政厅"):
        with django_assert_num_queries(5):
            page = catalogue_page(person, Query(facet_words={"department": words}))
        facet = next(one for one in page.facets if one.name == "department")
        assert [one.label for one in facet.options] == ["省民政厅"]
        assert page.total == 51  # words in a facet are no filter


def test_freshness_is_measured_by_the_frequency(cast):
    now = timezone.now()
    for name, frequency, days in (
        ("每日及时", "2", 1),
        ("每日逾期", "2", 3),
        ("每年及时", "6", 300),
        ("不定期", "9", 3000),
        ("没有数据", "2", None),
    ):
        put(
            name=name,
            department=cast.civil,
            update_frequency=frequency,
            rows_changed_at=None if days is None else now - timedelta(days=days),
        )

    for value, expected in (
        ("in_time", {"每日及时", "每年及时", "不定期"}),
        ("overdue", {"每日逾期"}),
        ("no_rows", {"没有数据"}),
    ):
        chosen = {"freshness": [value]}
        page = catalogue_page(cast.stranger, Query(chosen=chosen))
        assert {one.resource.name for one in page.page} == expected
        assert {one.name for one in resources_for(cast.stranger, chosen=chosen)} == expected
        assert {one.freshness.value for one in page.page} == {value}
