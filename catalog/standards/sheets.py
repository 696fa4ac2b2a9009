"""Tables that come as CSV files, from a spreadsheet as a rule, read with every fault named."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from portal.common.errors import Invalid
from portal.common.plain_text import fault_of

MOST_BYTES = 5 * 1024 * 1024
MOST_ROWS = 50_000
MOST_FAULTS = 200

# What a spreadsheet would take for the beginning of a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")

Faults = dict[str, list[str]]


@dataclass(frozen=True, slots=True)
class Column:
    """`aliases` are what its heading may say, small letters; `most` is the greatest length."""

    name: str
    aliases: frozenset[str]
    most: int
    is_required: bool = True


def read(content: bytes, columns: Sequence[Column]) -> list[dict[str, str]]:
    """The rows under the headings; raises Invalid when the file as a whole cannot be read.

    UTF-8 with or without mark, or GB 18030, as spreadsheets in Chinese write it. Empty lines count
    as rows, so that the numbers of faults are those that a spreadsheet shows.
    """
    rows = csv.reader(io.StringIO(_text(content), newline=""), strict=True)
    try:
        heading = next(rows, [])
        places = _places(heading, columns)
        found: list[dict[str, str]] = []
        for values in rows:
            if len(found) >= MOST_ROWS:
                raise _unreadable(_("The file has more than %(most)s rows.") % {"most": MOST_ROWS})
            found.append(
                {
                    name: _cell(values[place]) if place < len(values) else ""
                    for name, place in places.items()
                }
            )
    except csv.Error as wrong:
        raise _unreadable(
            _("The file is no sound CSV: look for quotation marks that do not close.")
        ) from wrong
    while found and not any(found[-1].values()):
        found.pop()
    if not found:
        raise _unreadable(_("The file has no rows under its headings."))
    return found


def texts_faults(rows: Iterable[Mapping[str, str]], columns: Sequence[Column]) -> Faults:
    """What is wrong with single values, by `rows.2.code`: row 1 is the one under the headings."""
    found: Faults = {}
    for number, row in enumerate(rows, start=1):
        for column in columns:
            value = row.get(column.name, "")
            fault = ""
            if not value:
                fault = _("This is missing.") if column.is_required else ""
            elif len(value) > column.most:
                fault = _("More than %(most)s characters.") % {"most": column.most}
            else:
                fault = fault_of(value, of_one_line=True)
            if fault:
                found.setdefault(place(number, column.name), []).append(fault)
    return found


def repeated(rows: Sequence[Mapping[str, str]], *names: str) -> Faults:
    """Rows whose values under `names` stand in an earlier row already; marked at the last name."""
    first: dict[tuple[str, ...], int] = {}
    found: Faults = {}
    for number, row in enumerate(rows, start=1):
        key = tuple(row.get(name, "") for name in names)
        if not all(key):
            continue
        if key in first:
            found[place(number, names[-1])] = [
                _("%(code)s stands in row %(row)s already.")
                % {"code": key[-1], "row": shown_row(first[key])}
            ]
        else:
            first[key] = number
    return found


def place(number: int, name: str) -> str:
    """The name of a field of a row, as refusals carry it."""
    return f"rows.{number}.{name}"


def shown_row(number: int) -> int:
    """The row's number in a spreadsheet, whose first row holds the headings."""
    return number + 1


def refuse(faults: Faults) -> None:
    """Raise Invalid with the faults, if there are any; of very many, the first."""
    if faults:
        kept = dict(list(faults.items())[:MOST_FAULTS])
        raise Invalid(
            _("Nothing was taken over. The table has faults: %(count)s.") % {"count": len(faults)},
            fields=kept,
        )


def _cell(value: str) -> str:
    """The value without the apostrophe that keeps spreadsheets from taking it for a formula."""
    value = value.strip()
    return value[1:] if value[:1] == "'" and value[1:].startswith(FORMULA) else value


def _text(content: bytes) -> str:
    if len(content) > MOST_BYTES:
        raise _unreadable(
            _("The file is larger than %(most)s MB.") % {"most": MOST_BYTES // 1024 // 1024}
        )
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise _unreadable(_("The file is no text. Save the table as CSV in UTF-8."))


def _places(heading: Sequence[str], columns: Sequence[Column]) -> dict[str, int]:
    """Which place each column stands at; the order is free, further columns are passed over."""
    known = [words.strip().lower() for words in heading]
    places = {}
    for column in columns:
        at = [i for i, words in enumerate(known) if words in column.aliases]
        if len(at) > 1:
            raise _unreadable(
                _("The heading %(name)s stands there twice.") % {"name": heading[at[1]].strip()}
            )
        if at:
            places[column.name] = at[0]
        elif column.is_required:
            raise _unreadable(
                _("The first row must name the columns. Missing: %(name)s.")
                % {"name": _(" or ").join(sorted(column.aliases))}
            )
    return places


def _unreadable(words: str) -> Invalid:
    return Invalid(_("The file cannot be read."), fields={"file": [words]})
