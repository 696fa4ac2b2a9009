from argparse import ArgumentParser
from time import monotonic
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from portal.common.errors import DomainError
from portal.demo.scale.province import Size, analyse, seed


class Command(BaseCommand):
    help = "Fill an empty database with a synthetic province, for measuring; all of it or nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        for name, number in (
            ("departments", 500),
            ("resources", 40_000),
            ("grants", 1_000_000),
            ("rows", 0),
        ):
            parser.add_argument(f"--{name}", type=int, default=number, metavar="N")

    def handle(self, *args: Any, **options: Any) -> None:
        size = Size(**{name: options[name] for name in Size.__slots__})
        if min(size.departments, size.resources) < 2 or min(size.grants, size.rows) < 0:
            raise CommandError("At least two departments and two resources, nothing below zero.")
        began = monotonic()
        try:
            seed(
                size, say=lambda words: self.stdout.write(f"{monotonic() - began:6.1f} s  {words}")
            )
        except DomainError as refused:
            raise CommandError(str(refused.message)) from refused
        analyse()
        self.stdout.write(f"{monotonic() - began:6.1f} s  ready")
