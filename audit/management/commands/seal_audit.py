"""`manage.py seal_audit`: seal what waits, once or again and again, beside or instead of the worker."""

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import OperationalError, connection

from audit import witnesses
from audit.sealing import CannotSeal, seal


class Command(BaseCommand):
    help = "Seal the entries of the audit trail that came since the last head."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--every",
            type=float,
            metavar="SECONDS",
            help="go on until it is stopped, with this pause between",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        pause: float | None = options["every"]
        if pause is None:
            self._once()
            return
        if pause < 0.1:
            raise CommandError("the pause is at least a tenth of a second")
        while True:
            try:
                self._once()
            except OperationalError as error:
                self.stderr.write(f"the database does not answer: {error}")
                connection.close()
            time.sleep(pause)

    def _once(self) -> None:
        try:
            sealed = seal()
        except CannotSeal as error:
            raise CommandError(f"cannot seal: {error}. Run verify_audit.") from error
        witnesses.push()
        if sealed is None:
            self.stdout.write("another sealer is at work")
        elif sealed.entries and sealed.head:
            self.stdout.write(
                f"{sealed.entries} entries sealed, head {sealed.head.number}:{sealed.head.size}"
            )
