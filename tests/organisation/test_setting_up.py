"""An empty installation: the first three accounts, departments, and what production must not have."""

import pytest
from django.core.checks import run_checks
from django.core.management import CommandError, call_command

from audit.models import Entry
from portal.common.errors import Invalid, NotAllowed
from portal.organisation.models import Department, DutyKind, Region, User
from portal.organisation.services import departments
from tests.factories import DepartmentFactory, RegionFactory, UserFactory, uscc

pytestmark = pytest.mark.django_db

FIRST = {
    "department": "示范省数据局",
    "short_name": "省数据局",
    "uscc": "11350000003590122P",
    "region_code": "990000",
    "region_name": "示范省",
}


def make_first(**changes: str) -> None:
    call_command("create_administrators", **(FIRST | changes))


def test_an_empty_installation_gets_three_administrators_of_one_duty_each(capsys) -> None:
    make_first()

    people = User.objects.order_by("pk")
    assert [sorted(person.duties) for person in people] == [
        [DutyKind.SYSTEM_ADMIN],
        [DutyKind.SECURITY_ADMIN],
        [DutyKind.AUDIT_ADMIN],
    ]
    printed = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert [username for username, _password in printed] == [one.username for one in people]
    for person, (_username, password) in zip(people, printed, strict=True):
        assert person.check_password(password)
        assert password not in str(list(Entry.objects.values()))
    assert Department.objects.get().is_competent
    assert Entry.objects.filter(actor_kind="portal").count() == 7


def test_where_there_is_an_account_there_are_no_first_ones() -> None:
    UserFactory()

    with pytest.raises(CommandError, match="accounts already"):
        make_first()

    assert User.objects.count() == 1
    assert not Entry.objects.exists()


def test_a_wrong_credit_code_sets_nothing_up() -> None:
    with pytest.raises(CommandError, match="uscc"):
        make_first(uscc="11350000003590122Q")

    assert not User.objects.exists()
    assert not Region.objects.exists()
    assert not Entry.objects.exists()


def about_department(**changes: object) -> dict[str, object]:
    return {
        "name": "示范省民政厅",
        "short_name": "省民政厅",
        "uscc": uscc(987654),
        "region": RegionFactory(),
    } | changes


def test_a_new_department_has_its_own_empty_group() -> None:
    admin = UserFactory(duties=[DutyKind.SYSTEM_ADMIN])

    made = departments.create_department(by=admin, **about_department())

    assert made.group.department == made
    assert not made.group.user_set.exists()
    entry = Entry.objects.get()
    assert (entry.action, entry.target_id) == ("organisation.department.create", str(made.pk))


@pytest.mark.parametrize("kind", [DutyKind.SECURITY_ADMIN, DutyKind.DEPARTMENT_HEAD])
def test_only_the_system_administrator_creates_departments(kind) -> None:
    by = UserFactory(duties=[kind])

    with pytest.raises(NotAllowed):
        departments.create_department(by=by, **about_department())

    assert Department.objects.count() == 1
    assert not Entry.objects.exists()


@pytest.mark.parametrize("wrong", ["uscc", "name", "competent"])
def test_a_wrong_department_is_refused_and_leaves_no_group(wrong) -> None:
    admin = UserFactory(duties=[DutyKind.SYSTEM_ADMIN])
    region = RegionFactory()
    there = DepartmentFactory(region=region, is_competent=True)
    groups = Department.group.get_queryset().count()
    about = {
        "uscc": about_department(uscc=there.uscc),
        "name": about_department(name=there.name),
        "competent": about_department(is_competent=True),
    }[wrong]

    with pytest.raises(Invalid):
        departments.create_department(by=admin, **about)

    assert Department.group.get_queryset().count() == groups
    assert not Entry.objects.exists()


@pytest.mark.parametrize(("allowed", "found"), [(True, []), (False, ["organisation.E001"])])
def test_demonstration_accounts_stop_production(settings, allowed, found) -> None:
    UserFactory(is_demo=True)
    settings.DEMO_ACCOUNTS_ALLOWED = allowed

    messages = run_checks(databases=["default"])

    assert [one.id for one in messages if one.id == "organisation.E001"] == found


def test_production_without_demonstration_accounts_is_fine(settings) -> None:
    UserFactory()
    settings.DEMO_ACCOUNTS_ALLOWED = False

    assert "organisation.E001" not in [one.id for one in run_checks(databases=["default"])]
