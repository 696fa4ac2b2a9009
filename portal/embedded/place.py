"""`PORTAL_DATA_DIR`: where the bundled servers, their secrets and their locks live.

lock, guests.lock   who owns the directory, who uses it (see `lock.py`)
running.json        the URLs of the running servers, while they run
secrets.json        the servers' passwords
secret_key          Django's key where the environment gives none
audit_signing_key   what signs the audit trail, where the environment gives none
audit/              its archived months
audit_witness.txt   the heads that the demonstration's witness keeps
ports.json          the ports taken last time, tried first the next time
postgres/ valkey/   the servers' own data, owned by the account they run as
logs/               what the servers say
"""

import base64
import json
import os
import secrets
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from portal.embedded.errors import ServersError

CHECKOUT = Path(__file__).resolve().parents[2]
LOG_KEPT = 10 * 1024 * 1024


def data_dir() -> Path:
    """`PORTAL_DATA_DIR`, else `.local/` in the checkout; absolute, not necessarily there yet."""
    given = os.environ.get("PORTAL_DATA_DIR")
    return Path(given).expanduser().absolute() if given else CHECKOUT / ".local"


@dataclass(frozen=True, slots=True)
class Place:
    """One data directory and the names in it."""

    root: Path

    @property
    def lock(self) -> Path:
        return self.root / "lock"

    @property
    def guests(self) -> Path:
        return self.root / "guests.lock"

    @property
    def running(self) -> Path:
        return self.root / "running.json"

    @property
    def postgres(self) -> Path:
        return self.root / "postgres"

    @property
    def valkey(self) -> Path:
        return self.root / "valkey"

    def create(self) -> None:
        """Make the directory, closed to others, or say why it cannot be used."""
        try:
            self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
            (self.root / "logs").mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise self._unusable(error) from error
        if not os.access(self.root, os.R_OK | os.W_OK | os.X_OK):
            raise self._unusable(PermissionError("permission denied"))

    def _unusable(self, error: OSError) -> ServersError:
        reason = (error.strerror or str(error)).lower()
        return ServersError(
            f"The data directory {self.root} cannot be written: {reason}.\n"
            "Set PORTAL_DATA_DIR to a directory of yours, or run as the user it belongs to."
        )

    def log(self, server: str) -> Path:
        """The server's log file; a long one is put aside first, one older one is kept."""
        path = self.root / "logs" / f"{server}.log"
        if path.exists() and path.stat().st_size > LOG_KEPT:
            path.replace(path.with_suffix(".log.old"))
        return path

    def password(self, of: str) -> str:
        """The password of one server account, made when it is first asked for."""
        known = self._read("secrets.json")
        if of not in known:
            known[of] = secrets.token_hex(24)
            self._write("secrets.json", known)
        return str(known[of])

    def last_port(self, server: str) -> int:
        return int(self._read("ports.json").get(server, 0))

    def keep_port(self, server: str, port: int) -> None:
        ports = self._read("ports.json")
        if ports.get(server) != port:
            self._write("ports.json", {**ports, server: port})

    def announce(self, urls: dict[str, str]) -> None:
        self._write(self.running.name, {"owner": os.getpid(), **urls})

    def announced(self) -> dict[str, str]:
        """The URLs of the servers that run here; empty when none were announced."""
        return {name: str(value) for name, value in self._read(self.running.name).items()}

    def secret_key(self) -> str:
        return self._kept("secret_key", secrets.token_urlsafe(64))

    def signing_key(self) -> str:
        fresh = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
        return self._kept("audit_signing_key", fresh)

    def _kept(self, name: str, fresh: str) -> str:
        """What the file of that name holds; `fresh` when there is none yet."""
        path = self.root / name
        if not path.exists():
            self.create()
            # Two processes may come here at once: the first to write wins, both read the same.
            self._put(path, fresh, replace=False)
        try:
            return path.read_text()
        except OSError as error:
            raise self._unusable(error) from error

    def _read(self, name: str) -> dict[str, str | int]:
        path = self.root / name
        try:
            content: dict[str, str | int] = json.loads(path.read_text())
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise self._unusable(error) from error
        except ValueError as error:
            raise ServersError(f"{path} is damaged: {error}. Restore it.") from error
        return content

    def _write(self, name: str, content: Mapping[str, str | int]) -> None:
        self._put(self.root / name, json.dumps(content, indent=1))

    def _put(self, path: Path, text: str, *, replace: bool = True) -> None:
        """Write whole or not at all, readable by nobody else."""
        try:
            handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=self.root)
            new = Path(name)
            with os.fdopen(handle, "w") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            if replace:
                new.replace(path)
                return
            try:
                path.hardlink_to(new)
            except FileExistsError:
                return
            finally:
                new.unlink()
        except OSError as error:
            raise self._unusable(error) from error
