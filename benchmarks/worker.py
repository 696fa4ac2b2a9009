"""`python -m benchmarks.worker RUN`: one sync run in a process of its own; prints its peak in kB.

The peak is that of the kernel for this process image: children and parents are not part of it.
"""

import sys
from pathlib import Path

import django


def main(run_id: int) -> int:
    django.setup()
    # All that a worker has loaded before its first task.
    from catalog.services import sync_runs
    from portal import urls  # noqa: F401
    from portal.celery import app

    app.loader.import_default_modules()

    sync_runs.execute(run_id=run_id)
    status = Path("/proc/self/status").read_text(encoding="ascii")
    (peak,) = (line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))
    print(peak)
    return 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
