"""Who sees what: the projection is the truth, for everybody, whatever happened."""

import random

import pytest

from audit.models import Entry
from catalog.models import Resource, ResourceGroupPermission, ResourceState
from catalog.services import visibility
from portal.common.errors import Invalid, WrongState
from portal.organisation.models import Department, DutyKind
from tests.factories import (
    DepartmentFactory,
    InformationSystemFactory,
    RegionFactory,
    ResourceFactory,
    UserFactory,
)


def seen_by(party) -> set[int]:
    return set(Resource.objects.permitted(party, "view_resource").values_list("pk", flat=True))


def truly_seen_by(party) -> set[int]:
    return set(Resource.objects.truly_visible(party).values_list("pk", flat=True))


@pytest.mark.parametrize("seed", range(6))
def test_the_projection_equals_the_truth_for_random_people(db, city, seed):
    # given
    chance = random.Random(seed)  # noqa: S311 - a repeatable choice, no secret
    province = RegionFactory()
    departments = [DepartmentFactory(region=chance.choice([province, city])) for _ in range(6)]
    for region in (province, city):
        departments.append(DepartmentFactory(region=region, is_competent=True))
    parties = [
        UserFactory(department=department, duties=[chance.choice(list(DutyKind)[:6])])
        for department in departments
    ]
    parties += [InformationSystemFactory(department=department) for department in departments]
    parties.append(UserFactory(department=departments[0], is_active=False))
    entries = [
        ResourceFactory(
            department=chance.choice(departments), state=chance.choice(ResourceState.values)
        )
        for _ in range(30)
    ]
    # when: rights come and go
    for _ in range(60):
        resource, department = chance.choice(entries), chance.choice(departments)
        if department == resource.department:
            continue
        act = chance.choice([visibility.grant, visibility.grant, visibility.revoke])
        codename = chance.choice(["view_resource", "pull_resource"])
        act(codename, resource=resource, department=department, by=None)

    # then
    for party in parties:
        assert seen_by(party) == truly_seen_by(party), party


def test_the_projection_follows_a_new_competent_department(db):
    # given
    provider = DepartmentFactory()
    resource = ResourceFactory(department=provider, state="competent_review")
    reviewer = UserFactory(department=DepartmentFactory(), duties=[DutyKind.COMPETENT_OFFICER])
    assert seen_by(reviewer) == set()

    # when: nobody touches the entry
    Department.objects.filter(pk=reviewer.department_id).update(is_competent=True)
    reviewer.department.refresh_from_db()

    # then
    assert seen_by(reviewer) == truly_seen_by(reviewer) == {resource.pk}


def test_an_unknown_right_is_an_error_not_an_open_door(steward):
    with pytest.raises(ValueError, match="no such permission"):
        Resource.objects.permitted(steward, "delete_resource")


@pytest.mark.parametrize("codename", ["view_resource", "change_resource", "pull_resource"])
def test_who_is_inactive_holds_nothing(db, codename):
    resource = ResourceFactory(state="published")
    gone = UserFactory(department=resource.department, is_active=False)
    stopped = InformationSystemFactory(department=resource.department, is_active=False)

    for party in (gone, stopped):
        assert not Resource.objects.permitted(party, codename).exists()


def test_a_grant_to_draw_rows(cast):
    # given
    resource = ResourceFactory(department=cast.civil, state="published")
    system = InformationSystemFactory(department=cast.education)

    # when
    visibility.grant_pull(resource=resource, department=cast.education, by=cast.head)

    # then
    assert set(ResourceGroupPermission.objects.values_list("group", "permission__codename")) == {
        (cast.education.group_id, "pull_resource"),
        (cast.education.group_id, "view_resource"),
    }
    for party in (cast.stranger, system):
        assert Resource.objects.permitted(party, "pull_resource").get() == resource
    assert not Resource.objects.permitted(cast.officer, "pull_resource").exists()
    entry = Entry.objects.filter(action="catalog.resource.grant").first()
    assert (entry.data["department"], entry.actor_name) == ("示范省教育厅", "高远")


def test_taking_a_grant_back_takes_all_of_it(cast):
    # given
    resource = ResourceFactory(department=cast.civil, state="published")
    visibility.grant_pull(resource=resource, department=cast.education, by=None)

    # when
    visibility.take_back_pull(resource=resource, department=cast.education, by=None)

    # then
    assert not ResourceGroupPermission.objects.exists()
    assert Entry.objects.filter(action="catalog.resource.revoke").count() == 2


def test_granting_twice_and_taking_back_twice_changes_nothing_more(cast):
    resource = ResourceFactory(department=cast.civil, state="published")

    visibility.grant_pull(resource=resource, department=cast.education, by=None)
    visibility.grant_pull(resource=resource, department=cast.education, by=None)
    assert ResourceGroupPermission.objects.count() == 2
    visibility.take_back_pull(resource=resource, department=cast.education, by=None)
    visibility.take_back_pull(resource=resource, department=cast.education, by=None)

    assert Entry.objects.filter(action="catalog.resource.revoke").count() == 2


def test_who_holds_a_grant_sees_the_entry_after_its_withdrawal(cast):
    resource = ResourceFactory(department=cast.civil, state="withdrawn")
    assert seen_by(cast.stranger) == set()

    visibility.grant("view_resource", resource=resource, department=cast.education, by=None)

    assert seen_by(cast.stranger) == {resource.pk}


@pytest.mark.parametrize("state", ["draft", "competent_review", "withdrawn"])
def test_rows_of_unpublished_entries_are_granted_to_nobody(cast, state):
    resource = ResourceFactory(department=cast.civil, state=state)

    with pytest.raises(WrongState):
        visibility.grant_pull(resource=resource, department=cast.education, by=None)

    assert not ResourceGroupPermission.objects.exists()
    assert not Entry.objects.exists()


def test_the_provider_is_granted_nothing(cast):
    resource = ResourceFactory(department=cast.civil, state="published")

    with pytest.raises(Invalid):
        visibility.grant_pull(resource=resource, department=cast.civil, by=None)

    assert not ResourceGroupPermission.objects.exists()


def test_only_two_rights_are_granted(cast):
    resource = ResourceFactory(department=cast.civil, state="published")

    with pytest.raises(ValueError, match="is not granted"):
        visibility.grant("change_resource", resource=resource, department=cast.education, by=None)


def test_a_list_is_one_query(cast, django_assert_num_queries):
    ResourceFactory.create_batch(3, state="published")
    person = cast.stranger
    assert person.department.group_id

    with django_assert_num_queries(1):
        assert len(Resource.objects.permitted(person, "view_resource")) == 3
