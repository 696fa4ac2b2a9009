"""Prepared exports: asked for, awaited, and taken in as many pieces as the network allows."""

import hashlib
import time
from pathlib import Path
from typing import Any

import urllib3

from .connection import Connection
from .errors import BrokenExportError
from .shapes import Exported

CHUNK = 1024 * 1024
ATTEMPTS = 8  # in a row without one new byte
PAUSE, LONGEST_PAUSE = 0.25, 10.0


def take(
    connection: Connection, path: str, target: Path, asked: dict[str, Any], *, wait: float
) -> Exported:
    """The file as `target`. What is there of it in `target.<sum>.part` is not fetched again."""
    manifest = _ready(connection, path, asked, until=time.monotonic() + wait)
    fetch(connection, manifest["file"], target, size=manifest["bytes"], sha256=manifest["sha256"])
    return Exported(manifest["rows"], manifest["bytes"], manifest["sha256"])


def fetch(connection: Connection, address: str, target: Path, *, size: int, sha256: str) -> None:
    """The file at `address` as `target`, gone on with where it broke off; whole, or not there at all."""
    # Named after its content, so that it is never gone on with from another file.
    partial = target.with_name(f"{target.name}.{sha256[:16]}.part")
    _fetch(connection, address, partial, size=size, sha256=sha256)
    if _digest(partial) != sha256:
        partial.unlink()
        raise BrokenExportError(f"{address}: what came is not what the portal keeps")
    partial.replace(target)


def _ready(
    connection: Connection, path: str, asked: dict[str, Any], *, until: float
) -> dict[str, Any]:
    manifest = connection.document("POST", f"{path}exports/", body=asked)
    pause = PAUSE
    while manifest["file"] is None:
        if manifest["state"] not in {"waiting", "running"}:
            raise BrokenExportError(manifest["reason"] or f"the export is {manifest['state']}")
        if time.monotonic() > until:
            raise BrokenExportError(f"export {manifest['number']} is not ready yet: ask again")
        time.sleep(pause)
        pause = min(pause * 1.5, LONGEST_PAUSE)
        manifest = connection.document("GET", f"{path}exports/{manifest['number']}/")
    return dict(manifest)


def _fetch(connection: Connection, address: str, partial: Path, *, size: int, sha256: str) -> None:
    partial.touch()
    idle = 0
    while (have := partial.stat().st_size) < size:
        headers = {"Accept-Encoding": "identity"}
        if have:
            headers |= {"Range": f"bytes={have}-", "If-Range": f'"{sha256}"'}
        with (
            connection.answer("GET", address, headers=headers) as answer,
            # A whole answer where a part was asked for: begin anew.
            partial.open("ab" if answer.status == 206 else "wb") as file,
        ):
            try:
                for piece in answer.stream(CHUNK):
                    file.write(piece)
            except (urllib3.exceptions.HTTPError, OSError) as broken:
                reason = str(broken)
            else:
                reason = "fewer bytes came than announced"
        idle = 0 if partial.stat().st_size > have else idle + 1
        if idle == ATTEMPTS:
            raise BrokenExportError(f"{address}: {reason}")


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
