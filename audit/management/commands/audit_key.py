"""`manage.py audit_key`: a fresh key for `AUDIT_SIGNING_KEYS`; the other half is told to outsiders."""

from typing import Any

from django.core.management.base import BaseCommand

from audit.signing import new_key


class Command(BaseCommand):
    help = "Print a new key that signs the audit trail, for AUDIT_SIGNING_KEYS."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(new_key())
