"""`python -m benchmarks.soak`: 5,000 entries a second for ten minutes, sealed, witnessed, then verified.

`SOAK_RATE` and `SOAK_SECONDS` say otherwise. Exits with 1 when an entry is missing, or the trail is
not whole.
"""

import os
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import psycopg

RATE = int(os.environ.get("SOAK_RATE", "5000"))
SECONDS = int(os.environ.get("SOAK_SECONDS", "600"))
WRITERS = 4
AT_ONCE = 25
# One act with so many entries; synthetic.
ACT = f"""
INSERT INTO audit_entry (actor_kind, actor_id, actor_name, department_id, department_name, action,
    target_type, target_id, target_label, department_ids, result, data, request_id, ip)
SELECT 'system', '7', 'synthetic', 3, 'synthetic', 'sharing.pull.finish', 'sharing.agreement', '17',
    'GXXY-2026-0412', '{{3,4}}', 'ok', jsonb_build_object('rows', n), 'soak', '10.0.0.1'
FROM generate_series(1, {AT_ONCE}) AS n
"""


@dataclass(frozen=True, slots=True)
class Soaked:
    """`slowest` is the longest that a seal took, `most` the most entries that one found.

    `late` is by how many seconds the writers ended after their time.
    """

    written: int
    sealed: int
    seals: int
    slowest: float
    most: int
    late: float
    broken: str


def soak(database_url: str, *, rate: int, seconds: int) -> Soaked:
    """Write at this rate for so long, seal all the while, then seal what is left and verify it all."""
    from audit import witnesses
    from audit.sealing import seal
    from audit.verification import verify

    acts = rate * seconds // (AT_ONCE * WRITERS)
    began, ended = time.monotonic(), threading.Event()

    def write(_number: int) -> None:
        with psycopg.connect(database_url, autocommit=True) as own:
            for number in range(acts):
                time.sleep(max(0.0, began + number * seconds / acts - time.monotonic()))
                own.execute(ACT, prepare=True)

    def write_all() -> float:
        try:
            with ThreadPoolExecutor(WRITERS) as pool:
                list(pool.map(write, range(WRITERS)))
            return time.monotonic() - began - seconds
        finally:
            ended.set()

    sealed, seals, slowest, most = 0, 0, 0.0, 0
    with ThreadPoolExecutor(1) as aside:
        late = aside.submit(write_all)
        is_last = False
        while not is_last:
            is_last = ended.wait(1)  # what came before the end is all in the last seal
            at = time.monotonic()
            done = seal()
            slowest = max(slowest, time.monotonic() - at)
            witnesses.push()
            if done is not None and done.entries:
                sealed, seals, most = sealed + done.entries, seals + 1, max(most, done.entries)
    report = verify(workers=2)
    return Soaked(
        written=acts * AT_ONCE * WRITERS,
        sealed=sealed,
        seals=seals,
        slowest=slowest,
        most=most,
        late=max(0.0, late.result()),
        broken=report.broken.words if report.broken else "",
    )


def main() -> int:
    import shutil
    import tempfile
    from pathlib import Path

    from portal import embedded

    from .framework import environment

    place = Path(tempfile.mkdtemp(prefix="portal-soak-"))
    servers = embedded.start(place)
    try:
        with environment(
            PORTAL_DATA_DIR=str(place),
            DATABASE_URL=servers.database_url,
            REDIS_URL=servers.redis_url,
            AUDIT_WITNESS_FILE=str(place / "witness.txt"),
            DJANGO_SETTINGS_MODULE="portal.settings.base",
            LOG_LEVEL="ERROR",
        ):
            import django
            from django.core.management import call_command

            django.setup()
            call_command("migrate", verbosity=0)
            found = soak(servers.database_url, rate=RATE, seconds=SECONDS)
    finally:
        servers.stop()
        shutil.rmtree(place, ignore_errors=True)
    print(found)
    return 0 if found.sealed >= found.written and not found.broken else 1


if __name__ == "__main__":
    sys.exit(main())
