"""A person goes over to another department: sight goes over with them, duties do not."""

import pytest
from django.urls import reverse

from audit.models import Entry
from portal.common.errors import DomainError, Invalid, NotAllowed
from portal.organisation.models import DutyKind, User
from portal.organisation.services import people
from tests.factories import DepartmentFactory, UserFactory
from tests.html_checks import problems

pytestmark = pytest.mark.django_db


@pytest.fixture
def system_admin():
    return UserFactory(duties=[DutyKind.SYSTEM_ADMIN])


def test_moving_ends_the_duties_and_changes_the_group(system_admin) -> None:
    person = UserFactory(duties=[DutyKind.STEWARD, DutyKind.STAFF])
    old, new = person.department, DepartmentFactory()

    people.move_person(person=person, department=new, by=system_admin)

    person = User.objects.get(pk=person.pk)
    assert person.department == new
    assert person.duties == frozenset()
    assert list(person.groups.all()) == [new.group]
    entry = Entry.objects.get()
    assert entry.action == "organisation.person.move"
    assert entry.data == {
        "from_department": old.pk,
        "to_department": new.pk,
        "duties": [DutyKind.STAFF, DutyKind.STEWARD],
    }


@pytest.mark.parametrize(
    ("case", "refusal"),
    [
        ("an administrator", "administrator"),
        ("a closed account", "closed"),
        ("a closed department", "closed"),
        ("the same department", "same_department"),
        ("oneself", "own_account"),
        ("a job number taken there", "invalid"),
    ],
)
def test_a_refused_move_changes_nothing(system_admin, case, refusal) -> None:
    person, new = UserFactory(duties=[DutyKind.STEWARD]), DepartmentFactory()
    match case:
        case "an administrator":
            person = UserFactory(duties=[DutyKind.AUDIT_ADMIN])
        case "a closed account":
            User.objects.filter(pk=person.pk).update(is_active=False)
        case "a closed department":
            new = DepartmentFactory(is_active=False)
        case "the same department":
            new = person.department
        case "oneself":
            person = system_admin
        case "a job number taken there":
            UserFactory(department=new, job_number=person.job_number)
    before, duties = person.department_id, set(person.duty_set.values_list("kind", flat=True))

    with pytest.raises((DomainError, Invalid)) as refused:
        people.move_person(person=person, department=new, by=system_admin)

    assert refused.value.code == refusal
    person = User.objects.get(pk=person.pk)
    assert person.department_id == before
    assert person.duties == duties
    assert list(person.groups.all()) == [person.department.group]
    assert not Entry.objects.exists()


@pytest.mark.parametrize("kind", [DutyKind.SECURITY_ADMIN, DutyKind.DEPARTMENT_HEAD])
def test_only_the_system_administrator_moves_people(kind) -> None:
    person, by = UserFactory(duties=[DutyKind.STEWARD]), UserFactory(duties=[kind])

    with pytest.raises(NotAllowed):
        people.move_person(person=person, department=by.department, by=by)

    assert User.objects.get(pk=person.pk).duties == {DutyKind.STEWARD}
    assert not Entry.objects.exists()


def test_the_page_moves_and_tells_a_refusal(client, system_admin) -> None:
    person, new = UserFactory(), DepartmentFactory()
    client.force_login(system_admin)
    page = reverse("organisation:person_move", args=[person.pk])

    asked = client.get(page)
    refused = client.post(page, {"department": person.department_id})
    moved = client.post(page, {"department": new.pk})

    assert problems(asked.content.decode()) == []
    assert refused.status_code == 422
    assert moved.status_code == 302
    assert User.objects.get(pk=person.pk).department == new
