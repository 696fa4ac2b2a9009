"""A look into a file: what is needed of it, and no more."""

import gzip

import pytest

from catalog.sources.files.glimpse import BLOCK_BYTES, EndOfGlimpse, Glimpse, Piece
from catalog.sources.files.layout import FileLayout
from catalog.sources.files.reading import reader_for
from tests.catalog.sources.files.rows import parquet_bytes, workbook_bytes

MOST = 8 * BLOCK_BYTES
LINES = b"".join(b"%08d,%s\n" % (number, b"x" * 90) for number in range(200_000))
CSV = b"code,name\n" + LINES


class Server:
    """Gives pieces, and writes down what was asked."""

    def __init__(self, content: bytes, *, total: int | None = -1) -> None:
        self.content = content
        self.total = len(content) if total == -1 else total
        self.given = 0

    def piece(self, first: int, count: int) -> Piece:
        found = self.content[first : first + count]
        self.given += len(found)
        return Piece(first, found, self.total)


def seen(server: Server, format: str = "csv", part: str = ""):
    reader = reader_for(Glimpse(server.piece, MOST), FileLayout(format=format))
    return [column.name for column in reader.columns(part)], len(reader.sample(part))


@pytest.mark.parametrize("total", [-1, None])
def test_of_a_large_csv_the_first_blocks_are_fetched(total):
    server = Server(CSV, total=total)

    assert seen(server) == (["code", "name"], 1000)
    assert server.given <= 4 * BLOCK_BYTES < len(CSV) / 5


def test_of_a_packed_csv_too():
    server = Server(gzip.compress(CSV, compresslevel=0, mtime=0))

    assert seen(server) == (["code", "name"], 1000)
    assert server.given <= 4 * BLOCK_BYTES


@pytest.mark.parametrize("format", ["jsonl", "json"])
def test_of_json_as_many_rows_are_read_as_the_look_may_take(format):
    rows = [b'{"a": %d, "b": "%s"}' % (number, b"y" * 3_000) for number in range(4_000)]
    content = b"\n".join(rows) if format == "jsonl" else b"[" + b",".join(rows) + b"]"
    server = Server(content)

    assert seen(server, format) == (["a", "b"], 1000)
    assert server.given == MOST < len(content)


def test_of_a_parquet_file_the_end_is_fetched_and_what_it_points_to():
    content = parquet_bytes(rows=400_000)
    server = Server(content)

    assert seen(server, "parquet") == (["code", "name"], 1000)
    assert server.given < len(content) / 2


def test_a_workbook_is_found_by_its_directory_at_the_end():
    server = Server(workbook_bytes(rows=3_000))

    assert seen(server, "xlsx", "Sheet1") == (["code", "name"], 1000)


def test_a_file_that_ends_before_its_announced_size_ends_there():
    server = Server(b"code,name\n1,x\n", total=10**9)

    assert seen(server) == (["code", "name"], 1)


def test_a_look_that_needs_more_than_it_may_take_ends():
    server = Server(b"code\n" + b"z" * (MOST * 2))
    glimpse = Glimpse(server.piece, BLOCK_BYTES)

    with pytest.raises(EndOfGlimpse), glimpse.open() as file:
        file.read()
    assert server.given == BLOCK_BYTES
