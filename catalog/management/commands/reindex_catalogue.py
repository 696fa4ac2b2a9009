"""`manage.py reindex_catalogue`: derive anew who sees each entry and what it is found by."""

from django.core.management.base import BaseCommand

from catalog.services.derived import derive_all


class Command(BaseCommand):
    help = (
        "Writes visibility and search index of every entry anew: after a load by COPY, or after"
        " departments have changed their names, groups or regions."
    )

    def handle(self, *args: object, **options: object) -> None:
        self.stdout.write(f"{derive_all()} entries")
