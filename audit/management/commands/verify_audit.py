"""`manage.py verify_audit`: exit 0 when the trail is whole, else 1 and the first broken place."""

import os
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from audit import notes
from audit.ranges import Kept
from audit.verification import remember, verify


class Command(BaseCommand):
    """Its words are English whatever the language of the pages, since scripts read them."""

    help = "Check that no entry of the audit trail was changed, removed, inserted or reordered."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--anchor",
            type=Path,
            metavar="FILE",
            help="heads that were kept elsewhere, as a witness wrote them; the trail must still contain them",
        )
        parser.add_argument(
            "--workers",
            type=int,
            default=max(1, (os.cpu_count() or 2) // 2),
            help="how many ranges are read at once",
        )
        parser.add_argument(
            "--resume",
            type=Path,
            metavar="FILE",
            help="keep what is done in this file, and go on from there when it was stopped",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["workers"] < 1:
            raise CommandError("at least one worker is needed")
        self.shows_progress = options["verbosity"] > 0
        anchor = _anchor(options["anchor"]) if options["anchor"] else []
        kept = Kept(options["resume"]) if options["resume"] else None
        report = verify(
            anchor=anchor, progress=self._progress, workers=options["workers"], kept=kept
        )
        remember(report)
        if kept:
            kept.forget()
        if report.broken:
            self.stdout.write(f"broken: {report.broken.words}")
            raise SystemExit(1)
        files = f"; {report.archived} in files of archived months" if report.archived else ""
        self.stdout.write(
            f"{report.entries} entries, whole; {report.unsealed} not yet sealed{files}"
        )
        if report.head:
            self.stdout.write(
                f"head {report.head.number}:{report.head.size}:{report.head.root.hex()}"
            )

    def _progress(self, done: int, total: int) -> None:
        if self.shows_progress and done < total:
            self.stderr.write(f"{done} of {total} checked")


def _anchor(path: Path) -> list[notes.HeadFacts]:
    try:
        text = path.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"the anchor cannot be read: {error}") from error
    try:
        heads = notes.read_all(text)
    except notes.Unreadable as error:
        raise CommandError(f"{path} holds no anchor: {error}") from error
    if not heads:
        raise CommandError(f"{path} holds no anchor: it is empty")
    return heads
