"""Streamed exports: nothing is kept that the portal's receipt does not call whole."""

import hashlib
import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import urllib3

from .connection import Connection
from .errors import BrokenExportError, NotFoundError
from .shapes import Exported, Format

ATTEMPTS = 3
CHUNK = 1024 * 1024
# The receipt is written when the stream has ended, and the last bytes may be here before.
RECEIPT_TRIES, RECEIPT_PAUSE = 20, 0.25


def query_of(
    fields: Sequence[str], filter: Mapping[str, Any] | None, options: Mapping[str, str | int]
) -> dict[str, str | int]:
    query: dict[str, str | int] = {**options}
    if fields:
        query["fields"] = ",".join(fields)
    if filter:
        query["filter"] = json.dumps(filter, ensure_ascii=False, default=str)
    return query


def take(
    connection: Connection,
    path: str,
    target: Path,
    format: Format,
    query: Mapping[str, str | int],
) -> Exported:
    """The export as `target`, put there when it is whole; begun anew twice when it broke off.

    Raises BrokenExportError, or what the portal says when it is asked again.
    """
    partial = target.with_name(f"{target.name}.part")
    try:
        for attempt in range(ATTEMPTS):
            try:
                exported = _taken(connection, f"{path}export.{format}", partial, query)
            except BrokenExportError:
                if attempt == ATTEMPTS - 1:
                    raise
            else:
                partial.replace(target)
                return exported
        raise AssertionError("the last attempt returns or raises")
    finally:
        partial.unlink(missing_ok=True)


def _taken(
    connection: Connection, path: str, partial: Path, query: Mapping[str, str | int]
) -> Exported:
    digest, size = hashlib.sha256(), 0
    headers = {"Accept-Encoding": "identity"}
    with (
        connection.answer("GET", path, query=query, headers=headers) as answer,
        partial.open("wb") as file,
    ):
        receipt = answer.headers["Export-Receipt"]
        cursor = answer.headers.get("Changes-Cursor")
        try:
            for piece in answer.stream(CHUNK):
                digest.update(piece)
                size += file.write(piece)
        except (urllib3.exceptions.HTTPError, OSError) as broken:
            raise BrokenExportError(f"{path}: broke off after {size} bytes ({broken})") from broken
    told = _receipt(connection, receipt)
    if told["result"] != "ok":
        raise BrokenExportError(f"{path}: {told['reason'] or told['result']}")
    if (told["bytes"], told["sha256"]) != (size, digest.hexdigest()):
        raise BrokenExportError(f"{path}: what came is not what the portal sent")
    return Exported(told["rows"], size, told["sha256"], cursor)


def _receipt(connection: Connection, path: str) -> dict[str, Any]:
    for attempt in range(RECEIPT_TRIES):
        try:
            told: dict[str, Any] = connection.document("GET", path)
        except NotFoundError:
            if attempt == RECEIPT_TRIES - 1:
                raise BrokenExportError(f"{path}: no receipt") from None
            time.sleep(RECEIPT_PAUSE)
        else:
            return told
    raise AssertionError("the last attempt returns or raises")
