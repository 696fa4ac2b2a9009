"""What a file is, by its bytes.

Few kinds are taken: what departments write, draw, scan and record, and nothing that runs. Office files
with macros are refused, and so is the old binary format, in which they cannot be told.
"""

import codecs
import zipfile
from collections.abc import Callable, Collection
from typing import IO

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
KINDS: dict[str, str] = {
    "pdf": "application/pdf",
    "ofd": "application/ofd",
    "docx": WORD,
    "xlsx": SHEET,
    "png": "image/png",
    "jpg": "image/jpeg",
    "txt": "text/plain",
    "csv": "text/csv",
    "json": "application/json",
    "geojson": "application/geo+json",
    "tif": "image/tiff",
    "zip": "application/zip",
    "mp4": "video/mp4",
    "mp3": "audio/mpeg",
}
SAME = {"jpeg": "jpg", "tiff": "tif"}
MOST_PARTS = 10_000
CHUNK = 1024 * 1024


def kind_of(name: str, file: IO[bytes], *, among: Collection[str] = KINDS.keys()) -> str | None:
    """The media type, or None when the bytes are not what the name says, or no kind that is taken.

    `among` are endings without their dot. What is within an archive is not looked at.
    """
    ending = name.rpartition(".")[2].lower()
    ending = SAME.get(ending, ending)
    told = TELLS.get(ending) if ending in among else None
    if told is None:
        return None
    file.seek(0)
    try:
        fits = told(file)
    finally:
        file.seek(0)
    return KINDS[ending] if fits else None


def _begins(*signatures: bytes) -> Callable[[IO[bytes]], bool]:
    def told(file: IO[bytes]) -> bool:
        return file.read(16).startswith(signatures)

    return told


def _package(*parts: str) -> Callable[[IO[bytes]], bool]:
    """A ZIP that holds all of `parts`, and no macros. Its members are not unpacked."""

    def told(file: IO[bytes]) -> bool:
        try:
            with zipfile.ZipFile(file) as package:
                names = package.namelist()
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
            # The last is what zipfile says of a package that a later version of ZIP wrote: no such
            # document either, and the caller refuses the file in words.
            return False
        if len(names) > MOST_PARTS or any("vbaproject" in name.lower() for name in names):
            return False
        return set(parts) <= set(names)

    return told


def _is_text(file: IO[bytes]) -> bool:
    return any(_is_text_in(encoding, file) for encoding in ("utf-8", "gb18030"))


def _is_text_in(encoding: str, file: IO[bytes]) -> bool:
    """Read a part at a time: what is shared as it is may be large."""
    file.seek(0)
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        while part := file.read(CHUNK):
            if "\0" in decoder.decode(part):
                return False
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _is_film(file: IO[bytes]) -> bool:
    return file.read(12)[4:8] == b"ftyp"


def _is_sound(file: IO[bytes]) -> bool:
    """A tag of ID3, or the first frame: eleven bits that are set."""
    begin = file.read(3)
    return begin == b"ID3" or (begin[:1] == b"\xff" and begin[1:2] >= b"\xe0")


TELLS: dict[str, Callable[[IO[bytes]], bool]] = {
    "pdf": _begins(b"%PDF-"),
    "ofd": _package("OFD.xml"),
    "docx": _package("[Content_Types].xml", "word/document.xml"),
    "xlsx": _package("[Content_Types].xml", "xl/workbook.xml"),
    "png": _begins(b"\x89PNG\r\n\x1a\n"),
    "jpg": _begins(b"\xff\xd8\xff"),
    "txt": _is_text,
    "csv": _is_text,
    "json": _is_text,
    "geojson": _is_text,
    "tif": _begins(b"II*\0", b"MM\0*"),
    "zip": _package(),
    "mp4": _is_film,
    "mp3": _is_sound,
}
