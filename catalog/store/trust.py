"""Rows taken at their word: COPY reads each value as the type of its column, and nothing is cast.

Values of a file are texts of which nothing is known. Staged as such, each is asked whether it is of
its type and cast on the way into the table: two passes more, and a second writing of every row. Most
files hold no bad value. So the rows are first copied as what they ought to be, under a savepoint.
COPY reads a value by the function that `pg_input_is_valid` asks and a cast calls, so it takes what
they would, and makes the same of it. Whatever is not as it ought to be — a value that COPY refuses, a
rule that is broken, a key that comes twice — raises `Doubt`: all of it is undone, and the rows are read
once more as texts, for what is wrong is told in the source's own writing. Hence only rows that may be
read twice are taken so.

What a declared rule reads as text stays a text, for a type writes it its own way. And a `varchar(n)`
drops spaces at the end that are too many without a word, where a bad row is wanted: these are looked for
in the blocks.
"""

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import psycopg

from catalog.models import ItemType

from .columns import Column
from .rules import WORDS, Checking, Staged, read_as_written
from .tables import StoreTable

Write = Callable[[bytes], None]
Fill = Callable[[Write], int]
Done = TypeVar("Done")

NULL = "\\N"
SPACE_AT_END = re.compile(rb" [\t\n]")


class Doubt(Exception):
    """Something in rows that were taken on trust is not as it ought to be."""


@dataclass(frozen=True, slots=True)
class Intake:
    """What writes the rows, and which columns it gives, each as it is to be staged.

    `null` stands for an empty value. `doubted`: what the columns are without trust; none where
    there is no trust. `limits`: of each column, after how many letters spaces would be dropped.
    """

    fill: Fill
    staged: Sequence[Staged]
    null: str = NULL
    doubted: Sequence[Staged] = ()
    limits: Sequence[int | None] = ()

    def guarded(self, write: Write) -> Write:
        """`write`, but for blocks in which COPY would drop spaces."""
        if not any(self.limits):
            return write

        def into(block: bytes) -> None:
            for found in SPACE_AT_END.finditer(block):
                if _is_too_long(block, found.start() + 1, self.limits):
                    raise Doubt
            write(block)

        return into


def on_trust(
    table: StoreTable, intake: Intake, checking: Checking, *, is_new: bool
) -> Intake | None:
    """The intake with its columns in the types of the table; None where nothing would be won.

    `is_new`: the rows may go into the table itself, then the texts too are taken as what they ought
    to be. Else these are checked where they are staged.
    """
    if checking.apart is not None:
        return None
    as_written = read_as_written(table, checking)
    sure = {
        one.column.name
        for one in intake.staged
        if not one.cast and _is_told_by_type(one.column, as_written)
    }
    goes_straight = is_new and sure == {column.name for column in table.columns}
    trusted = [
        replace(one, is_sure=True)
        if one.column.name in sure and (goes_straight or one.column.kind not in WORDS)
        else one
        for one in intake.staged
    ]
    if trusted == list(intake.staged):
        return None
    limits = [
        new.column.length if new != old and new.column.kind == ItemType.CHARACTER else None
        for new, old in zip(trusted, intake.staged, strict=True)
    ]
    return replace(intake, staged=trusted, doubted=intake.staged, limits=limits)


def tried(cursor: psycopg.Cursor[tuple[Any, ...]], act: Callable[[], Done]) -> Done | None:
    """What `act` gives, None when it came to doubt and nothing of it is left."""
    try:
        with cursor.connection.transaction():
            return act()
    except Doubt:
        return None


def _is_told_by_type(column: Column, as_written: Collection[str]) -> bool:
    """Whether a value that is one of the column's type breaks no rule that is not asked afterwards."""
    if column.kind == ItemType.CHARACTER and column.length is not None:
        return column.type != "text"
    return column.kind in WORDS or column.name not in as_written


def _is_too_long(block: bytes, end: int, limits: Sequence[int | None]) -> bool:
    """Whether the value that ends there is longer than its column. Escapes count as letters: for doubt
    that is enough."""
    line = block.rfind(b"\n", 0, end) + 1
    limit = limits[block.count(b"\t", line, end)]
    if limit is None:
        return False
    start = max(line, block.rfind(b"\t", line, end) + 1)
    return len(block[start:end].decode(errors="replace")) > limit
