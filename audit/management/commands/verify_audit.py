"""`manage.py verify_audit`: exit 0 when the trail is whole, else 1 and the first broken place."""

import re
from argparse import ArgumentTypeError
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from audit.verification import Anchor, verify


class Command(BaseCommand):
    """Its words are English whatever the language of the pages, since scripts read them."""

    help = "Check that no entry of the audit trail was changed, removed, inserted or reordered."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--anchor",
            type=_anchor,
            metavar="SEQ:HASH",
            help="a head that an earlier run printed; the trail must still contain it",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        self.shows_progress = options["verbosity"] > 0
        report = verify(anchor=options["anchor"], progress=self._progress)
        if report.broken:
            self.stdout.write(f"broken: {report.broken.words}")
            raise SystemExit(1)
        self.stdout.write(f"{report.entries} entries, whole")
        self.stdout.write(f"head {report.head.seq}:{report.head.hash.hex()}")

    def _progress(self, done: int, total: int) -> None:
        if self.shows_progress and done < total:
            self.stderr.write(f"{done} of {total} checked")


def _anchor(words: str) -> Anchor:
    found = re.fullmatch(r"(\d+):([0-9a-f]{64})", words)
    if not found:
        raise ArgumentTypeError("an anchor is SEQ:HASH, as verify_audit prints it after 'head'")
    return Anchor(int(found[1]), bytes.fromhex(found[2]))
