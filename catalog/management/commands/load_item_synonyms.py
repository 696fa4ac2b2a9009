from typing import Any

from django.core.management.base import BaseCommand

from catalog.services.item_synonyms import load_shipped


class Command(BaseCommand):
    help = "Bring in the shipped synonyms of item names; may run again."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{load_shipped()} names added")
