from typing import Any

from django.core.management.base import BaseCommand, CommandError

from catalog.services.credential_rotation import rotate_credentials


class Command(BaseCommand):
    help = (
        "Seal all stored secrets of sources and webhooks under the newest of SOURCE_CREDENTIAL_KEYS"
        " by SOURCE_CREDENTIAL_CIPHER; may run again. Afterwards older keys can go."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        done = rotate_credentials()
        self.stdout.write(f"{done.resealed} secrets sealed anew, {done.current} were so already")
        if done.unreadable:
            listed = ", ".join(done.unreadable)
            raise CommandError(
                f"No key opens the secrets of: {listed}. They were left as they are;"
                " bring their key back, or have the secrets entered again."
            )
