"""A file that turned up somewhere, read as it lies there: rows, and how they are written.

CSV (UTF-8 or GB18030, whole or cut, with or without its header, saved anew with another delimiter), JSON
Lines, Parquet and Arrow streams. Of a CSV as the portal writes it is kept for each column how many values
are in quotes that need none.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from portal.common.errors import Invalid
from sharing.marks import METADATA

MOST_BYTES = 32 * 1024 * 1024
MOST_ROWS = 20_000
COMMA = ","
# The portal's own first, then what programs write.
DELIMITERS = (COMMA, ";", "\t", "|")
CELLS = {
    one: re.compile(rf'(?:"((?:[^"]|"")*)"|([^"{one}\r\n]*))({re.escape(one)}|\r\n|\n|\r|\Z)')
    for one in DELIMITERS
}
IN_QUOTES = re.compile(r'"[^"]*"')
NEEDS_QUOTES = re.compile(r'[",\r\n]')
TABLES = {b"PAR1": "parquet", b"\xff\xff\xff\xff": "arrow"}
PIECE = 1024 * 1024
LONGEST_WORD = 64
LAST_WORD = re.compile(rb"[0-9A-Za-z.]+\Z")
LINE_END = re.compile(r"\r?\n")


@dataclass(frozen=True, slots=True)
class Quoting:
    """Of one column, where either could be: how many values are in quotes, and how many are not."""

    quoted: int = 0
    bare: int = 0

    @property
    def is_quoted(self) -> bool | None:
        """None when it was not seen, or is both."""
        if bool(self.quoted) == bool(self.bare):
            return None
        return bool(self.quoted)


@dataclass(slots=True)
class Leaked:
    """`header` is None where a CSV has none; `rows` are in its order, None for what is empty.

    `lines` are the different lines of JSON, each with whether a space is behind it.
    """

    kind: str
    header: list[str] | None
    rows: list[list[str | None]] = field(default_factory=list)
    quoting: list[Quoting] = field(default_factory=list)
    lines: dict[str, bool] = field(default_factory=dict)
    told: bytes = b""


def read(path: Path, *, most: int = MOST_BYTES) -> Leaked:
    """Of a text its first bytes, `most` of them: a part tells as much. Raises Invalid for other files."""
    with path.open("rb") as file:
        content = file.read(most)
    if kind := TABLES.get(content[:4]):
        return _table(kind, path)
    text = _decoded(content)
    return _json_lines(text) if _is_json(text) else _csv(text)


def pieces(path: Path) -> Iterator[bytes]:
    """All of the file as text, in pieces that no word or number is cut by."""
    with path.open("rb") as file:
        if kind := TABLES.get(file.read(4)):
            yield from _cells(kind, path)
            return
        file.seek(0)
        left = b""
        while piece := left + file.read(PIECE):
            # At the end of the file the last word comes alone, and is whole.
            end = LAST_WORD.search(piece[-LONGEST_WORD:]) if len(piece) > LONGEST_WORD else None
            left = end.group() if end else b""
            yield piece.removesuffix(left)


def _unread(words: str) -> Invalid:
    return Invalid(_("The file cannot be read."), fields={"file": [words]})


def _decoded(content: bytes) -> str:
    """What was cut may begin and end within a letter, which is left out."""
    content = content.removeprefix(b"\xef\xbb\xbf")
    cut = next((i for i, byte in enumerate(content[:4]) if byte & 0xC0 != 0x80), 0)
    try:
        return content[cut:].decode()
    except UnicodeDecodeError as fault:
        if cut + fault.start >= len(content) - 3:
            return content[cut : cut + fault.start].decode()
    try:
        return content.decode("gb18030")
    except UnicodeDecodeError as fault:
        words = _("Neither UTF-8 nor GB18030, and neither Parquet nor an Arrow stream.")
        raise _unread(words) from fault


def _is_json(text: str) -> bool:
    """Whether half of the first lines, or more, are objects: the first of all may be half of one."""
    lines = [line for line in LINE_END.split(text[:100_000])[:20] if line]
    objects = [line for line in lines if line.startswith("{") and line.rstrip().endswith("}")]
    return bool(objects) and 2 * len(objects) >= len(lines)


def _json_lines(text: str) -> Leaked:
    found = Leaked("jsonl", None)
    for line in LINE_END.split(text):
        bare = line.removesuffix(" ")
        try:
            row = json.loads(bare, parse_float=str, parse_int=str)
        except ValueError:
            continue
        if not isinstance(row, dict) or not row:
            continue
        if found.header is None:
            found.header = list(row)
        if len(found.rows) == MOST_ROWS:
            break
        found.lines.setdefault(bare, line != bare)
        if list(row) == found.header:
            found.rows.append([_text(value) for value in row.values()])
    if found.header is None:
        raise _unread(_("No row of JSON is whole."))
    return found


def _csv(text: str) -> Leaked:
    delimiter = _delimiter(text)
    lines = list(cells(text, delimiter))
    if not lines:
        raise _unread(_("There is no row in it."))
    ((common, _number),) = Counter(map(len, lines)).most_common(1)
    # A cut leaves half a line at either end; what is wider or narrower tells nothing.
    whole = [line for line in lines if len(line) == common]
    first = [text for text, _is_quoted in whole[0]]
    header = None
    if all(re.fullmatch(r"[a-z][a-z0-9_]*", name or "") for name in first):
        header = [str(name) for name in first]
    body = whole[1:] if header else whole
    counted = [[0, 0] for _column in range(common)]
    found = Leaked("csv", header)
    for line in body:
        for place, (value, is_quoted) in enumerate(line):
            if value and not NEEDS_QUOTES.search(value) and value != "\\.":
                counted[place][0 if is_quoted else 1] += 1
        if len(found.rows) < MOST_ROWS:
            found.rows.append([value for value, _is_quoted in line])
    # Another delimiter says that the file was saved anew, and its quotes nothing of ours.
    found.quoting = [Quoting(*one) if delimiter == COMMA else Quoting() for one in counted]
    return found


def _delimiter(text: str) -> str:
    head = IN_QUOTES.sub("", text[:20_000])
    return max(DELIMITERS, key=head.count)


def cells(text: str, delimiter: str = COMMA) -> Iterator[list[tuple[str | None, bool]]]:
    """Lines of cells, each with whether it is in quotes. What cannot be read is passed over."""
    line: list[tuple[str | None, bool]] = []
    place = 0
    while place < len(text):
        matched = CELLS[delimiter].match(text, place)
        if matched is None:
            end = text.find("\n", place)
            place = len(text) if end < 0 else end + 1
            line = []
            continue
        inner, bare, end_of = matched.groups()
        value = inner.replace('""', '"') if inner is not None else bare or None
        line.append((value, inner is not None))
        place = matched.end()
        if end_of != delimiter:
            yield line
            line = []


def _table(kind: str, path: Path) -> Leaked:
    """Names, metadata and the first rows; what follows is not read, and may be missing."""
    import pyarrow as pa

    found = Leaked(kind, None)
    try:
        with _opened(kind, path) as (schema, batches):
            found.header = list(schema.names)
            found.told = (schema.metadata or {}).get(METADATA, b"")
            for batch in batches:
                columns = [[_text(one) for one in cells] for cells in batch.to_pydict().values()]
                found.rows += [list(row) for row in zip(*columns, strict=True)]
                if len(found.rows) >= MOST_ROWS:
                    break
    except (pa.ArrowException, OSError) as broken:
        if found.header is None:
            words = _("It begins like Parquet or Arrow, and is not whole.")
            raise _unread(words) from broken
    return found


@contextmanager
def _opened(kind: str, path: Path) -> Iterator[tuple[Any, Iterator[Any]]]:
    """Schema and batches of rows."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    with pa.OSFile(str(path)) as file:
        if kind == "parquet":
            opened = pq.ParquetFile(file)
            yield opened.schema_arrow, opened.iter_batches()
        else:
            stream = pa.ipc.open_stream(file)
            yield stream.schema, stream


def _cells(kind: str, path: Path) -> Iterator[bytes]:
    """A column of a batch is a piece, a line each value; of a file that is cut, as much as there is."""
    import pyarrow as pa

    try:
        with _opened(kind, path) as (_schema, batches):
            for batch in batches:
                for cells in batch.to_pydict().values():
                    yield "\n".join(_text(one) or "" for one in cells).encode(errors="replace")
    except (pa.ArrowException, OSError):
        return


def _text(value: Any) -> str | None:
    """As PostgreSQL writes it, as far as that is one spelling."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
