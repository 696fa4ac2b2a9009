"""The list: what is in it, in which order, with which facets, in how many queries."""

from datetime import timedelta

import pytest
from django.utils import timezone

from catalog import search, synonyms
from catalog.models import Resource
from catalog.selectors import announcements_recent, tasks_for, waiting_for
from catalog.selectors.catalogue import Order, Query, catalogue_page, resources_for
from catalog.selectors.resources import my_resources, resource_for, resource_page
from catalog.services import review, visibility
from portal.common.errors import NotFound
from portal.organisation.models import DutyKind, User
from tests.catalog.conftest import approved, drafted, published, submitted
from tests.factories import InformationSystemFactory, ResourceFactory, UserFactory


def fresh(user: User) -> User:
    """As a request brings the person: nothing read yet but the row itself."""
    return User.objects.get(pk=user.pk)


def put(**fields) -> Resource:
    resource = ResourceFactory(**{"state": "published", **fields})
    search.index(resource, list(resource.items.all()))
    return resource


def names(page) -> list[str]:
    return [found.resource.name for found in page.page]


def counts(page, name: str) -> dict[str, int]:
    facet = next(one for one in page.facets if one.name == name)
    return {one.value: one.count for one in [*facet.options, *facet.more]}


def test_only_published_entries_are_in_the_catalogue(cast):
    # given: the stranger's own draft too
    put(name="已发布")
    for state in ("draft", "head_review", "competent_review", "returned", "withdrawn"):
        put(name=state, state=state, department=cast.education)

    # then
    page = catalogue_page(cast.stranger, Query())
    assert (names(page), page.total) == (["已发布"], 1)
    assert list(resources_for(cast.stranger).values_list("name", flat=True)) == ["已发布"]


def test_hidden_entries_are_in_no_list_and_no_count(cast):
    # given: an entry that is announced to one department only
    hidden = put(name="内部", department=cast.civil)
    Resource.objects.filter(pk=hidden.pk).update(visible_to=[cast.bigdata.group_id])

    # then
    assert catalogue_page(cast.officer, Query(q="内部")).total == 1
    page = catalogue_page(cast.stranger, Query(q="内部"))
    assert (page.total, names(page)) == (0, [])
    assert all(not facet.options for facet in page.facets)


def test_the_latest_come_first_when_nothing_is_looked_for(cast):
    for day, name in enumerate(["旧", "新", "中"]):
        resource = put(name=name)
        Resource.objects.filter(pk=resource.pk).update(
            updated_at=timezone.now() - timedelta(days=[3, 1, 2][day])
        )

    assert names(catalogue_page(cast.stranger, Query())) == ["新", "中", "旧"]
    assert names(catalogue_page(cast.stranger, Query(order=Order.RECENT))) == ["新", "中", "旧"]


@pytest.fixture
def shelf(cast):
    open_ = {"sharing_attribute": "unconditional", "sharing_scope": "", "sharing_purpose": ""}
    put(name="甲", department=cast.civil, grade="L1", data_format="3")
    put(name="乙", department=cast.civil, grade="L2", data_format="2", **open_)
    put(name="丙", department=cast.education, grade="L2", data_format="3", **open_)
    put(name="丁", department=cast.education, grade="L4", data_format="3")
    return cast


def test_facets_count_what_each_choice_would_give(shelf):
    page = catalogue_page(shelf.officer, Query())

    assert page.total == 4
    assert counts(page, "sharing_attribute") == {"unconditional": 2, "conditional": 2}
    assert counts(page, "department") == {
        str(shelf.civil.pk): 2,
        str(shelf.education.pk): 2,
    }
    assert counts(page, "grade") == {"L1": 1, "L2": 2, "L4": 1}
    assert counts(page, "format") == {"2": 1, "3": 3}
    assert counts(page, "frequency") == {"6": 4}


def test_values_of_a_facet_join_by_or_and_facets_by_and(shelf):
    # when
    chosen = {"grade": ["L1", "L2"], "department": [str(shelf.civil.pk)]}
    page = catalogue_page(shelf.officer, Query(chosen=chosen))

    # then
    assert sorted(names(page)) == ["乙", "甲"]
    assert page.total == 2
    assert counts(page, "grade") == {"L1": 1, "L2": 1}  # of the chosen department
    assert counts(page, "department") == {str(shelf.civil.pk): 2, str(shelf.education.pk): 1}
    assert counts(page, "sharing_attribute") == {"conditional": 1, "unconditional": 1}
    assert {r.name for r in resources_for(shelf.officer, chosen=chosen)} == {"甲", "乙"}


def test_a_chosen_value_stays_in_sight_when_it_gives_nothing(shelf):
    page = catalogue_page(shelf.officer, Query(q="甲", chosen={"grade": ["L4"]}))

    assert (page.total, names(page)) == (0, [])
    assert counts(page, "grade") == {"L1": 1, "L4": 0}


def test_words_that_cannot_be_searched_find_nothing(shelf):
    assert catalogue_page(shelf.officer, Query(q="！！")).total == 0
    assert not resources_for(shelf.officer, q="！！").exists()


def test_pages_neither_repeat_nor_skip(cast):
    for n in range(45):
        put(name=f"条目{n:02d}", department=cast.civil)

    pages = [catalogue_page(cast.stranger, Query(), number=number) for number in (1, 2, 3)]

    seen = [name for page in pages for name in names(page)]
    assert [len(names(page)) for page in pages] == [20, 20, 5]
    assert len(set(seen)) == 45
    assert (pages[2].page.has_next(), pages[0].page.has_next()) == (False, True)


@pytest.mark.parametrize(("number", "shown"), [(0, 1), (-3, 1), (99, 2)])
def test_a_page_that_is_not_there_is_the_nearest(cast, number, shown):
    for n in range(21):
        put(name=f"条目{n}")

    page = catalogue_page(cast.stranger, Query(), number=number).page

    assert page.number == shown


def test_a_list_tells_which_items_matched_and_who_uses_it(cast):
    # given
    resource = put(name="人员", department=cast.civil)
    visibility.grant_pull(resource=resource, department=cast.education, by=None)

    # when
    found = catalogue_page(cast.stranger, Query(q="代码")).page[0]

    # then
    assert found.item_count == 3
    assert found.matched_items == ["代码", "上级代码"]
    assert found.users == 1


@pytest.mark.parametrize("q", ["", "条目"])
def test_a_page_of_the_catalogue_is_five_queries(cast, django_assert_num_queries, q):
    # given
    for n in range(25):
        put(name=f"条目{n}")
    person = fresh(cast.stranger)
    assert person.department.group_id
    synonyms.current()  # held by the process until a test before empties the cache

    # then: scan, departments, entries, items, grants
    with django_assert_num_queries(5):
        page = catalogue_page(person, Query(q=q))
        for found in page.page:
            assert found.resource.department.region.name


# One entry


def test_list_and_detail_agree(cast):
    for state in ("draft", "competent_review", "published", "withdrawn", "returned"):
        ResourceFactory(state=state, department=cast.civil)
    everything = Resource.objects.all()

    for party in (cast.steward, cast.stranger, cast.officer, InformationSystemFactory()):
        listed = set(Resource.objects.permitted(party, "view_resource"))
        for resource in everything:
            if resource in listed:
                assert resource_for(party, resource.pk) == resource
            else:
                with pytest.raises(NotFound):
                    resource_for(party, resource.pk)


def test_there_is_no_other_entry(steward):
    with pytest.raises(NotFound):
        resource_for(steward, -1)


def test_work_on_an_entry_is_shown_to_provider_and_reviewer_only(cast):
    resource = published(cast)

    for who, sees in [("steward", True), ("head", True), ("officer", True), ("stranger", False)]:
        page = resource_page(getattr(cast, who), resource.pk)
        assert page.sees_work is sees
        assert (len(page.steps), len(page.assessments)) == ((6, 2) if sees else (0, 0))


def test_a_page_says_who_may_do_what_and_why_not(cast):
    resource = submitted(cast)

    head = resource_page(cast.head, resource.pk).rights
    steward = resource_page(cast.steward, resource.pk).rights
    assert (bool(head.approve), bool(head.send_back), bool(head.publish)) == (True, True, False)
    assert not steward.edit
    assert steward.edit.reason
    assert not steward.approve
    assert cast.civil.short_name in str(steward.approve.reason)


def test_what_is_missing_is_shown_to_those_who_write(cast):
    draft = ResourceFactory(department=cast.civil, abstract="")

    assert [gap.field for gap in resource_page(cast.steward, draft.pk).gaps] == [
        "abstract",
        "assessments",
        "assessments",
    ]
    assert resource_page(cast.officer, published(cast).pk).gaps == []


def test_the_page_of_an_entry_has_a_fixed_number_of_queries(cast, django_assert_num_queries):
    resource = published(cast)
    person = fresh(cast.steward)
    assert person.department.region_id
    assert person.duties

    # entry, standing, items, assessments, steps, grants, node of the classification
    with django_assert_num_queries(9):
        page = resource_page(person, resource.pk)
        assert [step.by.department.name for step in page.steps]


# A department's own


def test_my_resources_are_those_of_my_department_by_state(cast):
    for state in ("draft", "draft", "returned", "head_review", "competent_review", "published"):
        ResourceFactory(state=state, department=cast.civil)
    ResourceFactory(department=cast.education)

    mine = my_resources(cast.steward, tab="review")

    assert {tab.name: tab.count for tab in mine.tabs} == {
        "all": 6,
        "draft": 2,
        "returned": 1,
        "review": 2,
        "published": 1,
        "withdrawn": 0,
    }
    assert [tab.name for tab in mine.tabs if tab.is_current] == ["review"]
    assert len(mine.page) == 2
    assert len(my_resources(cast.steward, tab="nonsense").page) == 6


def test_my_resources_are_two_queries(cast, django_assert_num_queries):
    ResourceFactory.create_batch(25, department=cast.civil)
    person = fresh(cast.steward)

    with django_assert_num_queries(2):
        page = my_resources(person).page
        for resource in page:
            assert resource.department.region.name
            assert resource.item_count == 3


# What waits


def test_what_waits_for_whom(cast):
    waiting_head = submitted(cast, name="等负责人")
    waiting_officer = approved(cast, name="等主管部门")
    back = submitted(cast, name="被退回")
    review.send_back(resource=back, version=back.version, reasons="补正", by=cast.head)
    drafted(cast, name="草稿")

    assert list(waiting_for(cast.head)) == [waiting_head]
    assert list(waiting_for(cast.officer)) == [waiting_officer]
    assert list(waiting_for(cast.steward)) == []
    assert [task.title for task in tasks_for(cast.head)] == ["等负责人"]
    assert [task.title for task in tasks_for(cast.officer)] == ["等主管部门"]
    assert [(task.kind, task.title) for task in tasks_for(cast.steward)] == [
        ("catalog.returned", "被退回")
    ]
    assert tasks_for(cast.stranger) == []
    assert all(task.due is None and not task.legal for task in tasks_for(cast.head))


def test_who_has_gone_is_asked_nothing(cast):
    submitted(cast)
    cast.head.is_active = False
    cast.head.save()

    assert list(waiting_for(cast.head)) == []
    assert tasks_for(cast.head) == []


def test_the_inbox_has_four_queries_and_none_without_a_duty(cast, django_assert_num_queries):
    submitted(cast)
    submitted(cast, name="另一项")
    head = fresh(cast.head)
    staff = UserFactory(department=cast.civil, duties=[DutyKind.STAFF])
    assert head.duties
    assert staff.duties

    # entries, the clocks they wait under, update duties, data that the department is the source of
    with django_assert_num_queries(4):
        assert len(tasks_for(head)) == 2
    with django_assert_num_queries(0):
        assert tasks_for(staff) == []


def test_the_review_list_is_one_query(cast, django_assert_num_queries):
    for name in ("甲", "乙", "丙"):
        approved(cast, name=name)
    officer = fresh(cast.officer)
    assert officer.duties
    assert officer.department.is_competent

    with django_assert_num_queries(1):
        for resource in waiting_for(officer):
            assert resource.department.region.name
            assert resource.approved_by.name


# Announcements


def test_publication_and_withdrawal_are_announced_to_all(cast, django_assert_num_queries):
    # given
    resource = published(cast)
    review.withdraw(resource=resource, version=resource.version, reasons="x", by=cast.head)
    still = published(cast, name="另一项")
    person = fresh(cast.stranger)
    assert person.department.group_id

    # then
    with django_assert_num_queries(1):
        told = [
            (one.resource, one.state, one.can_open, one.resource.department.short_name)
            for one in announcements_recent(person)
        ]
    assert told == [
        (still, "published", True, "省民政厅"),
        (resource, "withdrawn", False, "省民政厅"),
        (resource, "published", False, "省民政厅"),
    ]
