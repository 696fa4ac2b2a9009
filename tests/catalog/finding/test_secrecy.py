"""In random worlds nothing that a person may not see shows: titles, counts, suggestions, mendings."""

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.models import Resource, SavedSearch
from catalog.parties import VISITOR
from catalog.selectors.catalogue import Query, catalogue_page
from catalog.selectors.related import often_requested_with, related_to
from catalog.selectors.saved_searches import new_hits
from catalog.selectors.suggestions import suggestions
from catalog.services import visibility
from tests.catalog.finding.conftest import items, put
from tests.factories import DepartmentFactory, UserFactory

STEMS = ("户籍人口", "湖籍入口", "户口迁移", "婚姻登记", "婚因等级")
ITEMS = ("公民身份号码", "公民生份号码", "登记日期")
TAGS = ("人口库", "法人库")
TYPED = (
    *STEMS,
    "户藉人口",
    "籍户人口",
    "公民身分号码",
    "人口酷",
    "hjrk",
    "huji",
    "户",
    "h",
    "登记",
)
FAST = settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@pytest.fixture
def people(db):
    return [UserFactory(department=DepartmentFactory()) for _ in range(3)]


def a_world(data, people) -> None:
    """Entries of any state and audience, some drawn by some departments."""
    Resource.objects.all().delete()
    audiences = [[-(2**31), 0], [0], *([one.department.group_id] for one in people)]
    for place in range(data.draw(st.integers(0, 8))):
        owner = data.draw(st.sampled_from(people))
        audience = data.draw(st.sampled_from(audiences))
        resource = put(
            name=f"{data.draw(st.sampled_from(STEMS))}{place or ''}",
            tags=data.draw(st.lists(st.sampled_from(TAGS), unique=True)),
            abstract=data.draw(st.sampled_from(("", *STEMS))),
            items=items(*data.draw(st.lists(st.sampled_from(ITEMS), unique=True))),
            department=owner.department,
            state=data.draw(st.sampled_from(["published", "published", "draft", "withdrawn"])),
            published_at=timezone.now(),
        )
        for person in people:
            if data.draw(st.booleans()) and person != owner and resource.state == "published":
                visibility.grant(
                    "pull_resource", resource=resource, department=person.department, by=None
                )
        Resource.objects.filter(pk=resource.pk).update(visible_to=audience)


def seen_by(party) -> list[Resource]:
    seen = Resource.objects.permitted(party, "view_resource").filter(state="published")
    return list(seen.select_related("department").prefetch_related("items"))


def words_of(seen) -> str:
    """All that the party may read in names, tags, items and providers."""
    return "\n".join(
        text
        for one in seen
        for text in (
            one.name,
            one.name_en,
            *one.tags,
            *(item.name for item in one.items.all()),
            one.department.name,
            one.department.short_name,
        )
    )


@FAST
@given(st.data())
def test_nothing_hidden_shows_in_lists_counts_and_mendings(people, data):
    a_world(data, people)
    party = data.draw(st.sampled_from([*people, VISITOR]))
    seen = seen_by(party)
    typed = data.draw(st.sampled_from(TYPED))

    page = catalogue_page(party, Query(q=typed))

    assert {one.resource.pk for one in page.page} <= {one.pk for one in seen}
    assert page.total <= len(seen)
    for facet in page.facets:
        assert sum(one.count for one in (*facet.options, *facet.more)) == page.total
    providers = {one.department.short_name for one in seen}
    facet = next(one for one in page.facets if one.name == "department")
    assert {str(one.label) for one in facet.options} <= providers
    if page.slip is not None:
        assert page.slip.words in words_of(seen)
        assert page.total


@FAST
@given(st.data())
def test_nothing_hidden_is_suggested(people, data):
    a_world(data, people)
    party = data.draw(st.sampled_from([*people, VISITOR]))
    seen = seen_by(party)

    found = {(one.kind, one.text) for one in suggestions(party, data.draw(st.sampled_from(TYPED)))}

    assert found <= {
        *(("name", one.name) for one in seen),
        *(("tag", tag) for one in seen for tag in one.tags),
        *(("provider", one.department.name) for one in seen),
        *(("provider", one.department.short_name) for one in seen),
    }


@FAST
@given(st.data())
def test_nothing_hidden_is_related_or_new(people, data):
    a_world(data, people)
    person = data.draw(st.sampled_from(people))
    seen = {one.pk for one in seen_by(person)}
    search = SavedSearch(pk=1, user=person, q="", chosen={}, seen_at=timezone.now().replace(2020))

    assert new_hits(person, [search]) == {1: len(seen)}
    for resource in Resource.objects.filter(pk__in=seen):
        related = [one.resource.pk for one in related_to(person, resource)]
        too = [one.resource.pk for one in often_requested_with(person, resource)]
        for found in (related, too):
            assert set(found) <= seen - {resource.pk}
            assert len(set(found)) == len(found) <= 6
