"""Excel workbooks, made by openpyxl; what Excel alone writes is put into their bytes."""

import datetime
import zipfile

import openpyxl
import pytest

from catalog.models import ItemType
from catalog.sources.files.layout import FileLayout
from catalog.sources.files.reading import reader_for
from tests.catalog.sources.files.rows import copied, failure_of

XLSX = {"format": "xlsx"}


@pytest.fixture
def book(tmp_path):
    """Saves sheets of rows and gives the path."""

    def save(*sheets, merged=None):
        workbook = openpyxl.Workbook()
        workbook.remove(workbook.active)
        for title, rows in sheets:
            sheet = workbook.create_sheet(title)
            for row in rows:
                sheet.append(row)
            if merged:
                sheet.merge_cells(merged)
        path = tmp_path / "a.xlsx"
        workbook.save(path)
        return path

    return save


def rewritten(path, old: bytes, new: bytes):
    """The workbook with other bytes in its first sheet."""
    with zipfile.ZipFile(path) as packed:
        parts = {name: packed.read(name) for name in packed.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    assert old in parts[sheet]
    parts[sheet] = parts[sheet].replace(old, new)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in parts.items():
            packed.writestr(name, content)
    return path


def test_the_chosen_sheet_gives_its_rows_below_the_chosen_header(book):
    # given
    when = datetime.datetime(2026, 5, 1, 8, 30)
    rows = [
        ["二〇二六年报表"],
        ["代码", "数值", "是", "日期", "时间"],
        ["007", 1.5, True, datetime.date(2026, 5, 1), when],
        [None, None, None, None, None],
        ["008", 3.0, False, None, None],
    ]
    path = book(("说明", [["x"]]), ("数据", rows))

    # when
    reader = reader_for(path, FileLayout(format="xlsx", header_row=2))

    # then
    assert reader.parts() == ["说明", "数据"]
    assert [c.name for c in reader.columns("数据")] == ["代码", "数值", "是", "日期", "时间"]
    assert copied(path, "数据", header_row=2, **XLSX) == (
        "007\t1.5\ttrue\t2026-05-01\t2026-05-01 08:30:00\n008\t3\tfalse\t\\N\t\\N\n"
    )


def test_a_formula_gives_its_stored_value_and_none_without_one(book):
    path = book(("s", [["a", "b"], [1, "=1+1"]]))

    assert failure_of(path, **XLSX) == ("formula_unstored", {"cell": "B2"})

    stored = rewritten(path, b"<f>1+1</f><v />", b"<f>1+1</f><v>2</v>")
    assert copied(stored, **XLSX) == "1\t2\n"


@pytest.mark.parametrize(
    ("rows", "kinds", "code", "data"),
    [
        ([["a", "b"], ["#REF!", 1]], (), "error_cell", {"row": 1, "item": "a", "value": "#REF!"}),
        ([["a"], [110101199003070000]], (), "digits_lost", {"row": 1, "item": "a"}),
        (
            [["a"], [datetime.datetime(2026, 1, 2, 3)]],
            (ItemType.DATE,),
            "wrong_type",
            {"row": 1, "item": "a", "type": "D"},
        ),
        ([["a", None, "c"], [1, 2, 3]], (), "header_empty", {"place": 2}),
        ([["a", "a"], [1, 2]], (), "header_repeated", {"columns": "a"}),
        ([], (), "file_empty", {}),
    ],
)
def test_cells_that_would_lie_are_refused(book, rows, kinds, code, data):
    assert failure_of(book(("s", rows)), kinds=kinds, **XLSX) == (code, data)


def test_merged_cells_are_refused_by_their_place(book):
    path = book(("s", [["a", "b"], [1, 2], [3, 4]]), merged="A2:A3")

    assert failure_of(path, **XLSX) == ("merged_cells", {"cells": "A2:A3"})


def test_a_sheet_that_went_is_told(book):
    path = book(("s", [["a"], [1]]))

    assert failure_of(path, "数据", **XLSX) == ("sheet_missing", {"sheet": "数据"})


def test_a_workbook_that_bursts_is_refused_before_it_is_unpacked(tmp_path):
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/workbook.xml", "<workbook/>")
        packed.writestr("xl/worksheets/sheet1.xml", b"0" * 30_000_000)

    assert failure_of(path, **XLSX)[0] == "file_bursts"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old_workbook"),
        (b"PK\x03\x04 and no more", "file_damaged"),
        (b"a,b\n1,2\n", "other_format"),
        (b"<html><body>Sign in</body></html>", "markup_instead"),
    ],
)
def test_what_is_no_workbook_is_refused(tmp_path, content, code):
    path = tmp_path / "a.xlsx"
    path.write_bytes(content)

    assert failure_of(path, **XLSX)[0] == code
