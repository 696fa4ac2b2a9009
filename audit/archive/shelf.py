"""Where the files of months lie, and copies of them on this machine while they are read."""

import hashlib
import shutil
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Self

from botocore.exceptions import BotoCoreError, ClientError
from django.core.files.storage import Storage, storages

from audit.archive import files
from audit.archive.papers import Papers, Unfit

AWAY = (OSError, BotoCoreError, ClientError)
PIECE = 1024 * 1024
COPIES = 3


def storage() -> Storage:
    return storages["audit"]


def fetch(papers: Papers, to: Path) -> None:
    """A copy of the file at `to`. Raises `Unfit` when it is not there, or not the one that was signed."""
    digest = hashlib.sha256()
    try:
        with storage().open(papers.file, "rb") as found, to.open("wb") as copy:
            while piece := found.read(PIECE):
                digest.update(piece)
                copy.write(piece)
    except AWAY as error:
        raise Unfit(f"its file {papers.file} cannot be fetched: {error}") from error
    if digest.hexdigest() != papers.sha256:
        raise Unfit(f"its file {papers.file} is not the one that was signed")


class Shelf:
    """The archived months, for a verification: what the entries were that the table does not hold.

    Several threads may ask at once. Only a few copies are kept; one who still reads a copy that made
    room for another reads on.
    """

    def __init__(self, archived: Sequence[Papers], folder: Path) -> None:
        self._archived = archived
        self._folder = folder
        self._copies: list[Papers] = []
        self._lock = threading.Lock()

    @classmethod
    @contextmanager
    def of(cls, archived: Sequence[Papers]) -> Iterator[Self]:
        folder = Path(tempfile.mkdtemp(prefix="audit-months-"))
        try:
            yield cls(archived, folder)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def contents(self, begin: int, end: int) -> dict[int, bytes]:
        """The canonical bytes by leaf, of all leaves of archived months from `begin` up to `end`.

        Raises `Unfit`, naming the month, when a file is not there or not the one that was signed.
        """
        found: dict[int, bytes] = {}
        for papers in self._archived:
            if papers.first < end and papers.last >= begin:
                try:
                    with self._opened(papers) as file:
                        for some in files.read(file, begin=begin, end=end):
                            found |= {entry.leaf: entry.content.encode() for entry in some}
                except Unfit as error:
                    raise Unfit(f"the archived month {papers.month}: {error}") from error
        return found

    def _opened(self, papers: Papers) -> BinaryIO:
        path = self._folder / f"{papers.month}.parquet"
        with self._lock:
            if papers not in self._copies:
                fetch(papers, path)
                self._copies.append(papers)
                if len(self._copies) > COPIES:
                    (self._folder / f"{self._copies.pop(0).month}.parquet").unlink()
            return path.open("rb")
