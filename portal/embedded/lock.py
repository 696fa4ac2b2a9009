"""One owner of a data directory, and guests who use the owner's servers meanwhile.

Both are `flock`s: the kernel takes them back when their holder ends, however it ends.
"""

import fcntl
import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from portal.embedded.errors import ServersError
from portal.embedded.place import Place


class Owner:
    """The right to start and stop the servers of one data directory."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self._file: int | None = None

    def acquire(self) -> bool:
        """Take the directory; False when another process has it."""
        file = _open(self.place.lock)
        if not _taken(file):
            os.close(file)
            return False
        self.place.running.unlink(missing_ok=True)  # a killed owner's servers are not ours
        os.ftruncate(file, 0)
        words = [Path(sys.argv[0]).name, *sys.argv[1:]]
        os.pwrite(file, json.dumps({"pid": os.getpid(), "command": " ".join(words)}).encode(), 0)
        self._file = file
        return True

    def release(self) -> None:
        if self._file is not None:
            os.ftruncate(self._file, 0)
            os.close(self._file)
            self._file = None

    def refusal(self) -> ServersError:
        """Who has the directory, in words."""
        try:
            who = json.loads(self.place.lock.read_text())
            holder = f"process {who['pid']} ({who['command']})"
        except (OSError, ValueError):
            holder = "another process"
        return ServersError(
            f"The data directory {self.place.root} is in use by {holder}.\n"
            "Stop that process first, or set PORTAL_DATA_DIR (and PORT) to run a second copy "
            "on data of its own."
        )


def is_owned(place: Place) -> bool:
    """Whether a living process owns the directory."""
    try:
        file = os.open(place.lock, os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(file)
    return False


def _taken(file: int) -> bool:
    """Try for a moment: who only asks whether there is an owner holds the lock that long."""
    for pause in (0.05, 0.05, 0.0):
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(pause)
        else:
            return True
    return False


@contextmanager
def guest(place: Place) -> Iterator[None]:
    """Be counted among those who use the servers; the owner lets them finish."""
    file = _open(place.guests)
    try:
        fcntl.flock(file, fcntl.LOCK_SH)
        yield
    finally:
        os.close(file)


@contextmanager
def guests_gone(place: Place) -> Iterator[None]:
    """Wait for the last guest, then let none in."""
    file = _open(place.guests)
    try:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            sys.stderr.write("Another command still uses the database; waiting for it to end.\n")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
    finally:
        os.close(file)


def _open(path: Path) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise ServersError(
            f"{path} cannot be opened: {reason}. Run as the user that owns {path.parent}."
        ) from error
