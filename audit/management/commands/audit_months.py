"""`manage.py audit_months`: the months of the trail; copy one to the archive, take it out, bring it back."""

from collections.abc import Callable
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import OperationalError

from audit import months
from audit.archive import keeping
from audit.archive.making import CannotArchive
from audit.models import Month

ACTS: dict[str, Callable[[str], object]] = {
    "archive": keeping.archive,
    "drop": keeping.drop,
    "restore": keeping.restore,
}


class Command(BaseCommand):
    """Its words are English whatever the language of the pages, since scripts read them."""

    help = "Months of the audit trail: list them, make those ahead, archive, drop or restore one."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("act", nargs="?", choices=["list", "make", *ACTS], default="list")
        parser.add_argument("month", nargs="?", help="as the list names it, such as 2026-11")

    def handle(self, *args: Any, **options: Any) -> None:
        act, name = options["act"], options["month"]
        if act == "list":
            for month in Month.objects.order_by("ends"):
                self.stdout.write(_line(month))
        elif act == "make":
            for made in months.ensure():
                self.stdout.write(f"{made}: made")
        elif not name:
            raise CommandError(f"{act} which month? See the list.")
        else:
            try:
                ACTS[act](name)
            except (CannotArchive, OperationalError) as error:
                raise CommandError(str(error).strip()) from error
            self.stdout.write(_line(Month.objects.get(pk=name)))


def _line(month: Month) -> str:
    counted = "" if month.entries is None else f", {month.entries} entries"
    file = f", file {month.file}" if month.file else ""
    return f"{month.name}: {month.state.value}{counted}{file}"
