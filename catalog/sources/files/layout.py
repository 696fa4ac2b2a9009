"""How a file is to be read, as its steward declared it. Nothing of this is guessed in a run."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext_lazy as _

from portal.common.errors import Invalid
from portal.common.text import Text


class FileFormat(StrEnum):
    CSV = "csv"
    JSON = "json"
    JSON_LINES = "jsonl"
    WORKBOOK = "xlsx"
    PARQUET = "parquet"


FORMATS: dict[str, Text] = {
    FileFormat.CSV: _("CSV or TSV"),
    FileFormat.JSON: _("JSON"),
    FileFormat.JSON_LINES: _("JSON Lines"),
    FileFormat.WORKBOOK: _("Excel workbook (.xlsx)"),
    FileFormat.PARQUET: _("Parquet"),
}
ENCODINGS = {"utf-8": "UTF-8", "gb18030": "GB18030 (GBK, GB2312)"}
DELIMITERS: dict[str, Text] = {
    ",": _("comma"),
    "\t": _("tab"),
    ";": _("semicolon"),
    "|": _("vertical bar"),
}
QUOTES: dict[str, Text] = {'"': _("double quote"), "'": _("single quote"), "": _("none")}
MOST_HEADER_ROWS = 100
TAB = "tab"
NONE = "none"
LONGEST_PATH = 200


@dataclass(frozen=True, slots=True)
class FileLayout:
    """`header_row` counts from 1; 0 says that there is none, and columns are called f0, f1 and on.

    `rows_path` leads to the array of rows in a JSON document, by names joined with dots; "" when the
    document is the array.
    """

    format: str = FileFormat.CSV
    encoding: str = "utf-8"
    delimiter: str = ","
    quote: str = '"'
    header_row: int = 1
    rows_path: str = ""

    @property
    def facts(self) -> dict[str, str | int]:
        return asdict(self)


def layout_of(settings: Mapping[str, Any]) -> FileLayout:
    """The layout that these settings declare. Raises Invalid at the setting that is wrong."""
    defaults = FileLayout()
    try:
        header_row = int(settings.get("header_row", defaults.header_row))
    except (TypeError, ValueError):
        header_row = -1
    layout = FileLayout(
        format=str(settings.get("format") or defaults.format),
        encoding=str(settings.get("encoding") or defaults.encoding),
        delimiter=_meant(str(settings.get("delimiter") or defaults.delimiter)),
        quote=_meant(str(settings.get("quote") or defaults.quote)),
        header_row=header_row,
        rows_path=str(settings.get("rows_path") or "").strip(),
    )
    wrong = {
        "format": layout.format not in FORMATS,
        "encoding": layout.encoding not in ENCODINGS,
        "delimiter": layout.delimiter not in DELIMITERS,
        "quote": layout.quote not in QUOTES,
        "header_row": not 0 <= layout.header_row <= MOST_HEADER_ROWS,
        "rows_path": len(layout.rows_path) > LONGEST_PATH or "\0" in layout.rows_path,
    }
    fields = {
        name: [str(_("Choose one of the values."))] for name, is_bad in wrong.items() if is_bad
    }
    if "header_row" in fields:
        fields["header_row"] = [
            str(_("Enter a number from 0 to %(most)s.") % {"most": MOST_HEADER_ROWS})
        ]
    if fields:
        raise Invalid(_("The input has errors."), fields=fields)
    return layout


def _meant(word: str) -> str:
    """Settings of sources are stripped texts: a tab and nothing are told by a word."""
    return {TAB: "\t", NONE: ""}.get(word, word)
