"""The newest file that was uploaded to a source."""

from typing import IO

from catalog.models import SourceUpload

from .failures import SourceFailure
from .fetched import FetchedFile, keep
from .files.glimpse import Piece


class UploadedFile(FetchedFile):
    def check(self) -> str:
        found = self._newest()
        return f"{found.name} · {found.size:,} B"

    def fetch(self, into: IO[bytes]) -> None:
        found = self._newest()
        try:
            with found.file.open("rb") as file:
                keep(file.chunks(), into)
        except FileNotFoundError:
            raise SourceFailure("file_missing", file=found.name) from None

    def piece(self, first: int, count: int) -> Piece:
        found = self._newest()
        try:
            with found.file.open("rb") as file:
                file.seek(first)
                return Piece(first, file.read(count), found.size)
        except FileNotFoundError:
            raise SourceFailure("file_missing", file=found.name) from None

    def _newest(self) -> SourceUpload:
        found = SourceUpload.objects.filter(source=self.place.source_id).exclude(file="").first()
        if found is None:
            raise SourceFailure("no_file")
        return found
