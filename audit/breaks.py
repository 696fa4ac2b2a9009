"""The first broken place of the trail, and how it is told."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.db.backends.utils import CursorWrapper
from django.utils import timezone
from psycopg.sql import Composable


class Kind(StrEnum):
    """How the trail is broken."""

    CHANGED = "changed"
    REMOVED = "removed"
    INSERTED = "inserted"
    LEAF_CHANGED = "leaf_changed"
    LEAF_MISSING = "leaf_missing"
    NODE = "node"
    TAIL_CUT = "tail_cut"
    HEAD = "head"
    SIGNATURE = "signature"
    ANCHOR = "anchor"
    GUARD = "guard"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Break:
    """The first broken place, in words for the person who reads the command's output.

    `place` is the leaf or the head that it is about.
    """

    kind: Kind
    words: str
    place: int | None = None
    entry_id: int | None = None


def name(entry_id: int, action: str, at: datetime) -> str:
    return f"entry {entry_id} ({action}, {timezone.localtime(at).isoformat(timespec='seconds')})"


def one(cursor: CursorWrapper, sql: str | Composable, params: Any = None) -> Any:
    """The first row of the answer, byte columns as bytes; None when there is none."""
    cursor.execute(sql, params)
    row = cursor.fetchone()
    if row is None:
        return None
    return tuple(bytes(value) if isinstance(value, memoryview) else value for value in row)
