"""Regions, departments and people of the demonstration province, from `data/organisation.toml`."""

import secrets
import tomllib
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import transaction

from portal.common.check_digits import uscc_check_character
from portal.demo.rows import DATA
from portal.organisation.models import (
    Department,
    DutyKind,
    InformationSystem,
    Region,
    RegionLevel,
    User,
)
from portal.organisation.services import contact, departments, people, systems

NATION = "000000"
MAIL_DOMAIN = "province.example"


@dataclass(frozen=True, slots=True)
class Cast:
    """Departments by their key in the file, and who holds which duty in them."""

    departments: dict[str, Department]

    def holder(self, department: str, kind: str) -> User:
        """The first person of the department with the duty."""
        return (
            User.objects.select_related("department__region")
            .filter(department=self.departments[department], duty_set__kind=kind)
            .order_by("pk")[0]
        )

    def officer_for(self, department: str) -> User:
        """An officer of the competent department of the department's own level."""
        region = self.departments[department].region_id
        return (
            User.objects.select_related("department__region")
            .filter(
                department__region=region,
                department__is_competent=True,
                duty_set__kind=DutyKind.COMPETENT_OFFICER,
            )
            .order_by("pk")[0]
        )


def described() -> dict[str, Any]:
    with (DATA / "organisation.toml").open("rb") as file:
        return tomllib.load(file)


def is_loaded() -> bool:
    return User.objects.filter(is_demo=True).exists()


def cast() -> Cast:
    """The cast of a province that is loaded."""
    named = {about[0]: key for key, about in described()["departments"].items()}
    found = Department.objects.filter(name__in=named).select_related("region", "group")
    return Cast({named[department.name]: department for department in found})


@transaction.atomic
def load() -> None:
    about = described()
    nation, _made = Region.objects.get_or_create(
        code=NATION, defaults={"name": "中华人民共和国", "level": RegionLevel.NATION}
    )
    regions = {NATION: nation}
    for row in about["region"]:
        regions[row["code"]] = Region.objects.create(
            code=row["code"],
            name=row["name"],
            level=row["level"],
            parent=regions[row.get("parent", NATION)],
        )
    made = {
        key: _department(number, key, row, regions, about)
        for number, (key, row) in enumerate(about["departments"].items(), start=1)
    }
    for number, (username, row) in enumerate(about["people"].items(), start=1):
        _person(number, username, row, made)
    _write_addresses()
    # One hash for all: fifty rounds of key stretching would take longer than all the rest.
    User.objects.filter(is_demo=True).update(password=make_password(password()))
    for key, rows in about["systems"].items():
        head = Cast(made).holder(key, DutyKind.WORK_BODY_HEAD)
        for name, level in rows:
            systems.register_system(name=name, department=made[key], mlps_level=level, by=head)


def system_of(department: Department) -> InformationSystem:
    return InformationSystem.objects.filter(department=department).order_by("pk")[0]


def password() -> str:
    """The one password of all demonstration accounts, made when first asked for."""
    place = settings.PORTAL_DATA_DIR / "demo-password"
    if not place.exists():
        place.parent.mkdir(parents=True, exist_ok=True)
        place.touch(mode=0o600)
        place.write_text("demo-" + secrets.token_urlsafe(9))
    return place.read_text().strip()


def _department(
    number: int, key: str, row: list[str], regions: dict[str, Region], about: dict[str, Any]
) -> Department:
    name, short_name, region, prefix, work_body = row
    body = f"{prefix}{region}{number:09d}"
    return departments.create_department(
        name=name,
        short_name=short_name,
        uscc=body + uscc_check_character(body),
        region=regions[region],
        work_body=work_body,
        phone=f"内线 8{number:03d}",
        is_competent=about["competent"].get(region) == key,
        by=None,
    )


def _write_addresses() -> None:
    """Addresses under a name that no mail server has: what is sent to them reaches nobody."""
    admin = User.objects.get(username="admin_system")
    for person in User.objects.filter(is_demo=True):
        contact.change_email(person=person, email=f"{person.username}@{MAIL_DOMAIN}", by=admin)


def _person(number: int, username: str, row: list[Any], made: dict[str, Department]) -> None:
    name, department, duties = row
    person = people.open_account(
        username=username,
        name=name,
        department=made[department],
        password="",
        job_number=f"{number:06d}",
        is_demo=True,
        by=None,
    )
    people.appoint_all(person=person, kinds=duties)
