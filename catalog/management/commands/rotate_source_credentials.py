from typing import Any

from django.core.management.base import BaseCommand, CommandError

from catalog.services.credential_rotation import rotate_credentials
from catalog.services.quarantine_rotation import rotate_quarantine


class Command(BaseCommand):
    help = (
        "Seal all stored secrets and rows in quarantine under the newest of SOURCE_CREDENTIAL_KEYS"
        " by SOURCE_CREDENTIAL_CIPHER; may run again. Afterwards older keys can go."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        done = rotate_credentials()
        self.stdout.write(f"{done.resealed} secrets sealed anew, {done.current} were so already")
        rows = rotate_quarantine()
        self.stdout.write(
            f"{rows.resealed} rows in quarantine sealed anew, {rows.current} were so already"
        )
        lost = []
        if done.unreadable:
            listed = ", ".join(done.unreadable)
            lost.append(
                f"No key opens the secrets of: {listed}. They were left as they are;"
                " bring their key back, or have the secrets entered again."
            )
        if rows.unreadable:
            listed = ", ".join(rows.unreadable)
            lost.append(
                f"No key opens rows in quarantine of: {listed}. They were left as they are;"
                " bring their key back, or let these jobs read everything anew."
            )
        if lost:
            raise CommandError("\n".join(lost))
