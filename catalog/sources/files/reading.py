"""The reader for a file, as its layout declares it."""

from collections.abc import Callable
from typing import cast

from django.utils.module_loading import import_string

from . import opening
from .glimpse import Held
from .layout import FileFormat, FileLayout
from .reader import Reader

# By name: Arrow, and what else the readers bring, is memory that most web processes never need.
READERS: dict[str, str] = {
    FileFormat.CSV: "delimited.Delimited",
    FileFormat.JSON: "json_rows.JsonDocument",
    FileFormat.JSON_LINES: "json_rows.JsonLines",
    FileFormat.WORKBOOK: "workbook.Workbook",
    FileFormat.PARQUET: "parquet.ParquetFile",
}


def reader_for(held: Held, layout: FileLayout) -> Reader:
    """Raises SourceFailure for a file that is not of the declared format."""
    opening.check(held, layout.format)
    named = import_string(f"{__package__}.{READERS[layout.format]}")
    return cast("Callable[[Held, FileLayout], Reader]", named)(held, layout)
