"""`python -m benchmarks [name…]`: servers of its own in a temporary directory, then the table."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from portal import embedded
from portal.embedded import account, programs
from portal.embedded.place import Place

from .framework import BENCHMARKS, ROUNDS, ROWS, Stage, environment, measured, table


def main(names: list[str]) -> int:
    place = Path(tempfile.mkdtemp(prefix="portal-bench-"))
    servers = embedded.start(place)
    try:
        with environment(
            PORTAL_DATA_DIR=str(place),
            DATABASE_URL=servers.database_url,
            REDIS_URL=servers.redis_url,
            DJANGO_SETTINGS_MODULE="portal.settings.base",
            LOG_LEVEL=os.environ.get("LOG_LEVEL", "WARNING"),
        ):
            return _run(names, place)
    finally:
        servers.stop()
        shutil.rmtree(place, ignore_errors=True)


def _run(names: list[str], place: Path) -> int:
    import django
    from django.core.management import call_command
    from django.db import connections

    django.setup()
    # They register their rows.
    from . import (  # noqa: F401
        audit,
        calls,
        catalogue,
        changes,
        clocks,
        control_plane,
        delivery,
        imports,
        sync,
        sync_changes,
        sync_kinds,
        sync_memory,
        sync_schedules,
        sync_sources,
        watching,
    )

    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        print(f"no such benchmark: {', '.join(unknown)}; there are {', '.join(BENCHMARKS)}")
        return 2
    call_command("migrate", verbosity=0)
    psql = programs.postgres(account.for_servers(Place(place))) / "psql"
    stage = Stage(database_url=os.environ["DATABASE_URL"], psql=psql)
    results = []
    for name, one in BENCHMARKS.items():
        if not names or name in names:
            print(f"{name}: {one.what} …", file=sys.stderr, flush=True)
            results.append(measured(one, stage))
    connections.close_all()
    for process in stage.facts.values():
        if isinstance(process, subprocess.Popen):
            process.terminate()
            process.wait(20)
    print(f"{ROWS:,} rows × 12 columns, median of {ROUNDS} interleaved rounds after a warm-up\n")
    print(table(results))
    return 0 if all(result.verdict != "NO" for result in results) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
