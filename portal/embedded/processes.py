"""Starting the servers' processes, and ending those that an unclean stop left behind."""

import hashlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

import psutil

from portal.embedded.account import Account
from portal.embedded.errors import ServersError

LAUNCH = Path(__file__).with_name("launch.py")
Stages = Sequence[tuple[signal.Signals, float]]


def spawn(
    command: Sequence[str | Path],
    *,
    account: Account | None = None,
    death_signal: signal.Signals = signal.SIGKILL,
    directory: Path = Path("/"),
    environment: Mapping[str, str] | None = None,
    descriptors: Sequence[int] = (),
    stdin: int = subprocess.DEVNULL,
    output: int | IO[bytes],
    umask: int = 0o077,
) -> subprocess.Popen[bytes]:
    """Start a program in a session of its own; it gets `death_signal` if we die (Linux).

    Call it from the main thread: the kernel takes the end of the calling thread for our death.
    """
    wish = {
        "uid": account.uid if account else None,
        "gid": account.gid if account else None,
        "umask": umask,
        "death_signal": int(death_signal),
        "parent": os.getpid(),
    }
    words = [sys.executable, "-I", "-S", str(LAUNCH), json.dumps(wish), *map(str, command)]
    return subprocess.Popen(  # noqa: S603  the command is ours
        words,
        stdin=stdin,
        stdout=output,
        stderr=subprocess.STDOUT,
        cwd=directory,
        env=dict(server_environment() if environment is None else environment),
        pass_fds=tuple(descriptors),
        start_new_session=True,
    )


def server_environment() -> dict[str, str]:
    """Nothing of the caller's locale, paths or secrets."""
    kept = {name: os.environ[name] for name in ("TZ", "TZDIR") if name in os.environ}
    return {"LC_ALL": "C", "PATH": os.defpath, "HOME": "/", **kept}


def mark(directory: Path) -> str:
    """What every process of the server on this directory carries in its command line.

    Made from the directory's identity on disk, so that a copy of the directory has another.
    """
    status = directory.stat()
    identity = f"{status.st_dev}:{status.st_ino}".encode()
    return "portal-" + hashlib.sha256(identity).hexdigest()[:16]


def running(*, program: str, directory: Path) -> list[psutil.Process]:
    """The living processes of our server on this directory: program, owner and mark must agree."""
    status = directory.stat()
    sign = mark(directory)
    found = []
    for process in psutil.process_iter(["name", "cmdline", "uids", "status"]):
        known = process.info
        if (
            known["name"] == program
            and known["uids"] is not None
            and known["uids"].real == status.st_uid
            and known["status"] != psutil.STATUS_ZOMBIE
            and any(sign in word for word in known["cmdline"] or ())
        ):
            found.append(process)
    return found


def is_alive(process: psutil.Process) -> bool:
    """A dead process that nobody asked after yet does not count; in containers it may stay."""
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def end(processes: Sequence[psutil.Process], stages: Stages) -> None:
    """Send each stage's signal and wait its seconds; what outlives the last stage is an error.

    psutil compares start times before it sends, so a reused pid is never hit.
    """
    left = list(processes)
    for sent, seconds in stages:
        for process in left:
            try:
                process.send_signal(sent)
            except psutil.NoSuchProcess:
                continue
        until = time.monotonic() + seconds
        while left := [process for process in left if is_alive(process)]:
            if time.monotonic() > until:
                break
            time.sleep(0.02)
        if not left:
            return
    pids = ", ".join(str(process.pid) for process in left)
    raise ServersError(f"Processes of an earlier run do not end, not even by SIGKILL: {pids}.")


def free_port(preferred: int) -> int:
    """`preferred` if nobody listens there, else one the kernel picks."""
    for port in (preferred, 0) if preferred else (0,):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise ServersError("No free port is left on 127.0.0.1.")


def last_lines(log: Path, *, since: int, count: int = 15) -> str:
    """The end of what was written to the log after byte `since`."""
    with log.open("rb") as file:
        file.seek(since)
        lines = file.read().decode(errors="replace").splitlines()
    return "\n".join(f"    {line}" for line in lines[-count:]) or "    (nothing was written)"
