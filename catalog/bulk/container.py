"""What kind of file came in, found by its content; what it may weigh, packed and unpacked."""

import re
import zipfile
from dataclasses import dataclass
from enum import StrEnum
from typing import IO

from portal.common.worded import gettext as _

from .problems import Unreadable

MOST_BYTES = 50 * 1024 * 1024  # where the setting CATALOGUE_IMPORT_MOST_BYTES says nothing
MOST_UNPACKED = 1024 * 1024 * 1024
MOST_SHARED = 256 * 1024 * 1024
MOST_MEMBERS = 1000
# A sheet of short repeated words packs about 1:30; what packs a thousandfold is made to burst.
MOST_RATIO = 200
RATIO_MATTERS_FROM = 4 * 1024 * 1024
CHUNK = 1024 * 1024
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
SHARED = "xl/sharedStrings.xml"
ROW = re.compile(rb"<(?:\w+:)?row[\s>/]")
MERGED = re.compile(rb"""<(?:\w+:)?mergeCell\s[^>]*?ref\s*=\s*["']([^"']{1,40})["']""")
DECLARED = re.compile(rb"<!(?:DOCTYPE|ENTITY)")
OVERLAP = 256


class FileKind(StrEnum):
    WORKBOOK = "xlsx"
    CSV = "csv"
    CSV_PAIR = "zip"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class Inspection:
    """`rows` is how many the file seems to hold, counted up to the number asked for."""

    kind: FileKind
    rows: int


def inspect(file: IO[bytes], *, name: str, size: int, count_to: int) -> Inspection:
    """Look at the beginning and, for packed files, at the directory. Raises Unreadable."""
    if size == 0:
        raise Unreadable(_("The file is empty."))
    file.seek(0)
    start = file.read(4096)
    if start.startswith(OLE):
        file.seek(0)
        if ENCRYPTED in file.read(CHUNK * 4):
            raise Unreadable(_("The workbook is protected by a password: save it without one."))
        raise Unreadable(
            _("This is a workbook of the old kind (.xls): save it as an Excel workbook (.xlsx).")
        )
    if start.startswith(b"PK"):
        return _packed(file, count_to)
    text = start.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text[:1] in {b"[", b"{"}:
        return Inspection(FileKind.JSON, size // 500)
    if name.lower().endswith(".xlsx") or b"\x00" in start:
        raise Unreadable(
            _("This is no Excel workbook, although it may be called one: save it as .xlsx again.")
        )
    if name.lower().endswith((".csv", ".txt")):
        return Inspection(FileKind.CSV, _lines(file, count_to))
    raise Unreadable(_("Send an Excel workbook (.xlsx), CSV files (.csv, .zip) or JSON (.json)."))


def _packed(file: IO[bytes], count_to: int) -> Inspection:
    try:
        with zipfile.ZipFile(file) as packed:
            names = check_directory(packed)
            if "xl/workbook.xml" in names:
                if "xl/vbaProject.bin" in names:
                    raise Unreadable(
                        _("The workbook holds macros: save it as .xlsx, without them.")
                    )
                return Inspection(FileKind.WORKBOOK, _sheet_rows(packed, names, count_to))
            if "xl/workbook.bin" in names:
                raise Unreadable(
                    _("This is a binary workbook (.xlsb): save it as an Excel workbook (.xlsx).")
                )
            if any(one.lower().endswith(".csv") for one in names):
                return Inspection(FileKind.CSV_PAIR, _packed_lines(packed, names, count_to))
    except (zipfile.BadZipFile, EOFError, OSError, ValueError, NotImplementedError) as wrong:
        raise damaged() from wrong
    raise Unreadable(_("The archive holds neither a workbook nor entries.csv."))


def check_directory(packed: zipfile.ZipFile) -> list[str]:
    """Refuse, before anything is unpacked, what would burst; the directory's sizes are binding."""
    members = packed.infolist()
    if len(members) > MOST_MEMBERS:
        raise Unreadable(_("The archive holds too many files."))
    if any(one.flag_bits & 0x1 for one in members):
        raise Unreadable(_("The archive is protected by a password: pack it without one."))
    burst = any(
        one.file_size > RATIO_MATTERS_FROM
        and one.file_size > MOST_RATIO * max(one.compress_size, 1)
        for one in members
    )
    if burst or sum(one.file_size for one in members) > MOST_UNPACKED:
        raise Unreadable(_("Unpacked, the file would be far too large: divide it into several."))
    if any(one.filename == SHARED and one.file_size > MOST_SHARED for one in members):
        raise Unreadable(_("Unpacked, the file would be far too large: divide it into several."))
    return [one.filename for one in members]


def merged_ranges(packed: zipfile.ZipFile, member: str, *, most: int = 20) -> list[str]:
    """The ranges of merged cells of a sheet, found in its bytes without loading it."""
    found: list[str] = []
    with packed.open(member) as sheet:
        tail = b""
        while block := sheet.read(CHUNK):
            window = tail + block
            if DECLARED.search(window):
                raise damaged()
            for match in MERGED.finditer(window):
                found.append(match.group(1).decode("ascii", "replace"))
                if len(found) >= most:
                    return found
            # Cut behind the last whole tag, so that none is counted twice.
            cut = max(window.rfind(b">") + 1, len(window) - OVERLAP)
            tail = window[cut:]
    return found


def damaged() -> Unreadable:
    return Unreadable(
        _("The file is damaged or not what it says it is: save it again and send that.")
    )


def _sheet_rows(packed: zipfile.ZipFile, names: list[str], count_to: int) -> int:
    rows = 0
    for name in names:
        if not name.startswith("xl/worksheets/"):
            continue
        with packed.open(name) as sheet:
            while rows <= count_to and (block := sheet.read(CHUNK)):
                rows += len(ROW.findall(block))
    return rows


def _packed_lines(packed: zipfile.ZipFile, names: list[str], count_to: int) -> int:
    lines = 0
    for name in names:
        with packed.open(name) as one:
            while lines <= count_to and (block := one.read(CHUNK)):
                lines += block.count(b"\n")
    return lines


def _lines(file: IO[bytes], count_to: int) -> int:
    file.seek(0)
    lines = 0
    while lines <= count_to and (block := file.read(CHUNK)):
        lines += block.count(b"\n")
    return lines
