"""Who the servers run as: PostgreSQL refuses root, and Valkey does not need it."""

import os
import pwd
from dataclasses import dataclass
from pathlib import Path

from portal.embedded.errors import ServersError
from portal.embedded.place import Place

CANDIDATES = ("postgres", "nobody")


@dataclass(frozen=True, slots=True)
class Account:
    name: str
    uid: int
    gid: int


def for_servers(place: Place) -> Account | None:
    """The unprivileged account root hands the servers to; None when the user itself runs them.

    Data that exist decide: they stay with the account that made them.
    """
    owner = place.postgres.stat() if place.postgres.exists() else None
    if os.geteuid() != 0:
        if owner is not None and owner.st_uid != os.geteuid():
            raise ServersError(
                f"{place.postgres} belongs to {_name(owner.st_uid)}: it was made by another user "
                "(or by root).\nRun as that user, or set PORTAL_DATA_DIR to another directory."
            )
        return None
    if owner is not None and owner.st_uid != 0:
        return Account(_name(owner.st_uid), owner.st_uid, owner.st_gid)
    for name in CANDIDATES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name, entry.pw_uid, entry.pw_gid)
    raise ServersError(
        "PostgreSQL does not run as root, and there is no unprivileged account "
        f"({' or '.join(CANDIDATES)}) to run it as.\n"
        "Run as an ordinary user, add such an account, or set DATABASE_URL and REDIS_URL."
    )


def own(directory: Path, account: Account | None) -> None:
    """Make the directory if need be, closed, with all in it the account's."""
    directory.mkdir(mode=0o700, exist_ok=True)
    if account is None:
        return
    for path in (directory, *directory.rglob("*")):
        if path.lstat().st_uid != account.uid:
            os.chown(path, account.uid, account.gid, follow_symlinks=False)


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"
