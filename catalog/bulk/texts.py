"""Rows out of CSV: entries.csv and items.csv, alone or together in a zip archive."""

import csv
import io
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import PurePosixPath
from typing import IO

from portal.common.worded import gettext as _

from .cells import LONGEST_CELL
from .container import check_directory, damaged
from .layout import ENTRIES, ITEMS, headers, normal
from .problems import Problems, Unreadable
from .sheets import MOST_ROWS
from .tables import Row, Table

# What makes a spreadsheet take a text for a formula when it opens the file; see `guarded`.
ACTIVE = ("=", "+", "-", "@", "\t", "\r", "'")
NAMES = {"entries": ENTRIES, "资源目录": ENTRIES, "items": ITEMS, "信息项": ITEMS}


def guarded(text: str) -> str:
    """The text as a spreadsheet may open it without computing: an apostrophe stands before it."""
    return f"'{text}" if text.startswith(ACTIVE) else text


def unguarded(text: str) -> str:
    return text[1:] if text.startswith("'") and text[1:].startswith(ACTIVE) else text


def one_table(content: bytes, *, title: str) -> Table:
    """One file: its header tells whether it holds entries or items."""
    text = _decoded(content, title)
    head = {normal(word) for word in next(csv.reader(io.StringIO(text)), [])}
    known = headers(ITEMS)
    is_items = any(column.field == "column" for word, column in known.items() if word in head)
    kind = ITEMS if is_items else ENTRIES
    return Table(kind, title, _rows(text, title))


@contextmanager
def opened_pair(file: IO[bytes], problems: Problems) -> Iterator[list[Table]]:
    """entries.csv and items.csv of an archive, in this order. Raises Unreadable."""
    contents: dict[str, tuple[str, bytes]] = {}
    try:
        with zipfile.ZipFile(file) as packed:
            for name in check_directory(packed):
                path = PurePosixPath(name)
                if name.endswith("/") or path.parts[:1] == ("__MACOSX",):
                    continue
                kind = NAMES.get(path.stem.lower()) if path.suffix.lower() == ".csv" else None
                if kind is None or kind in contents:
                    problems.add(
                        _(
                            "The archive may hold entries.csv and items.csv, each once, and no more."
                        ),
                        sheet=path.name,
                    )
                else:
                    contents[kind] = (path.name, packed.read(name))
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError) as wrong:
        raise damaged() from wrong
    if ENTRIES not in contents:
        problems.add(_("The archive has no entries.csv."), sheet="entries.csv")
    tables = []
    for kind in (ENTRIES, ITEMS):
        if kind in contents:
            title, content = contents[kind]
            tables.append(Table(kind, title, _rows(_decoded(content, title), title)))
    yield tables


def _decoded(content: bytes, title: str) -> str:
    """UTF-8 with or without its mark, else GB18030, which the Chinese Excel writes."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Unreadable(
        _("%(file)s is encoded neither in UTF-8 nor in GB18030: save it as CSV UTF-8.")
        % {"file": title}
    )


def _rows(text: str, title: str) -> Iterator[Row]:
    csv.field_size_limit(max(csv.field_size_limit(), 4 * LONGEST_CELL))
    number = 0
    try:
        for number, row in enumerate(csv.reader(io.StringIO(text, newline=""), strict=True), 1):
            if number > max(MOST_ROWS.values()):
                raise Unreadable(
                    _("A sheet takes at most %(most)s rows: divide the file.")
                    % {"most": max(MOST_ROWS.values())}
                )
            if any(cell.strip() for cell in row):
                yield number, [unguarded(cell) or None for cell in row]
    except csv.Error as wrong:
        raise Unreadable(
            _(
                "%(file)s is no sound CSV behind row %(row)s:"
                " a quotation mark is left open, or a text is far too long."
            )
            % {"file": title, "row": number}
        ) from wrong
