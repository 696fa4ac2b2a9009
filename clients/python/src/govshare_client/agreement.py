"""Rows under one agreement: pages, verification, exports, changes."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from . import exports, prepared
from .connection import Connection
from .cursor_file import CursorFile
from .errors import NoSuchFileError
from .shapes import Change, Exported, Format, Row, SharedFile, Terms, Verified

if TYPE_CHECKING:
    import pandas
    import pyarrow

MOST_ENTRIES = 10_000


class Agreement:
    """One agreement, by its number. What its terms do not allow, the portal refuses."""

    def __init__(self, connection: Connection, number: str) -> None:
        self.connection = connection
        self.number = number
        self.path = f"/api/v1/agreements/{quote(number, safe='')}/"

    def terms(self) -> Terms:
        return Terms.of(self.connection.document("GET", self.path))

    def key(self) -> list[str]:
        """The columns by which the rows are known."""
        path = f"/api/v1/resources/{self.terms().resource}/table-schema.json"
        return list(self.connection.document("GET", path)["primaryKey"])

    def rows(
        self,
        *,
        fields: Sequence[str] = (),
        filter: Mapping[str, Any] | None = None,
        page_size: int = 1_000,
        after: str | None = None,
        order: str = "",
    ) -> Iterator[Row]:
        """Each row in the order of the key, or of an indexed item, fetched a page at a time.

        `order` is the item's column, with "-" before it from the end.

        `filter` is the tree of the API: {"column": "code", "op": "ge", "value": "41"}, joined by
        {"and": […]} and {"or": […]}. Pages are of different moments: an export is of one.
        """
        asked: dict[str, Any] = {"limit": page_size}
        if fields:
            asked["fields"] = list(fields)
        if filter:
            asked["filter"] = filter
        if order:
            asked["order"] = order
        while True:
            if after is not None:
                asked["after"] = after
            page = self.connection.document("POST", f"{self.path}rows/", body=asked)
            yield from page["rows"]
            after = page["next"]
            if after is None:
                return

    def verify(self, entries: Iterable[str | int | Mapping[str, Any]]) -> Iterator[Verified]:
        """Whether keys are there and values match, in the order given; up to 10,000 a call."""
        block: list[Any] = []
        for entry in entries:
            block.append(entry)
            if len(block) == MOST_ENTRIES:
                yield from self._verified(block)
                block = []
        if block:
            yield from self._verified(block)

    def _verified(self, block: list[Any]) -> Iterator[Verified]:
        told = self.connection.document("POST", f"{self.path}verify/", body={"entries": block})
        for one in told["results"]:
            yield Verified(one["found"], tuple(one["matched"]), tuple(one["differ"]))

    def export(
        self,
        target: str | Path,
        *,
        format: Format = "csv",
        fields: Sequence[str] = (),
        filter: Mapping[str, Any] | None = None,
        **options: str | int,
    ) -> Exported:
        """All rows, or those that `filter` leaves, as a file: whole and of one moment, or not there.

        What comes is held against the portal's receipt; a broken stream is begun anew. `options` are
        the format's: for CSV `encoding="gb18030"`, `bom=1`, `excel=1`.
        """
        query = exports.query_of(fields, filter, options)
        return exports.take(self.connection, self.path, Path(target), format, query)

    def export_prepared(
        self,
        target: str | Path,
        *,
        format: Format = "csv",
        fields: Sequence[str] = (),
        filter: Mapping[str, Any] | None = None,
        wait: float = 3_600,
        **options: str | int,
    ) -> Exported:
        """The same by way of a file that the portal prepares: a download that broke off goes on.

        Also after this process has ended: call it again with the same target. `wait` is the longest time
        in seconds for the portal to make it.
        """
        asked: dict[str, Any] = {"format": format, **options}
        if fields:
            asked["fields"] = list(fields)
        if filter:
            asked["filter"] = filter
        return prepared.take(self.connection, self.path, Path(target), asked, wait=wait)

    def files(self) -> list[SharedFile]:
        """Files that are shared as they are: every version, by name, the newest of each first."""
        found = self.connection.document("GET", f"{self.path}files/")
        return [SharedFile.of(one) for one in found]

    def download(
        self, name: str, target: str | Path | None = None, *, version: int | None = None
    ) -> SharedFile:
        """The file as `target`, else under its own name here; what broke off goes on where it was.

        Raises NoSuchFileError, or what the portal says.
        """
        for one in self.files():
            if one.name == name and version in (None, one.version):
                place = Path(target) if target is not None else Path(name)
                prepared.fetch(
                    self.connection, one.address, place, size=one.size, sha256=one.sha256
                )
                return one
        raise NoSuchFileError(f"{name}: no such file under {self.number}, or no such version of it")

    def changes(
        self,
        *,
        cursor_file: str | Path,
        wait: int = 0,
        follow: bool = False,
        limit: int = 1_000,
    ) -> Iterator[Change]:
        """What has happened since the cursor in the file, in its order; from now on when there is none.

        The cursor moves on when a whole answer was taken out of this iterator: whoever stops in the
        middle is told that answer again, so each change comes at least once. With `follow` it never ends, and
        waits up to `wait` seconds a call. Raises CursorExpiredError when all rows have to be taken
        again (`govshare_client.copy` does that by itself, and each change exactly once).
        """
        kept = CursorFile(Path(cursor_file))
        cursor = kept.read() or self.cursor_of_now(kept)
        while True:
            answer = self.changes_since(cursor, wait=wait, limit=limit)
            for told in answer["changes"]:
                yield Change(told["kind"], datetime.fromisoformat(told["at"]), told["row"])
            cursor = answer["next"]
            kept.write(cursor)
            if not answer["more"] and not follow:
                return

    def changes_since(self, cursor: str, *, wait: int = 0, limit: int = 1_000) -> Any:
        """One answer of the API as it is: `changes`, `next` and whether there is `more`."""
        query: dict[str, str | int] = {"since": cursor, "limit": limit}
        if wait:
            query["wait"] = wait
        return self.connection.document("GET", f"{self.path}changes/", query=query)

    def cursor_of_now(self, kept: CursorFile | None = None) -> str:
        """Where changes stand; the portal keeps a log of them from the first such call on."""
        cursor = str(self.connection.document("GET", f"{self.path}changes/")["next"])
        if kept is not None:
            kept.write(cursor)
        return cursor

    def to_arrow(
        self, *, fields: Sequence[str] = (), filter: Mapping[str, Any] | None = None
    ) -> "pyarrow.Table":
        """All rows as an Arrow table; wants the extra `arrow`."""
        import pyarrow

        with TemporaryDirectory(prefix="govshare-") as place:
            path = Path(place) / "rows.arrow"
            self.export(path, format="arrow", fields=fields, filter=filter)
            with pyarrow.OSFile(str(path)) as source, pyarrow.ipc.open_stream(source) as stream:
                return stream.read_all()

    def to_pandas(
        self, *, fields: Sequence[str] = (), filter: Mapping[str, Any] | None = None
    ) -> "pandas.DataFrame":
        """All rows as a data frame; wants the extra `pandas`."""
        return self.to_arrow(fields=fields, filter=filter).to_pandas()
