import pytest

from portal.demo import accounts, people
from portal.organisation.models import Department, Duty, DutyKind, InformationSystem, User

pytestmark = pytest.mark.django_db


@pytest.fixture
def province(settings, tmp_path):
    settings.PORTAL_DATA_DIR = tmp_path
    people.load()
    return people.cast()


def test_the_province_has_departments_people_for_every_duty_and_systems(province) -> None:
    assert Department.objects.count() == len(people.described()["departments"]) == 18
    assert set(Duty.objects.values_list("kind", flat=True)) == set(DutyKind)
    assert InformationSystem.objects.count() == 9
    assert Department.objects.filter(is_competent=True).count() == 3


def test_every_demonstration_account_is_marked_and_has_the_printed_password(province) -> None:
    assert not User.objects.filter(is_demo=False).exists()
    chen = User.objects.get(username="chen")
    assert chen.check_password(people.password())
    assert people.password() in accounts.lines()[-1]


def test_the_password_is_kept_for_its_owner_alone(province, tmp_path) -> None:
    place = tmp_path / "demo-password"
    assert place.stat().st_mode & 0o077 == 0
    assert people.password() == place.read_text()
