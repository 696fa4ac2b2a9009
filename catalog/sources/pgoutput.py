"""The messages of PostgreSQL's logical decoding plugin `pgoutput`, protocol 1, values as text.

Which bytes they are is said in PostgreSQL's manual, "Logical Replication Message Formats".
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from .failures import SourceFailure


class Untouched(Enum):
    """In place of a large value that an update left as it was: it is not in the log."""

    UNTOUCHED = "untouched"


UNTOUCHED = Untouched.UNTOUCHED
Value = str | None | Untouched
Image = tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Begin:
    """The messages that follow are of this transaction; the lower half of its number."""

    transaction: int


@dataclass(frozen=True, slots=True)
class Attribute:
    """A column as it was when the change was made; `type` and `modifier` as in pg_attribute."""

    name: str
    type: int
    modifier: int


@dataclass(frozen=True, slots=True)
class Structure:
    """How the rows of a relation look in the messages that follow."""

    relation: int
    attributes: tuple[Attribute, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """A row that came (`old` is None), changed or went (`new` is None).

    `old` of a change is there when its replica identity changed, or holds all columns, which
    `old_is_whole` tells; else columns that do not belong to the identity are NULL in it.
    """

    relation: int
    old: Image | None
    new: Image | None
    old_is_whole: bool = False


@dataclass(frozen=True, slots=True)
class Emptied:
    """TRUNCATE of these relations."""

    relations: tuple[int, ...]


Message = Begin | Structure | Change | Emptied


class _Reader:
    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def number(self, form: str) -> int:
        (value,) = struct.unpack_from(form, self.data, self.at)
        self.at += struct.calcsize(form)
        found: int = value
        return found

    def letter(self) -> str:
        return chr(self.number("!B"))

    def name(self) -> str:
        end = self.data.index(b"\0", self.at)
        text = self.data[self.at : end].decode()
        self.at = end + 1
        return text

    def image(self) -> Image:
        return tuple(self._value() for _ in range(self.number("!h")))

    def _value(self) -> Value:
        match self.letter():
            case "n":
                return None
            case "u":
                return UNTOUCHED
            case "t":
                length = self.number("!i")
                text = self.data[self.at : self.at + length].decode()
                self.at += length
                return text
        raise SourceFailure("capture_unreadable")


def message_of(data: bytes) -> Message | None:
    """The message, None for one that says nothing of rows (commit, origin, type).

    Raises SourceFailure for what is no message of this protocol.
    """
    reader = _Reader(data)
    try:
        return _read(reader)
    except (struct.error, ValueError):
        raise SourceFailure("capture_unreadable") from None


def _read(reader: _Reader) -> Message | None:
    match reader.letter():
        case "B":
            reader.number("!q")
            reader.number("!q")
            return Begin(reader.number("!I"))
        case "C" | "O" | "Y" | "M":
            return None
        case "R":
            relation = reader.number("!I")
            reader.name()
            reader.name()
            reader.letter()
            return Structure(relation, tuple(_attributes(reader)))
        case "I":
            relation = reader.number("!I")
            reader.letter()
            return Change(relation, None, reader.image())
        case "U":
            relation = reader.number("!I")
            what = reader.letter()
            if what == "N":
                return Change(relation, None, reader.image())
            old = reader.image()
            reader.letter()
            return Change(relation, old, reader.image(), old_is_whole=what == "O")
        case "D":
            relation = reader.number("!I")
            reader.letter()
            return Change(relation, reader.image(), None)
        case "T":
            number = reader.number("!I")
            reader.number("!B")
            return Emptied(tuple(reader.number("!I") for _ in range(number)))
    raise SourceFailure("capture_unreadable")


def _attributes(reader: _Reader) -> Sequence[Attribute]:
    found = []
    for _ in range(reader.number("!h")):
        reader.number("!B")
        name = reader.name()
        found.append(Attribute(name, reader.number("!I"), reader.number("!i")))
    return found
