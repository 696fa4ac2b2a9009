from django.core.management.base import BaseCommand

from catalog.services.standard_files import load_standards


class Command(BaseCommand):
    help = (
        "Takes over the code lists, data elements and classifications that come with the portal."
        " May be run at any time: what is there already stays."
    )

    def handle(self, *args: object, **options: object) -> None:
        loaded = load_standards()
        self.stdout.write(
            f"{loaded.versions} versions of code lists, {loaded.elements} data elements,"
            f" {loaded.nodes} classifications taken over."
        )
