import tempfile
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from portal.common import vendor


class Command(BaseCommand):
    help = "Fetch the files of static/vendor/VERSIONS.toml anew, or check those that are committed."
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--check",
            action="store_true",
            help="only compare the committed files with their pinned sums; needs no network",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        root = Path(settings.BASE_DIR)
        packages = vendor.read_pins(root / "static" / "vendor" / "VERSIONS.toml")
        if not options["check"]:
            try:
                for package in packages:
                    self._renew(package, root)
            except vendor.VendorError as error:
                raise CommandError(str(error)) from error
        wrong = vendor.differences(packages, root)
        if wrong:
            raise CommandError("\n".join(wrong))
        total = sum(len(package.files) for package in packages)
        self.stdout.write(f"{total} vendored files are as pinned")

    def _renew(self, package: vendor.Package, root: Path) -> None:
        with tempfile.TemporaryDirectory() as folder:
            tarball = Path(folder) / "package.tgz"
            tarball.write_bytes(vendor.fetch(package))
            built = vendor.build(package, tarball)
        for path, content in built.items():
            target = root / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
            self.stdout.write(f"{path} sha256 {vendor.sha256(content)}")
