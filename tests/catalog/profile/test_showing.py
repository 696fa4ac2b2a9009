"""Who is shown which values: closed by default, asked alike by page, API and service."""

import pytest

from audit.models import Entry
from catalog.models import Resource
from catalog.parties import VISITOR
from catalog.selectors.profile import profile_of
from catalog.services import samples
from catalog.showing import showing
from portal.common.errors import NotAllowed, WrongState
from portal.organisation.models import DutyKind
from tests.factories import DepartmentFactory, InformationSystemFactory, UserFactory

ITEMS = [
    {"name": "名称", "column": "name"},
    {"name": "联系人", "column": "person", "is_personal": True, "masking_rule": "person_name"},
    {"name": "电话", "column": "phone", "is_personal": True, "identifier_kind": "phone"},
]
ROWS = [("甲", "欧阳修", "13812345678")] * 15


@pytest.fixture
def insider(shelf):
    return lambda resource: UserFactory(department=resource.department)


def shown_to(party, resource):
    return showing(party, resource, list(resource.items.order_by("position")))


def test_another_department_sees_unconditional_rows_masked(shelf):
    resource = shelf.put(ROWS, ITEMS)
    stranger = UserFactory()

    sample = samples.look(resource=resource, by=stranger)

    assert [one.rule for one in sample.columns] == ["", "", "person_name", "hidden"]
    assert list(map(list, sample.rows)) == [
        [f"{number:06d}", "甲", "欧**", "****"] for number in range(10)
    ]
    entry = Entry.objects.get()
    assert (entry.action, entry.actor_name, entry.target_id) == (
        "catalog.sample.look",
        stranger.name,
        str(resource.pk),
    )
    assert entry.department_ids == sorted([resource.department_id, stranger.department_id])
    assert entry.data == {"rows": 10, "hidden": ["phone"], "masked": ["person: person_name"]}


def test_the_provider_sees_its_own_masked_too(shelf, insider):
    resource = shelf.put(
        ROWS, ITEMS, sharing_attribute="conditional", sharing_scope="x", sharing_purpose="y"
    )

    sample = samples.look(resource=resource, by=insider(resource))

    assert sample.rows[0] == ["000000", "甲", "欧**", "****"]
    assert [(one.item.column, value) for one, value in sample.cells[0]] == list(
        zip([one.item.column for one in sample.columns], sample.rows[0], strict=True)
    )


def test_of_conditional_items_others_are_shown_nothing(shelf):
    resource = shelf.put(
        ROWS,
        [{**ITEMS[0], "sharing_attribute": "conditional"}, *ITEMS[1:]],
    )

    sample = samples.look(resource=resource, by=UserFactory())

    assert sample.rows[0] == ["000000", "****", "欧**", "****"]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"state": "withdrawn"}, "published"),
        ({"rows_changed_at": None}, "No rows"),
        ({"national_grade": "core", "sharing_modes": []}, "Core data"),
        ({"grade": "L4"}, "grade L4"),
    ],
)
def test_to_nobody(shelf, insider, fields, words):
    resource = shelf.put(ROWS, ITEMS)
    Resource.objects.filter(pk=resource.pk).update(**fields)
    resource.refresh_from_db()

    for party in (insider(resource), UserFactory()):
        assert words in str(shown_to(party, resource).decision.reason)
        with pytest.raises(NotAllowed):
            samples.look(resource=resource, by=party)
    assert not Entry.objects.exists()


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"national_grade": "important"}, "Important data"),
        (
            {
                "sharing_attribute": "not_shared",
                "not_shared_reason": "依法封存",
                "basis_kind": "law",
                "basis_title": "某法",
                "basis_article": "第一条",
                "sharing_modes": [],
            },
            "not shared",
        ),
    ],
)
def test_to_the_provider_alone(shelf, insider, fields, words):
    resource = shelf.put(ROWS, ITEMS)
    Resource.objects.filter(pk=resource.pk).update(**fields)
    resource.refresh_from_db()
    competent = DepartmentFactory(region=resource.department.region, is_competent=True)
    officer = UserFactory(department=competent, duties=[DutyKind.COMPETENT_OFFICER])

    assert shown_to(insider(resource), resource).decision
    for party in (officer, UserFactory(), InformationSystemFactory(), VISITOR):
        decision = shown_to(party, resource).decision
        assert not decision
        if party is not VISITOR:
            assert words in str(decision.reason)


def test_an_entry_of_which_nothing_can_be_shown_says_so(shelf):
    resource = shelf.put(
        ROWS, ITEMS, sharing_attribute="conditional", sharing_scope="x", sharing_purpose="y"
    )

    with pytest.raises(NotAllowed, match="Request the data"):
        samples.look(resource=resource, by=UserFactory())


def test_visitors_are_shown_open_entries_of_low_grades_alone(shelf):
    open_items = [{"name": "名称", "column": "name"}]
    opened = shelf.put([("甲",)] * 3, open_items, is_open=True)
    closed = shelf.put([("甲",)] * 3, open_items)
    graded = shelf.put([("甲",)] * 3, open_items, is_open=True, grade="L3")

    sample = samples.look(resource=opened, by=VISITOR)

    assert len(sample.rows) == 3
    entry = Entry.objects.get()
    assert (entry.actor_kind, entry.actor_name) == ("anonymous", "anonymous")
    for resource in (closed, graded):
        with pytest.raises(NotAllowed):
            samples.look(resource=resource, by=VISITOR)
    assert Entry.objects.count() == 1


def test_without_table_or_key_there_is_a_reason(shelf, insider):
    resource = shelf.put(ROWS, ITEMS)
    party = insider(resource)
    resource.items.filter(is_key=True).update(is_key=False)
    with pytest.raises(WrongState, match="key item"):
        samples.look(resource=resource, by=party)

    resource.items.filter(column="code").update(is_key=True, column="other")
    with pytest.raises(WrongState, match="do not fit"):
        samples.look(resource=resource, by=party)
    assert not Entry.objects.exists()


def test_long_values_are_cut(shelf):
    resource = shelf.put([("长" * 5000,)], [{"name": "文", "column": "text", "type": "M"}])

    sample = samples.look(resource=resource, by=UserFactory())

    assert sample.rows[0][1] == "长" * 200


def test_values_of_a_profile_follow_who_may_see_rows(shelf, insider):
    resource = shelf.put(
        [("甲", 1)] * 30,
        [
            {"name": "名称", "column": "name"},
            {"name": "数", "column": "n", "type": "I", "sharing_attribute": "conditional"},
        ],
    )
    shelf.profile(resource)

    def told_to(party):
        told = profile_of(party, resource)
        return {one.item.column: one.tells_values for one in told.columns}

    assert told_to(insider(resource)) == {"code": True, "name": True, "n": True}
    assert told_to(UserFactory()) == {"code": True, "name": True, "n": False}
    assert told_to(VISITOR) == {"code": False, "name": False, "n": False}


def test_an_item_that_became_protected_tells_nothing_at_once(shelf, insider):
    resource = shelf.put([("甲",)] * 30, [{"name": "名称", "column": "name"}])
    shelf.profile(resource)
    resource.items.filter(column="name").update(is_personal=True)

    told = profile_of(insider(resource), resource)

    assert [one.tells_values for one in told.columns] == [True, False]


def test_a_profile_of_rows_that_are_gone_is_not_told(shelf, insider):
    resource = shelf.put([("甲",)] * 30, [{"name": "名称", "column": "name"}])
    shelf.profile(resource)
    Resource.objects.update(rows_changed_at=None)
    resource.refresh_from_db()

    told = profile_of(insider(resource), resource)

    assert (told.profile, list(told.columns)) == (None, [])


def test_the_profile_takes_three_queries(shelf, insider, django_assert_num_queries):
    resource = shelf.put(ROWS, ITEMS)
    shelf.profile(resource)
    items, party = list(resource.items.all()), insider(resource)

    with django_assert_num_queries(3):
        profile_of(party, resource, items)


@pytest.mark.parametrize(
    ("item", "to_provider", "to_others"),
    [
        ({}, "", ""),
        ({"sharing_attribute": "conditional"}, "", "hidden"),
        ({"sharing_attribute": "not_shared"}, "", "hidden"),
        ({"grade": "L2"}, "", ""),
        ({"grade": "L3"}, "hidden", "hidden"),
        ({"grade": "L3", "masking_rule": "address"}, "address", "address"),
        ({"is_personal": True}, "hidden", "hidden"),
        ({"is_personal": True, "masking_rule": "phone"}, "phone", "phone"),
        ({"identifier_kind": "credit_code"}, "hidden", "hidden"),
        ({"masking_rule": "email"}, "email", "email"),
        ({"masking_rule": "pseudonym"}, "hidden", "hidden"),
        (
            {"masking_rule": "email", "sharing_attribute": "conditional"},
            "email",
            "hidden",
        ),
    ],
)
def test_each_item_is_masked_by_what_it_is(shelf, insider, item, to_provider, to_others):
    resource = shelf.put([("甲",)], [{"name": "数据项", "column": "value", **item}])

    assert shown_to(insider(resource), resource).masks["value"] == to_provider
    for party in (UserFactory(), InformationSystemFactory(), VISITOR):
        assert shown_to(party, resource).masks["value"] == to_others
