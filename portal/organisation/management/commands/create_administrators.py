"""`manage.py create_administrators`: the first three accounts of an empty installation."""

import secrets
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from portal.common.errors import DomainError
from portal.organisation.models import DutyKind, Region, RegionLevel, User
from portal.organisation.services import departments, people

FIRST = (
    ("sysadmin", DutyKind.SYSTEM_ADMIN),
    ("secadmin", DutyKind.SECURITY_ADMIN),
    ("auditadmin", DutyKind.AUDIT_ADMIN),
)


class Command(BaseCommand):
    help = "Opens the accounts of the three administrators, once, with passwords to be changed."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--department", required=True, help="name of the competent department")
        parser.add_argument("--short-name", required=True)
        parser.add_argument("--uscc", required=True, help="its unified social credit code")
        parser.add_argument("--region-code", required=True, help="GB/T 2260 code, six digits")
        parser.add_argument("--region-name", required=True)

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        if User.objects.exists():
            raise CommandError("There are accounts already: the administrators open further ones.")
        nation, _made = Region.objects.get_or_create(
            code="000000", defaults={"name": "中华人民共和国", "level": RegionLevel.NATION}
        )
        region, _made = Region.objects.get_or_create(
            code=options["region_code"],
            defaults={
                "name": options["region_name"],
                "level": RegionLevel.PROVINCE,
                "parent": nation,
            },
        )
        try:
            department = departments.create_department(
                name=options["department"],
                short_name=options["short_name"],
                uscc=options["uscc"],
                region=region,
                is_competent=True,
                by=None,
            )
            for username, duty in FIRST:
                password = secrets.token_urlsafe(15)
                person = people.open_account(
                    username=username,
                    name=str(duty.label),
                    department=department,
                    password=password,
                    by=None,
                )
                people.appoint(person=person, kind=duty, by=None)
                self.stdout.write(f"{username}  {password}")
        except DomainError as refusal:
            fields = "; ".join(f"{name}: {words}" for name, words in refusal.fields.items())
            raise CommandError(f"{refusal.message} {fields}".strip()) from refusal
