"""The bundled PostgreSQL with its database migrated already: made once, copied for each run.

To migrate takes longer than most files of tests. What is kept is thrown away when a migration, or what
migrations load, changes; and each day, for the audit trail begins with its month.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from portal import embedded
from portal.embedded import account, programs
from portal.embedded.errors import ServersError
from portal.embedded.place import CHECKOUT

KEPT = CHECKOUT / ".local" / "test-database"
ROOMS = ("portal", "catalog", "sharing", "audit")
# The holiday lists are the only data of ours that a migration loads.
LOADED = CHECKOUT / "portal" / "workdays"
SERVERS = CHECKOUT / "portal" / "embedded"
DAY_OF = ZoneInfo("Asia/Shanghai")
PARTS = ("postgres", "secrets.json")


def copy_to(place: Path) -> None:
    """Put a cluster into the empty directory, its passwords with it; its database is migrated."""
    KEPT.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (KEPT / "lock").open("w") as lock:
        # Of several processes that come at once one makes it, and the others wait.
        fcntl.flock(lock, fcntl.LOCK_EX)
        kept = KEPT / _key()
        if not kept.exists():
            _make(kept)
        for part in PARTS:
            found = kept / part
            if found.is_dir():
                shutil.copytree(found, place / part)
            else:
                shutil.copy2(found, place / part)
        owner = (kept / "postgres").stat()
    if os.geteuid() == 0:
        # The servers do not run as root: see portal.embedded.account.
        account.own(place / "postgres", account.Account("", owner.st_uid, owner.st_gid))


def _key() -> str:
    digest = hashlib.sha256(f"{datetime.now(DAY_OF):%Y-%m-%d}".encode())
    digest.update(str(programs.postgres(None)).encode())
    places = [path for room in ROOMS for path in (CHECKOUT / room).rglob("migrations/*.py")] + [
        path for path in (*LOADED.rglob("*"), *SERVERS.rglob("*.py")) if path.is_file()
    ]
    for path in sorted(places):
        if "__pycache__" not in path.parts:
            digest.update(path.relative_to(CHECKOUT).as_posix().encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:20]


def _make(kept: Path) -> None:
    for old in KEPT.iterdir():
        if old.is_dir():
            shutil.rmtree(old)
    new = Path(tempfile.mkdtemp(prefix="new-", dir=KEPT))
    servers = embedded.start(new, throw_away=True)
    try:
        done = subprocess.run(
            [sys.executable, "manage.py", "migrate", "--verbosity=0"],
            cwd=CHECKOUT,
            env={**os.environ, **servers.urls, "PORTAL_DATA_DIR": str(new)},
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        servers.stop()
    if done.returncode:
        shutil.rmtree(new, ignore_errors=True)
        raise ServersError(f"The tests' database could not be migrated:\n{done.stderr}")
    new.rename(kept)
