"""`manage.py audit_web_role ROLE`: the role of web and workers, which may only insert into the trail."""

import os
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from audit.roles import UnfitRole, give


class Command(BaseCommand):
    help = (
        "Give a role of the database everything but the audit trail, into which it may only insert."
        " Run it as the owner, after each migration. A role that is not there is made with the password"
        " in WEB_DATABASE_PASSWORD."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("role")

    def handle(self, *args: Any, **options: Any) -> None:
        role = options["role"]
        try:
            given = give(role, password=os.environ.get("WEB_DATABASE_PASSWORD", ""))
        except UnfitRole as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"{role} may only insert into the trail; {given.objects} objects are its own now"
        )
        if given.lent:
            self.stdout.write(f"it may work as {', '.join(given.lent)}")
