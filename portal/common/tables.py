"""A table as a file to take away: CSV or an Excel workbook, row by row, however long."""

import csv
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime

from django.http import FileResponse, StreamingHttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from .errors import NotFound

FORMS = ("csv", "xlsx")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# What a spreadsheet takes for a formula when it opens a CSV file.
ACTIVE = ("=", "+", "-", "@", "\t", "\r")
MOST_ROWS = 1_048_575  # of a sheet, beside its heading

Cell = str | int | float | date | datetime | None
Row = Sequence[Cell]
File = FileResponse | StreamingHttpResponse


def table_file(form: str, name: str, heading: Sequence[str], rows: Iterable[Row]) -> File:
    """The table as an answer; `form` is one of `FORMS`, else `NotFound` is raised.

    Texts never act as formulas. A workbook is written to disk before it leaves, CSV leaves as it is
    read.
    """
    match form:
        case "csv":
            return _csv(name, heading, rows)
        case "xlsx":
            return _workbook(name, heading, rows)
    raise NotFound(_("Tables are given as CSV or as an Excel workbook."))


def _disposition(name: str, ending: str) -> str:
    """The header under which a file is saved by its name."""
    return content_disposition_header(as_attachment=True, filename=f"{name}.{ending}") or ""


class _Line:
    """What csv writes into: it keeps nothing and gives each line back."""

    def write(self, line: str) -> str:
        return line


def _csv(name: str, heading: Sequence[str], rows: Iterable[Row]) -> StreamingHttpResponse:
    writer = csv.writer(_Line(), lineterminator="\r\n")

    def lines() -> Iterator[str]:
        yield "\ufeff" + writer.writerow(heading)
        for row in rows:
            yield writer.writerow([_text(cell) for cell in row])

    answer = StreamingHttpResponse(lines(), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = _disposition(name, "csv")
    return answer


def _text(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return timezone.localtime(cell).isoformat(timespec="minutes")
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, str):
        return f"'{cell}" if cell.startswith(ACTIVE) else cell
    return str(cell)


def _workbook(name: str, heading: Sequence[str], rows: Iterable[Row]) -> FileResponse:
    book = Workbook(write_only=True)
    sheet = book.create_sheet()

    def cell(value: Cell) -> object:
        if isinstance(value, datetime):
            return timezone.localtime(value).replace(tzinfo=None)
        if not isinstance(value, str):
            return value
        made = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub("", value))
        made.data_type = "s"
        return made

    sheet.append([cell(one) for one in heading])
    for number, row in enumerate(rows):
        if number == MOST_ROWS:
            break
        sheet.append([cell(one) for one in row])
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the answer closes it
    book.save(file)
    file.seek(0)
    answer = FileResponse(file, content_type=XLSX)
    answer["Content-Disposition"] = _disposition(name, "xlsx")
    return answer
