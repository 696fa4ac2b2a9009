"""The Parquet file of a month: each entry as it was hashed, and in columns for whoever looks into it."""

import bisect
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from audit.archive.papers import Unfit

# Arrow is loaded when it is needed: every worker has this module, few of them ever make an archive.
if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as parquet

GROUP = 5_000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

TEXTS = (
    "actor_kind",
    "actor_id",
    "actor_name",
    "department_name",
    "action",
    "target_type",
    "target_id",
    "target_label",
    "result",
    "request_id",
    "ip",
)


@dataclass(frozen=True, slots=True)
class Archived:
    """One entry of a file: its leaf, the transaction that wrote it, and its canonical text."""

    leaf: int
    xid: str
    content: str


@contextmanager
def writing(file: BinaryIO) -> Iterator["Writer"]:
    """A writer whose file is whole once the block has ended."""
    import pyarrow.parquet as parquet

    with parquet.ParquetWriter(
        file, _schema(), compression="zstd", write_statistics=["leaf"]
    ) as made:
        writer = Writer(made)
        yield writer
        writer.flush()


class Writer:
    """Takes the entries in the order of their leaves, and keeps no more than a row group in memory."""

    def __init__(self, made: "parquet.ParquetWriter") -> None:
        self._made = made
        self._waiting: list[Archived] = []

    def add(self, entries: Iterable[Archived]) -> None:
        for entry in entries:
            self._waiting.append(entry)
            if len(self._waiting) == GROUP:
                self.flush()

    def flush(self) -> None:
        if self._waiting:
            self._made.write_table(_table(self._waiting))
            self._waiting = []


def read(
    file: Path | BinaryIO, *, begin: int = 0, end: int | None = None
) -> Iterator[list[Archived]]:
    """The entries whose leaves lie from `begin` up to, not with, `end`, some thousands at a time.

    Raises `Unfit` for a file of something else.
    """
    import pyarrow as pa
    import pyarrow.parquet as parquet

    try:
        with parquet.ParquetFile(file) as found:
            for group in _groups(found, begin, end):
                columns = found.read_row_group(group, columns=["leaf", "xid", "content"]).columns
                yield [
                    Archived(leaf, xid, content)
                    for leaf, xid, content in zip(*(c.to_pylist() for c in columns), strict=True)
                    if leaf >= begin and (end is None or leaf < end)
                ]
    except (pa.ArrowException, OSError, KeyError) as error:
        raise Unfit(f"the file cannot be read: {error}") from error


def _groups(found: "parquet.ParquetFile", begin: int, end: int | None) -> range:
    """The row groups in which such leaves can lie: the file is in their order."""

    def last(number: int) -> int:
        leaf: int = found.metadata.row_group(number).column(0).statistics.max
        return leaf

    count = found.metadata.num_row_groups
    first = bisect.bisect_left(range(count), begin, key=last)
    if end is None:
        return range(first, count)
    return range(first, min(bisect.bisect_left(range(count), end - 1, key=last) + 1, count))


def _schema() -> "pa.Schema":
    """`content` are the bytes under the hash; the columns after it are made of nothing else."""
    import pyarrow as pa

    return pa.schema(
        [
            ("leaf", pa.int64()),
            ("xid", pa.string()),
            ("content", pa.string()),
            ("id", pa.int64()),
            ("at", pa.timestamp("us", tz="UTC")),
            ("department_id", pa.int64()),
            ("department_ids", pa.list_(pa.int64())),
            ("data", pa.string()),
            *((name, pa.string()) for name in TEXTS),
        ]
    )


def _table(entries: list[Archived]) -> "pa.Table":
    import pyarrow as pa

    told: list[dict[str, Any]] = [json.loads(entry.content) for entry in entries]
    columns: dict[str, list[Any]] = {
        "leaf": [entry.leaf for entry in entries],
        "xid": [entry.xid for entry in entries],
        "content": [entry.content for entry in entries],
        "at": [EPOCH + timedelta(microseconds=one["at"]) for one in told],
        "data": [json.dumps(one["data"], ensure_ascii=False) for one in told],
    }
    for name in ("id", "department_id", "department_ids", *TEXTS):
        columns[name] = [one[name] for one in told]
    # Hashed as PostgreSQL writes it, with the length of its network.
    columns["ip"] = [ip and ip.partition("/")[0] for ip in columns["ip"]]
    schema = _schema()
    return pa.table({name: columns[name] for name in schema.names}, schema=schema)
