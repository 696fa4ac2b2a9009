"""`python -m tests.soak`: web, worker, broker and database of a portal at work killed at random points.

`SOAK_SECONDS` says for how long, `SOAK_SEED` which way the dice fall (as far as they decide). Exits
with 1, and says what was not as it must be, when rows were lost, doubled, half applied or mixed.
"""

import os
import random
import shutil
import sys
import tempfile
from pathlib import Path

from tests import migrated

from .house import House, root_of

SECONDS = float(os.environ.get("SOAK_SECONDS", "40"))


def main() -> int:
    seed = int(os.environ.get("SOAK_SEED") or random.SystemRandom().randrange(2**31))
    place = root_of(Path(tempfile.mkdtemp(prefix="portal-soak-")))
    migrated.copy_to(place.root)
    house = House(place)
    try:
        with house.servers():
            os.environ |= house.urls | {
                "PORTAL_DATA_DIR": str(place.root),
                "DJANGO_SETTINGS_MODULE": "portal.settings.test",
                "DELIVERY_LEASE_SECONDS": "4",
                "LOG_LEVEL": os.environ.get("LOG_LEVEL", "WARNING"),
            }
            import django

            django.setup()
            from .soak import soak

            found = soak(house, seconds=SECONDS, seed=seed)
            if found:
                for of in ("web", "worker"):
                    sys.stdout.write(f"--- the end of {of}.log\n{house.last_words(of)}\n")
    finally:
        shutil.rmtree(place.root, ignore_errors=True)
    for fault in found:
        sys.stdout.write(f"FAULT {fault}\n")
    sys.stdout.write(f"seed {seed}: {len(found)} faults\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
