import pytest

from audit.models import Entry
from portal.common.errors import DomainError, Invalid, NotAllowed
from portal.organisation.models import Duty, DutyKind, User
from portal.organisation.models.person import ADMINISTRATORS
from portal.organisation.services import people
from tests.factories import DepartmentFactory, UserFactory

pytestmark = pytest.mark.django_db

IN_A_DEPARTMENT = [
    DutyKind.STAFF,
    DutyKind.STEWARD,
    DutyKind.WORK_BODY_HEAD,
    DutyKind.DEPARTMENT_HEAD,
]


@pytest.fixture
def system_admin():
    return UserFactory(duties=[DutyKind.SYSTEM_ADMIN])


@pytest.fixture
def security_admin():
    return UserFactory(duties=[DutyKind.SECURITY_ADMIN])


def duties_of(person) -> set[str]:
    return set(Duty.objects.filter(user=person).values_list("kind", flat=True))


@pytest.mark.parametrize("kind", IN_A_DEPARTMENT)
def test_the_system_administrator_appoints_to_duties_in_a_department(system_admin, kind) -> None:
    person = UserFactory()

    people.appoint(person=person, kind=kind, by=system_admin)

    assert duties_of(person) == {kind}
    entry = Entry.objects.get(action="organisation.duty.appoint")
    assert entry.data == {"duty": kind}
    assert entry.actor_id == str(system_admin.pk)


@pytest.mark.parametrize("kind", sorted(ADMINISTRATORS))
def test_the_security_administrator_appoints_the_administrators(security_admin, kind) -> None:
    person = UserFactory()

    people.appoint(person=person, kind=DutyKind(kind), by=security_admin)

    assert duties_of(person) == {kind}


@pytest.mark.parametrize("first", sorted(ADMINISTRATORS))
@pytest.mark.parametrize("second", sorted(ADMINISTRATORS))
def test_the_three_administrators_are_three_people(security_admin, first, second) -> None:
    if first == second:
        return
    person = UserFactory(duties=[first])

    with pytest.raises(DomainError) as refused:
        people.appoint(person=person, kind=DutyKind(second), by=security_admin)

    assert refused.value.code == "duties_exclude_each_other"
    assert duties_of(person) == {first}
    assert not Entry.objects.exists()


def test_an_administrator_holds_no_other_duty(system_admin) -> None:
    person = UserFactory(duties=[DutyKind.AUDIT_ADMIN])

    with pytest.raises(DomainError) as refused:
        people.appoint(person=person, kind=DutyKind.STEWARD, by=system_admin)

    assert refused.value.code == "duties_exclude_each_other"
    assert duties_of(person) == {DutyKind.AUDIT_ADMIN}


@pytest.mark.parametrize(
    ("appointer", "kind"),
    [
        (DutyKind.SYSTEM_ADMIN, DutyKind.SECURITY_ADMIN),
        (DutyKind.SYSTEM_ADMIN, DutyKind.COMPETENT_OFFICER),
        (DutyKind.SECURITY_ADMIN, DutyKind.STEWARD),
        (DutyKind.AUDIT_ADMIN, DutyKind.STEWARD),
        (DutyKind.DEPARTMENT_HEAD, DutyKind.STEWARD),
    ],
)
def test_nobody_appoints_to_what_is_another_administrators(appointer, kind) -> None:
    by, person = UserFactory(duties=[appointer]), UserFactory()

    with pytest.raises(NotAllowed):
        people.appoint(person=person, kind=kind, by=by)

    assert duties_of(person) == set()
    assert not Entry.objects.exists()


def test_nobody_appoints_or_dismisses_themselves(system_admin) -> None:
    with pytest.raises(NotAllowed):
        people.appoint(person=system_admin, kind=DutyKind.STAFF, by=system_admin)
    with pytest.raises(NotAllowed):
        people.dismiss(person=system_admin, kind=DutyKind.SYSTEM_ADMIN, by=system_admin)

    assert duties_of(system_admin) == {DutyKind.SYSTEM_ADMIN}


def test_a_department_has_one_work_body_head(system_admin) -> None:
    head = UserFactory(duties=[DutyKind.WORK_BODY_HEAD])
    second = UserFactory(department=head.department)

    with pytest.raises(DomainError) as refused:
        people.appoint(person=second, kind=DutyKind.WORK_BODY_HEAD, by=system_admin)

    assert refused.value.code == "duty_taken"
    assert duties_of(second) == set()


def test_an_officer_belongs_to_a_competent_department(security_admin) -> None:
    person = UserFactory()

    with pytest.raises(DomainError):
        people.appoint(person=person, kind=DutyKind.COMPETENT_OFFICER, by=security_admin)

    assert duties_of(person) == set()


def test_opening_an_account_puts_the_person_into_the_departments_group(system_admin) -> None:
    department = DepartmentFactory()

    person = people.open_account(
        username="li.na",
        name="李娜",
        department=department,
        password="a long enough one 7",
        by=system_admin,
    )

    assert list(person.groups.all()) == [department.group]
    assert person.check_password("a long enough one 7")
    assert "a long enough one 7" not in str(Entry.objects.get().data)


@pytest.mark.parametrize(
    ("field", "given"),
    [("password", {"password": "short"}), ("username", {"username": "two words"})],
)
def test_a_wrong_account_is_refused_and_opens_nothing(system_admin, field, given) -> None:
    about = {"username": "li.na", "name": "李娜", "password": "a long enough one 7"} | given

    with pytest.raises(Invalid) as refused:
        people.open_account(department=system_admin.department, by=system_admin, **about)

    assert field in refused.value.fields
    assert User.objects.count() == 1
    assert not Entry.objects.exists()


def test_closing_an_account_ends_its_duties_and_its_membership(system_admin) -> None:
    person = UserFactory(duties=[DutyKind.STEWARD])

    people.deactivate_account(person=person, by=system_admin)

    person = User.objects.get(pk=person.pk)
    assert not person.is_active
    assert duties_of(person) == set()
    assert not person.groups.exists()


def test_an_administrators_account_is_closed_only_after_dismissal(system_admin) -> None:
    person = UserFactory(duties=[DutyKind.AUDIT_ADMIN])

    with pytest.raises(DomainError) as refused:
        people.deactivate_account(person=person, by=system_admin)

    assert refused.value.code == "administrator"
    assert User.objects.get(pk=person.pk).is_active
