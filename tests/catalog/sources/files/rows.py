"""Files written for a test, and what a reader makes of them."""

import hashlib
import io
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pytest
from openpyxl import Workbook
from pyarrow import parquet

from catalog.models import ItemType
from catalog.sources.connector import Selected
from catalog.sources.failures import SourceFailure
from catalog.sources.files.layout import FileLayout
from catalog.sources.files.reading import reader_for
from catalog.store.columns import Column


def selected_from(reader, part: str = "", kinds: Sequence[str] = ()) -> list[Selected]:
    """Every column into an item of its name: of these kinds, text where nothing is said."""
    columns = reader.columns(part)
    kinds = [*kinds, *[ItemType.CHARACTER] * (len(columns) - len(kinds))]
    return [
        Selected(column, Column(name=f"item_{place}", kind=kind, label=column.name))
        for place, (column, kind) in enumerate(zip(columns, kinds, strict=True))
    ]


def copied(path: Path, part: str | None = None, kinds: Sequence[str] = (), **layout) -> str:
    """All that the reader gives, as one text."""
    reader = reader_for(path, FileLayout(**layout))
    part = reader.parts()[0] if part is None else part
    blocks = list(reader.blocks(part, selected_from(reader, part, kinds)))
    text = b"".join(block for block, _rows in blocks)
    assert sum(rows for _block, rows in blocks) == text.count(b"\n")
    return text.decode()


def failure_of(path: Path, part: str | None = None, kinds: Sequence[str] = (), **layout):
    """The code with which the file is refused, and its particulars."""
    with pytest.raises(SourceFailure) as refused:
        copied(path, part, kinds, **layout)
    return refused.value.code, dict(refused.value.data)


def parquet_bytes(*, rows: int) -> bytes:
    """A Parquet file of two text columns in many row groups, its values hard to pack."""
    digests = [hashlib.sha256(b"%d" % number).hexdigest() for number in range(rows)]
    table = pa.table({"code": [f"{number:08d}" for number in range(rows)], "name": digests})
    into = io.BytesIO()
    parquet.write_table(table, into, row_group_size=20_000)
    return into.getvalue()


def workbook_bytes(*, rows: int) -> bytes:
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Sheet1")
    sheet.append(["code", "name"])
    for number in range(rows):
        sheet.append([f"{number:08d}", hashlib.sha256(b"%d" % number).hexdigest()])
    into = io.BytesIO()
    book.save(into)
    return into.getvalue()
