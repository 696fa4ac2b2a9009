from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from portal.common import messages_catalogue
from portal.common.message_extraction import AREAS

ALL = "all"


class Command(BaseCommand):
    help = "Keep the Simplified Chinese of every text whole: locale/<area>/zh_Hans."
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        areas = (*AREAS, ALL)
        parser.add_argument(
            "--update",
            nargs="?",
            const=ALL,
            choices=areas,
            metavar="AREA",
            help="write missing ids into the area's file and drop those no longer used",
        )
        parser.add_argument(
            "--check",
            nargs="?",
            const=ALL,
            choices=areas,
            metavar="AREA",
            help="fail with a list of what is untranslated, fuzzy, obsolete or differs",
        )
        parser.add_argument(
            "--compile", action="store_true", help="write the .mo files that are missing or older"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        root = Path(settings.BASE_DIR)
        if not (options["update"] or options["check"] or options["compile"]):
            raise CommandError("say what to do: --update, --check or --compile")
        if options["update"]:
            for area in AREAS if options["update"] == ALL else (options["update"],):
                missing = messages_catalogue.update(root, area)
                self.stdout.write(f"{area}: {missing} to translate")
        if options["check"]:
            only = "" if options["check"] == ALL else options["check"]
            faults = messages_catalogue.faults(root, only)
            if faults:
                raise CommandError("\n".join(faults))
            self.stdout.write("every text has its Chinese")
        if options["compile"]:
            for path in messages_catalogue.compile_catalogues(root):
                self.stdout.write(str(path.relative_to(root)))
