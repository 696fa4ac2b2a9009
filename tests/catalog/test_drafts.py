"""Describing a resource, and describing it again."""

from dataclasses import replace

import pytest

from audit.models import Entry
from catalog.entry import ItemData
from catalog.models import DataItem, Resource, ResourceState, ResourceStep
from catalog.services import resources
from portal.common.errors import Invalid, NotAllowed, StaleVersion, WrongState
from portal.organisation.models import DutyKind
from tests.catalog.conftest import an_entry, assess_both, at_once, drafted, some_items
from tests.factories import InformationSystemFactory, ResourceFactory, UserFactory


def test_a_steward_drafts_an_entry(cast):
    # when
    resource = resources.create_draft(entry=an_entry(), items=some_items(), by=cast.steward)

    # then
    resource.refresh_from_db()
    assert resource.code == "103001001/000001"
    assert resource.department == cast.civil
    assert resource.state == ResourceState.DRAFT
    assert resource.version == 1
    assert resource.edited_by == cast.steward
    assert resource.visible_to == [cast.civil.group_id]
    assert resource.sharing_modes == ["interface", "file"]
    assert [(i.position, i.column, i.is_nullable) for i in resource.items.all()] == [
        (1, "code", False),
        (2, "name", True),
    ]
    step = ResourceStep.objects.get()
    assert (step.move, step.by) == ("create", cast.steward)
    entry = Entry.objects.get()
    assert entry.action == "catalog.resource.create"
    assert entry.data["items"] == ["code", "name"]
    assert entry.department_ids == [cast.civil.pk]


def test_a_draft_may_be_incomplete(cast):
    resource = resources.create_draft(
        entry=an_entry(abstract="", sharing_scope="", sharing_purpose="", sharing_modes=()),
        by=cast.steward,
    )

    assert resource.items.count() == 0


def test_sensitive_items_are_personal_and_keys_never_empty(cast):
    # given
    item = ItemData(name="证件号码", column="id", type="C", is_sensitive=True, is_key=True)

    # when
    resource = resources.create_draft(entry=an_entry(), items=[item], by=cast.steward)

    # then
    saved = resource.items.get()
    assert (saved.is_personal, saved.is_sensitive, saved.is_nullable) == (True, True, False)


@pytest.mark.parametrize("kind", [DutyKind.STAFF, DutyKind.WORK_BODY_HEAD, DutyKind.SYSTEM_ADMIN])
def test_only_stewards_draft(cast, kind):
    # given
    by = UserFactory(department=cast.civil, duties=[kind])

    # when
    with pytest.raises(NotAllowed):
        resources.create_draft(entry=an_entry(), by=by)

    # then
    assert not Resource.objects.exists()
    assert not Entry.objects.exists()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "长" * 201}, "name"),
        ({"abstract": "长" * 2001}, "abstract"),
        ({"classification": "3"}, "classification"),
        ({"classification": "03-01"}, "classification"),
        ({"resource_class": "9"}, "resource_class"),
        ({"data_format": ""}, "data_format"),
        ({"update_frequency": "8"}, "update_frequency"),
        ({"sharing_attribute": "open"}, "sharing_attribute"),
        ({"sharing_modes": ("fax",)}, "sharing_modes"),
        ({"grade": "L5"}, "grade"),
        ({"basis_kind": "ministry rule"}, "basis_kind"),
    ],
)
def test_a_wrong_field_is_named(cast, changes, field):
    # when
    with pytest.raises(Invalid) as refused:
        resources.create_draft(entry=an_entry(**changes), by=cast.steward)

    # then
    assert list(refused.value.fields) == [field]
    assert not Resource.objects.exists()


def test_every_wrong_item_is_named_by_its_place(cast):
    # given
    items = [
        *some_items(),
        ItemData(name="", column="Code", type="C"),
        ItemData(name="区划名称", column="name", type="X"),
    ]

    # when
    with pytest.raises(Invalid) as refused:
        resources.create_draft(entry=an_entry(), items=items, by=cast.steward)

    # then
    assert set(refused.value.fields) == {
        "items.2.name",
        "items.2.column",
        "items.3.type",
        "items.3.name",
        "items.3.column",
    }
    assert not Resource.objects.exists()


def test_an_entry_has_at_most_500_items(cast):
    items = [ItemData(name=f"项{n}", column=f"c{n}", type="C") for n in range(501)]

    with pytest.raises(Invalid) as refused:
        resources.create_draft(entry=an_entry(), items=items, by=cast.steward)

    assert list(refused.value.fields) == ["items"]


def test_a_name_is_given_once_in_a_department(cast):
    # given
    ResourceFactory(department=cast.civil, name="统计用区划代码")

    # when
    with pytest.raises(Invalid) as refused:
        resources.create_draft(entry=an_entry(), by=cast.steward)

    # then
    assert list(refused.value.fields) == ["name"]
    assert Resource.objects.count() == 1


@pytest.mark.parametrize("whose", ["another department", "withdrawn"])
def test_a_name_may_return_elsewhere_and_after_withdrawal(cast, whose):
    if whose == "withdrawn":
        ResourceFactory(department=cast.civil, name="统计用区划代码", state="withdrawn")
    else:
        ResourceFactory(department=cast.education, name="统计用区划代码")

    resources.create_draft(entry=an_entry(), by=cast.steward)

    assert Resource.objects.count() == 2


def test_two_who_give_one_name_at_once_do_not_both_get_it(committed_cast):
    # when
    results = at_once(
        lambda: resources.create_draft(entry=an_entry(), by=committed_cast.steward),
        lambda: resources.create_draft(entry=an_entry(), by=committed_cast.other_steward),
    )

    # then
    assert Resource.objects.count() == 1
    assert [type(result) for result in results].count(Invalid) == 1


def test_a_change_writes_the_whole_entry(cast):
    # given
    resource = resources.create_draft(entry=an_entry(), items=some_items(), by=cast.steward)

    # when
    changed = resources.change_draft(
        resource=resource,
        version=1,
        entry=an_entry(name="区划代码", sharing_scope=""),
        items=[ItemData(name="代码", column="code", type="C", is_key=True)],
        by=cast.other_steward,
    )

    # then
    changed.refresh_from_db()
    assert (changed.name, changed.sharing_scope, changed.version) == ("区划代码", "", 2)
    assert changed.edited_by == cast.other_steward
    assert [item.name for item in changed.items.all()] == ["代码"]
    assert changed.code == "103001001/000001"
    entry = Entry.objects.filter(action="catalog.resource.change").get()
    assert entry.data["changes"]["name"] == ["统计用区划代码", "区划代码"]
    assert entry.data["items_before"] == ["code", "name"]
    assert entry.data["items_after"] == ["code"]


def test_saving_without_a_change_writes_nothing(cast):
    # given
    resource = resources.create_draft(entry=an_entry(), items=some_items(), by=cast.steward)
    keys = set(resource.items.values_list("pk", flat=True))

    # when
    resources.change_draft(
        resource=resource, version=1, entry=an_entry(), items=some_items(), by=cast.other_steward
    )

    # then
    resource.refresh_from_db()
    assert (resource.version, resource.edited_by) == (1, cast.steward)
    assert set(resource.items.values_list("pk", flat=True)) == keys
    assert Entry.objects.count() == 1


def test_another_classification_gives_another_code_and_the_old_one_is_gone(cast):
    # given
    first = resources.create_draft(entry=an_entry(), by=cast.steward)

    # when
    resources.change_draft(
        resource=first,
        version=1,
        entry=an_entry(classification="03001002"),
        items=[],
        by=cast.steward,
    )
    second = resources.create_draft(entry=an_entry(name="另一项"), by=cast.steward)

    # then
    first.refresh_from_db()
    assert first.code == "103001002/000001"
    assert second.code == "103001001/000002"


def test_changed_items_make_the_assessments_void(cast):
    # given
    resource = drafted(cast)
    items = [replace(some_items()[0], is_personal=True), some_items()[1]]

    # when
    resources.change_draft(
        resource=resource, version=1, entry=an_entry(), items=items, by=cast.steward
    )

    # then
    assert resource.assessments.count() == 0
    entry = Entry.objects.filter(action="catalog.resource.change").get()
    assert entry.data["assessments_voided"] == ["pia", "secrecy"]


def test_a_changed_text_leaves_the_assessments(cast):
    resource = drafted(cast)

    resources.change_draft(
        resource=resource,
        version=1,
        entry=an_entry(abstract="别的摘要"),
        items=some_items(),
        by=cast.steward,
    )

    assert resource.assessments.count() == 2


def test_the_second_of_two_stewards_is_told_and_nothing_is_lost(cast):
    # given
    resource = resources.create_draft(entry=an_entry(), items=some_items(), by=cast.steward)
    resources.change_draft(
        resource=resource,
        version=1,
        entry=an_entry(abstract="第一人的摘要"),
        items=some_items(),
        by=cast.other_steward,
    )

    # when
    with pytest.raises(StaleVersion) as refused:
        resources.change_draft(
            resource=resource,
            version=1,
            entry=an_entry(abstract="第二人的摘要"),
            items=[],
            by=cast.steward,
        )

    # then
    assert "马宁" in str(refused.value.message)
    resource.refresh_from_db()
    assert (resource.abstract, resource.version) == ("第一人的摘要", 2)
    assert resource.items.count() == 2


def test_of_two_who_save_at_the_same_moment_one_is_told(committed_cast):
    # given
    resource = resources.create_draft(
        entry=an_entry(), items=some_items(), by=committed_cast.steward
    )

    def change(abstract, by):
        return resources.change_draft(
            resource=resource,
            version=1,
            entry=an_entry(abstract=abstract),
            items=some_items(),
            by=by,
        )

    # when
    results = at_once(
        lambda: change("甲", committed_cast.steward),
        lambda: change("乙", committed_cast.other_steward),
    )

    # then
    kinds = [type(result) for result in results]
    assert sorted(kind.__name__ for kind in kinds) == ["Resource", "StaleVersion"]
    winner = next(result for result in results if isinstance(result, Resource))
    resource.refresh_from_db()
    assert (resource.abstract, resource.version) == (winner.abstract, 2)


@pytest.mark.parametrize("who", ["stranger", "head", "officer"])
def test_only_the_departments_stewards_change_a_draft(cast, who):
    # given
    resource = resources.create_draft(entry=an_entry(), items=some_items(), by=cast.steward)

    # when
    with pytest.raises(NotAllowed):
        resources.change_draft(
            resource=resource,
            version=1,
            entry=an_entry(name="别名"),
            items=[],
            by=getattr(cast, who),
        )

    # then
    resource.refresh_from_db()
    assert (resource.name, resource.version) == ("统计用区划代码", 1)
    assert DataItem.objects.count() == 2


@pytest.mark.parametrize("state", ["head_review", "competent_review", "published", "withdrawn"])
def test_only_drafts_and_returned_entries_are_changed(cast, state):
    # given
    resource = ResourceFactory(department=cast.civil, state=state)

    # when
    with pytest.raises(WrongState):
        resources.change_draft(
            resource=resource, version=1, entry=an_entry(), items=[], by=cast.steward
        )

    # then
    resource.refresh_from_db()
    assert (resource.name != "统计用区划代码", resource.version) == (True, 1)
    assert resource.items.count() == 3


def test_an_information_system_writes_nothing(cast):
    system = InformationSystemFactory(department=cast.civil)

    with pytest.raises(NotAllowed):
        resources.create_draft(entry=an_entry(), by=system)

    assert not Resource.objects.exists()
    assert assess_both
