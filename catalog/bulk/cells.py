"""From what stands in a cell to what a field takes."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from portal.common.worded import Worded
from portal.common.worded import gettext as _

from .layout import NO, YES, Column, Kind, labels_of, normal, words_of

LONGEST_CELL = 32_767  # what Excel itself takes
DATE = re.compile(
    r"^(\d{4})(?:-(\d{1,2})-(\d{1,2})|/(\d{1,2})/(\d{1,2})|年(\d{1,2})月(\d{1,2})日?|(\d\d)(\d\d))$"
)
ONE_OF_MANY = re.compile(r'"((?:[^"]|"")*)"|[^、，,；;\n]+')
DIVIDES = re.compile(r'[、，,；;\n"]')
MOST_WORDS = 12


class Fault(Exception):
    """A cell that cannot be taken; the words say why and what to do."""

    def __init__(self, words: Worded) -> None:
        super().__init__(words)
        self.words = words


@dataclass(frozen=True, slots=True)
class FormulaCell:
    """A cell that computes: what it shows depends on others."""

    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class ErrorCell:
    """A cell whose formula failed: #N/A and the like."""

    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Departments:
    """How files name departments: by name, short name or unified social credit code.

    A name that several departments have stands for None.
    """

    by_word: Mapping[str, int | None] = field(default_factory=dict)
    keys: frozenset[int] = frozenset()

    def key_of(self, word: str) -> int:
        key = self.by_word.get(normal(word), 0)
        if key is None:
            raise Fault(
                _("Several departments have this name: write the unified social credit code.")
            )
        if not key:
            raise Fault(_("There is no such department."))
        return key


def value_of(column: Column, raw: Any, departments: Departments) -> Any:
    """The value for the field; None when the cell is empty. Raises Fault."""
    if raw is None:
        return None
    if isinstance(raw, FormulaCell):
        raise Fault(_("It holds a formula: paste the value instead."))
    if isinstance(raw, ErrorCell):
        raise Fault(_("It shows the error of a formula: write the value."))
    if isinstance(raw, str):
        if len(raw) > LONGEST_CELL:
            raise Fault(
                _("It holds %(count)s characters; a cell takes at most %(most)s.")
                % {"count": len(raw), "most": LONGEST_CELL}
            )
        raw = raw.replace("\r\n", "\n").replace("\r", "\n").strip()
        if not raw:
            return None
    return READERS[column.kind](column, raw, departments)


def _text(column: Column, raw: Any, _departments: Departments) -> str:
    if isinstance(raw, str):
        return raw
    if isinstance(raw, bool):
        raise Fault(_("A text is expected here, not true or false."))
    if isinstance(raw, datetime | date):
        raise Fault(_("A text is expected here, not a date: format the cell as text."))
    return _digits(raw)


def _code(column: Column, raw: Any, departments: Departments) -> str:
    if isinstance(raw, int | float) and not isinstance(raw, bool):
        raise Fault(
            _(
                "It is a number, which loses zeros at its beginning:"
                " format the cell as text and type it again."
            )
        )
    return _text(column, raw, departments)


def _choice(column: Column, raw: Any, departments: Departments) -> str:
    return _code_of(column, _text(column, raw, departments))


def _code_of(column: Column, word: str) -> str:
    if column.choices is None:
        raise TypeError(column.field)
    found = words_of(column.choices).get(normal(word))
    if found is None:
        known = list(labels_of(column.choices).values())[:MOST_WORDS]
        raise Fault(_("Choose one of: %(words)s.") % {"words": "、".join(known)})
    return found


def _choices(column: Column, raw: Any, departments: Departments) -> tuple[str, ...]:
    return tuple(_code_of(column, word) for word in _texts(column, raw, departments))


def _texts(column: Column, raw: Any, departments: Departments) -> tuple[str, ...]:
    return split(_code(column, raw, departments))


def _flag(column: Column, raw: Any, departments: Departments) -> bool:
    if isinstance(raw, bool):
        return raw
    word = normal(_text(column, raw, departments))
    if word in YES or word in NO:
        return word in YES
    raise Fault(_("Write 是 or 否."))


def _date(column: Column, raw: Any, _departments: Departments) -> date:
    if isinstance(raw, datetime):
        return raw.date()
    if isinstance(raw, date):
        return raw
    if isinstance(raw, str) and (found := DATE.match("".join(raw.split()))):
        year, *rest = (int(part) for part in found.groups() if part)
        try:
            return date(year, *rest)
        except ValueError:
            raise Fault(_("There is no such day.")) from None
    raise Fault(_("Write a date, for example 2026-01-31, or format the cell as a date."))


def _whole(column: Column, raw: Any, departments: Departments) -> str:
    """The digits of a whole number, typed as a number or as text."""
    text = _text(column, raw, departments)
    if not text.isascii() or not text.isdigit():
        raise Fault(_("Write digits only."))
    return text


def _department(column: Column, raw: Any, departments: Departments) -> int:
    return departments.key_of(_text(column, raw, departments))


def _told(column: Column, raw: Any, departments: Departments) -> None:
    return None


def _digits(number: int | float) -> str:
    """A number as it was typed; one that a spreadsheet cannot hold exactly is refused."""
    if isinstance(number, float):
        if number.is_integer() and abs(number) < 2**53:
            return str(int(number))
        raise Fault(_("It is a number: format the cell as text and type it again."))
    if abs(number) >= 10**15:
        raise Fault(
            _("It is a number of more than 15 digits, whose end is lost: format the cell as text.")
        )
    return str(number)


def split(text: str) -> tuple[str, ...]:
    """Several words in one cell; one that holds a divider stands in quotation marks."""
    found = []
    for match in ONE_OF_MANY.finditer(text):
        quoted = match.group(1)
        word = (match.group() if quoted is None else quoted.replace('""', '"')).strip()
        if word:
            found.append(word)
    return tuple(found)


def joined(words: tuple[str, ...] | list[str]) -> str:
    """The reverse of `split`."""
    return "、".join(
        '"{}"'.format(word.replace('"', '""')) if DIVIDES.search(word) else word for word in words
    )


Reader = Callable[[Column, Any, Departments], Any]
READERS: dict[Kind, Reader] = {
    Kind.TEXT: _text,
    Kind.CODE: _code,
    Kind.CHOICE: _choice,
    Kind.CHOICES: _choices,
    Kind.TEXTS: _texts,
    Kind.FLAG: _flag,
    Kind.DATE: _date,
    Kind.WHOLE: _whole,
    Kind.DEPARTMENT: _department,
    Kind.TOLD: _told,
}
