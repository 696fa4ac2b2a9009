"""Who stands in during an absence: their duties for that time, and nothing else."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from audit.models import Entry
from portal.common.errors import Invalid, NotAllowed, NotFound, WrongState
from portal.organisation.models import DutyKind, Substitution, User
from portal.organisation.permissions import may_hold
from portal.organisation.selectors import holders, stands_in_for, substitutions_of
from portal.organisation.services import people, substitutions
from portal.workdays.clocks import today
from tests.factories import DepartmentFactory, UserFactory
from tests.sharing.conftest import freeze  # noqa: F401 - a fixture

pytestmark = pytest.mark.django_db


@pytest.fixture
def office():
    return DepartmentFactory()


@pytest.fixture
def head(office):
    return UserFactory(department=office, duties=[DutyKind.WORK_BODY_HEAD], name="周处长")


@pytest.fixture
def deputy(office):
    return UserFactory(department=office, duties=[DutyKind.STAFF], name="吴副处长")


@pytest.fixture
def admin():
    return UserFactory(duties=[DutyKind.SYSTEM_ADMIN])


def fresh(user):
    """As the next request reads the person."""
    return User.objects.get(pk=user.pk)


def named(head, deputy, *, first=0, last=3, by=None, reason="出差"):
    return substitutions.name_substitute(
        absent=head,
        substitute=deputy,
        first=today() + timedelta(days=first),
        last=today() + timedelta(days=last),
        reason=reason,
        by=by or head,
    )


def test_a_substitute_holds_the_duties_beside_their_own_from_the_first_to_the_last_day(
    head,
    deputy,
    freeze,  # noqa: F811
):
    made = named(head, deputy, first=1, last=2)
    start = today()
    assert fresh(deputy).duties == {DutyKind.STAFF}
    for days, duties in (
        (1, {DutyKind.STAFF, DutyKind.WORK_BODY_HEAD}),
        (2, {DutyKind.STAFF, DutyKind.WORK_BODY_HEAD}),
        (3, {DutyKind.STAFF}),
    ):
        freeze(start + timedelta(days=days))
        assert fresh(deputy).duties == duties
        assert fresh(head).duties == {DutyKind.WORK_BODY_HEAD}
    assert made.named_by == head


def test_the_database_itself_keeps_two_terms_of_one_person_apart(head, deputy, office):
    made = named(head, deputy, first=1, last=3)
    other = UserFactory(department=office, duties=[DutyKind.STAFF])

    def put(first, last, absent=head):
        with transaction.atomic():
            return Substitution.objects.create(
                absent=absent,
                substitute=other,
                first=today() + timedelta(days=first),
                last=today() + timedelta(days=last),
                reason="出差",
                named_by=head,
            )

    # then: whatever passes the service by, one shared day is refused
    for first, last in ((0, 1), (3, 5), (2, 2), (0, 9)):
        with pytest.raises(IntegrityError, match="one_substitute_of_a_person_at_a_time"):
            put(first, last)
    assert list(Substitution.objects.all()) == [made]

    # then: the day before and the day after are free, other people too, and all once it has ended
    put(0, 0)
    put(4, 5)
    put(1, 3, absent=deputy)
    substitutions.end_substitution(substitution=made.pk, absent=head, by=head)
    put(1, 3)
    assert Substitution.objects.count() == 5


def test_it_is_told_in_the_trail_and_on_the_persons_page(head, deputy):
    named(head, deputy)
    entry = Entry.objects.get(action="organisation.substitute.name")
    assert entry.actor_id == str(head.pk)
    assert [line.words for line in substitutions_of(head)] != []
    assert [one.absent for one in stands_in_for(deputy)] == [head]


def test_who_holds_a_duty_is_told_with_who_stands_in(office, head, deputy):
    assert set(holders(office, DutyKind.WORK_BODY_HEAD)) == {head}
    named(head, deputy)
    assert set(holders(office, DutyKind.WORK_BODY_HEAD)) == {head, deputy}


def test_the_system_administrator_names_one_for_who_cannot(head, deputy, admin):
    named(head, deputy, by=admin)
    assert DutyKind.WORK_BODY_HEAD in fresh(deputy).duties


def test_nobody_else_names_one(head, deputy):
    with pytest.raises(NotAllowed):
        named(head, deputy, by=deputy)
    assert not Substitution.objects.exists()


@pytest.mark.parametrize(
    ("first", "last", "field"), [(-1, 3, "first"), (3, 1, "last"), (0, 400, "last")]
)
def test_days_that_cannot_be_are_refused(head, deputy, first, last, field):
    with pytest.raises(Invalid) as refused:
        named(head, deputy, first=first, last=last)
    assert set(refused.value.fields) == {field}
    assert not Substitution.objects.exists()


def test_nobody_is_stood_in_for_twice_at_a_time(office, head, deputy):
    named(head, deputy, first=0, last=3)
    other = UserFactory(department=office)
    with pytest.raises(Invalid):
        named(head, other, first=3, last=5)
    named(head, other, first=4, last=5)
    assert Substitution.objects.count() == 2


def test_somebody_of_another_department_or_an_administrator_cannot_stand_in(office, head):
    for other in (
        UserFactory(),
        UserFactory(department=office, is_active=False),
        UserFactory(department=office, duties=[DutyKind.AUDIT_ADMIN]),
        head,
    ):
        with pytest.raises(Invalid) as refused:
            named(head, other)
        assert "substitute" in refused.value.fields
    assert not Substitution.objects.exists()


def test_nobody_stands_in_for_an_administrator_or_for_who_holds_no_duty(office, deputy, admin):
    for absent in (admin, UserFactory(department=office)):
        with pytest.raises(NotAllowed):
            named(absent, UserFactory(department=absent.department))
    assert not Substitution.objects.exists()


def test_who_stands_in_does_not_become_an_administrator_meanwhile(head, deputy):
    people_before = may_hold(UserFactory(), DutyKind.AUDIT_ADMIN)
    named(head, deputy)
    assert people_before
    assert not may_hold(deputy, DutyKind.AUDIT_ADMIN)


def test_it_ends_at_once_when_it_is_ended_and_only_once(head, deputy):
    made = named(head, deputy)
    substitutions.end_substitution(substitution=made.pk, absent=head, by=head)
    assert fresh(deputy).duties == {DutyKind.STAFF}
    with pytest.raises(WrongState):
        substitutions.end_substitution(substitution=made.pk, absent=head, by=head)
    with pytest.raises(NotFound):
        substitutions.end_substitution(substitution=made.pk, absent=deputy, by=deputy)


@pytest.mark.parametrize("who", ["absent", "substitute"])
def test_it_ends_when_either_leaves_the_department(head, deputy, admin, who):
    made = named(head, deputy)
    leaver = head if who == "absent" else deputy
    people.move_person(person=leaver, department=DepartmentFactory(), by=admin)
    made.refresh_from_db()
    assert made.ended_at is not None
    assert DutyKind.WORK_BODY_HEAD not in fresh(deputy).duties


def test_the_page_names_and_ends_one(head, deputy, signed_in):
    client = signed_in(head)
    path = f"/organisation/people/{head.pk}/substitutes/"
    sent = {"substitute": deputy.pk, "first": today(), "last": today(), "reason": ""}
    assert client.post(path, sent).status_code == 422
    assert client.post(path, {**sent, "reason": "培训"}).status_code == 302
    made = Substitution.objects.get()
    assert deputy.name in client.get(path).content.decode()
    assert client.post(f"{path}{made.pk}/end/").status_code == 302
    made.refresh_from_db()
    assert made.ended_at is not None
    assert signed_in(deputy).post(path, sent).status_code == 403


def test_the_api_names_lists_and_ends_one(head, deputy, signed_in):
    client = signed_in(head)
    path = f"/api/v1/people/{head.pk}/substitutes/"
    sent = {"substitute": deputy.pk, "first": today(), "last": today(), "reason": "培训"}
    stranger = {**sent, "substitute": UserFactory().pk}
    assert client.post(path, stranger, content_type="application/json").status_code == 422
    made = client.post(path, sent, content_type="application/json")
    assert made.status_code == 201
    assert [one["substitute_name"] for one in client.get(path).json()] == [deputy.name]
    ended = client.post(f"{path}{made.json()['id']}/end/", {}, content_type="application/json")
    assert ended.json()["ended_at"] is not None
