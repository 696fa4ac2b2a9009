"""A file on an SFTP server, whose host key the steward has accepted."""

import base64
import hashlib
import io
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

import paramiko
from django.conf import settings

from .failures import SourceFailure
from .fetched import FetchedFile, keep
from .files.glimpse import Piece
from .network import checked_address

CONNECT_SECONDS = 5
BLOCK_BYTES = 256 * 1024
KEY_KINDS = (paramiko.Ed25519Key, paramiko.ECDSAKey, paramiko.RSAKey)


class SftpFile(FetchedFile):
    """The secret is a private key when it looks like one, else a password."""

    def check(self) -> str:
        with self._opened() as files:
            size = self._size(files)
            return f"SFTP · {size:,} B"

    def fetch(self, into: IO[bytes]) -> None:
        with self._opened() as files:
            if self._size(files) > settings.SOURCE_FILE_MOST_BYTES:
                raise SourceFailure("file_too_large", most=settings.SOURCE_FILE_MOST_BYTES)
            with files.open(self.path) as remote:
                remote.prefetch()
                keep(iter(lambda: remote.read(BLOCK_BYTES), b""), into)

    def piece(self, first: int, count: int) -> Piece:
        with self._opened() as files:
            total = self._size(files)
            with files.open(self.path) as remote:
                remote.seek(first)
                return Piece(first, remote.read(count), total)

    @property
    def path(self) -> str:
        return self.place.settings["file"]

    @property
    def _where(self) -> dict[str, str | int]:
        return {"host": self.place.host, "port": self.place.port}

    def _size(self, files: paramiko.SFTPClient) -> int:
        return files.stat(self.path).st_size or 0

    @contextmanager
    def _opened(self) -> Iterator[paramiko.SFTPClient]:
        try:
            with self._transport() as transport:
                files = paramiko.SFTPClient.from_transport(transport)
                if files is None:
                    raise SourceFailure("connection_lost", **self._where)
                channel = files.get_channel()
                if channel is not None:
                    channel.settimeout(settings.SOURCE_READ_SECONDS)
                yield files
        except FileNotFoundError:
            raise SourceFailure("file_missing", file=self.path) from None
        except PermissionError:
            raise SourceFailure("file_forbidden", file=self.path) from None
        except TimeoutError:
            raise SourceFailure("timed_out", **self._where) from None
        except (paramiko.SSHException, EOFError):
            raise SourceFailure("connection_lost", **self._where) from None

    @contextmanager
    def _transport(self) -> Iterator[paramiko.Transport]:
        place = self.place
        address = checked_address(place.host, place.port)
        try:
            line = socket.create_connection((address, place.port), timeout=CONNECT_SECONDS)
        except TimeoutError:
            raise SourceFailure("timed_out", **self._where) from None
        except OSError:
            raise SourceFailure("unreachable", **self._where) from None
        transport = paramiko.Transport(line)
        transport.banner_timeout = transport.auth_timeout = settings.SOURCE_READ_SECONDS
        try:
            transport.start_client(timeout=settings.SOURCE_READ_SECONDS)
            # Before the password is sent: another computer may stand in the server's place.
            self._check_host_key(transport)
            self._log_in(transport)
            yield transport
        finally:
            transport.close()

    def _check_host_key(self, transport: paramiko.Transport) -> None:
        shown = fingerprint(transport.get_remote_server_key())
        accepted = self.place.settings.get("host_key", "")
        if not accepted:
            raise SourceFailure("host_key_unknown", key=shown)
        if accepted.rstrip("=") != shown:
            raise SourceFailure("host_key_changed", key=shown)

    def _log_in(self, transport: paramiko.Transport) -> None:
        place = self.place
        try:
            if "PRIVATE KEY-----" in place.password:
                transport.auth_publickey(place.username, private_key(place.password))
            else:
                transport.auth_password(place.username, place.password)
        except paramiko.AuthenticationException:
            raise SourceFailure("wrong_password", user=place.username) from None


def fingerprint(key: paramiko.PKey) -> str:
    """As `ssh-keygen -l` prints it."""
    digest = hashlib.sha256(key.asbytes()).digest()
    return f"SHA256:{base64.b64encode(digest).decode().rstrip('=')}"


def private_key(text: str) -> paramiko.PKey:
    """The key in the text. Raises SourceFailure when it is none, or has a password of its own."""
    for kind in KEY_KINDS:
        try:
            return kind.from_private_key(io.StringIO(text))
        except (paramiko.SSHException, ValueError):
            continue
    raise SourceFailure("private_key_unreadable")
