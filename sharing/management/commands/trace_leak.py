"""`manage.py trace_leak FILE`: from which agreement a file came, and how sure that is."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from portal.common.errors import DomainError, Invalid
from portal.organisation.models import User
from sharing.services import tracing
from sharing.services.tracing import NAMED_BELOW, Clue


class Command(BaseCommand):
    """Its words are English whatever the language of the pages, since scripts read them."""

    help = (
        "Say from which agreements' exports a file (CSV, JSON Lines, Parquet, Arrow; whole or a part)"
        " came. Exit 0 when one is named, 1 when none is. Each use is recorded in the trail."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument(
            "--by",
            required=True,
            metavar="USERNAME",
            help="who asks: a security or audit administrator",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        by = User.objects.filter(username=options["by"], is_active=True).first()
        if by is None:
            raise CommandError(f"There is no account {options['by']!r}.")
        if not options["file"].is_file():
            raise CommandError(f"There is no file {options['file']}.")
        try:
            found = tracing.trace(path=options["file"], by=by)
        except Invalid as refusal:
            told = [str(words) for listed in refusal.fields.values() for words in listed]
            raise CommandError(" ".join(told)) from refusal
        except DomainError as refusal:
            raise CommandError(str(refusal.message)) from refusal
        self.stdout.write(
            f"{found.kind}, {found.rows} rows read, {found.candidates} agreements have its columns"
        )
        for clue in found.clues:
            self.stdout.write(_told(clue))
        if not any(clue.is_named for clue in found.clues):
            raise CommandError(
                f"No agreement is named: neither a mark with an error below {NAMED_BELOW:.0%} nor a"
                " canary row is in the file."
            )


def _told(clue: Clue) -> str:
    agreement = clue.agreement
    verdict = "NAMED" if clue.is_named else "not named"
    told = f"{agreement.number} {agreement.requester}: {verdict}"
    if clue.error < 1:
        told += f"; mark {clue.met} of {clue.seen}, by accident with probability {clue.error:.2g}"
    if clue.planted < 1:
        told += f"; its canary row is in the file, by accident with probability {clue.planted:.2g}"
    if clue.asked:
        told += f"; lets out {clue.fitting} of {clue.asked} rows today"
    return told
