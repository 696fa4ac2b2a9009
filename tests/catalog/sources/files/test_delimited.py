"""CSV and TSV: what arrives, and what is refused with its row."""

import csv
import gzip
import io

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.sources.files.copy_text import from_rows, from_texts
from catalog.sources.files.glimpse import glimpse_of
from catalog.sources.files.layout import FileLayout
from catalog.sources.files.plain import PlainBlocks
from catalog.sources.files.reading import reader_for
from tests.catalog.sources.files.rows import copied, failure_of, selected_from


def test_rows_arrive_in_order_and_empty_fields_are_empty(tmp_path):
    # given
    path = tmp_path / "a.csv"
    path.write_bytes('﻿代码,名称\r\n01,"甲,""乙"""\r\n02,\r\n03,""\r\n'.encode())

    # then the byte order mark is no part of the first name, and quoted or not, empty is empty
    assert copied(path) == '01\t甲,"乙"\n02\t\n03\t\n'


def test_what_copy_would_read_as_its_own_is_escaped(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(b'a,b\n"C:\\N","1\t2"\n"x\ny","\\."\n')

    assert copied(path) == "C:\\\\N\t1\\t2\nx\\ny\t\\\\.\n"


@pytest.mark.parametrize(
    ("content", "layout", "rows"),
    [
        (b"a\tb\n1\t2\n", {"delimiter": "\t"}, "1\t2\n"),
        (b"a;b\n'1;0';2\n", {"delimiter": ";", "quote": "'"}, "1;0\t2\n"),
        (b'a|b\n5" pipe|2\n', {"delimiter": "|", "quote": ""}, '5" pipe\t2\n'),
        (b"Report of May\n\na,b\n1,2\n", {"header_row": 3}, "1\t2\n"),
        (b"1,2\n3,4\n", {"header_row": 0}, "1\t2\n3\t4\n"),
        ("名,b\n张三,㐀\n".encode("gb18030"), {"encoding": "gb18030"}, "张三\t㐀\n"),
        (gzip.compress(b"a,b\n1,2\n", mtime=0), {}, "1\t2\n"),
        (b"a,b\n", {}, ""),
    ],
)
def test_a_file_is_read_as_its_layout_declares(tmp_path, content, layout, rows):
    path = tmp_path / "a.csv"
    path.write_bytes(content)

    assert copied(path, **layout) == rows


@pytest.mark.parametrize(
    ("content", "layout", "code", "data"),
    [
        (b"a,b\n1,2\n3\n", {}, "field_count", {"row": 2, "expected": 2, "found": 1}),
        (
            b"x\na,b\n1,2\n3,4,5\n",
            {"header_row": 2},
            "field_count",
            {"row": 2, "expected": 2, "found": 3},
        ),
        (b'a,b\n1,"2\n3,4\n5,6\n', {}, "quote_open", {"quote": '"'}),
        (b"a,b\n1,2\n3,\xff\n", {}, "bad_bytes", {"row": 2, "encoding": "utf-8"}),
        (
            b"a,b\n1,2\n3,\xff\xff\n",
            {"encoding": "gb18030"},
            "bad_bytes",
            {"row": 2, "encoding": "gb18030"},
        ),
        (b"a,b\n1,2\n3,4\0\n", {}, "nul_character", {"row": 2}),
        (b"a,b,a\n1,2,3\n", {}, "header_repeated", {"columns": "a"}),
        (b"a,,c\n1,2,3\n", {}, "header_empty", {"place": 2}),
        (b"", {}, "file_empty", {}),
        (b"\n\n", {}, "file_empty", {}),
        (b"\n <!DOCTYPE html><html>", {}, "markup_instead", {}),
        (b"PAR1xxxx", {}, "other_format", {"declared": "csv", "found": "parquet"}),
        ("a,b\n".encode("utf-16"), {}, "utf16_instead", {}),
        (gzip.compress(b"a,b\n" + b"1,2\n" * 9999, mtime=0)[:-20], {}, "file_truncated", {}),
    ],
)
def test_a_file_that_is_not_as_declared_is_refused(tmp_path, content, layout, code, data):
    path = tmp_path / "a.csv"
    path.write_bytes(content)

    assert failure_of(path, **layout) == (code, data)


def test_a_field_that_never_ends_is_refused_before_it_fills_the_memory(tmp_path, settings):
    settings.SOURCE_ROW_MOST_BYTES = 64 * 1024
    path = tmp_path / "a.csv"
    path.write_bytes(b'a,b\n1,"' + b"x" * 3_000_000)

    assert failure_of(path) == ("row_too_large", {"most": 65536})


def test_a_row_of_endless_short_fields_is_refused_too(tmp_path, settings):
    settings.SOURCE_ROW_MOST_BYTES = 64 * 1024
    path = tmp_path / "a.csv"
    path.write_bytes(b"a,b\n" + b'"x\n",' * 500_000)

    assert failure_of(path) == ("row_too_large", {"most": 65536})


def test_long_rows_one_behind_the_other_are_no_long_row(tmp_path, settings):
    settings.SOURCE_ROW_MOST_BYTES = 64 * 1024
    path = tmp_path / "a.csv"
    path.write_bytes(b"a,b\n" + (b"1," + b"x" * 60_000 + b"\n") * 40)

    assert copied(path) == ("1\t" + "x" * 60_000 + "\n") * 40


def test_a_look_reads_the_beginning_and_no_row_that_is_cut_in_two(settings):
    # given a file of which a look takes two thousand bytes, which end within a character
    settings.SOURCE_ROW_MOST_BYTES = 1000
    content = "代码,名称\n" + '01,"甲\n乙"\n' * 300
    glimpse = glimpse_of(io.BytesIO(content.encode()), most=10_000_000)

    # when
    reader = reader_for(glimpse, FileLayout())
    rows = reader.sample("")

    # then
    assert [column.name for column in reader.columns("")] == ["代码", "名称"]
    assert 100 < len(rows) < 300
    assert all(row == {"代码": "01", "名称": "甲\n乙"} for row in rows)


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_plain_blocks_and_quoted_ones_are_one_file(tmp_path, ending):
    # given a file of many blocks: long plain stretches, and here and there what only csv can read
    plain = [
        [str(number), f"名称{number}", "" if number % 7 else "x" * 30] for number in range(9000)
    ]
    odd = {
        1500: "a,b",
        4000: f"two{ending}lines",
        4001: 'a "word"',
        7000: "back\\slash",
        8999: "\t",
    }
    rows = [[first, odd.get(int(first), name), last] for first, name, last in plain]
    path = tmp_path / "a.csv"
    with path.open("w", newline="") as file:
        csv.writer(file, lineterminator=ending).writerows([["a", "b", "c"], *rows])

    # then
    assert copied(path) == b"".join(block for block, _rows in from_rows(rows)).decode()


@pytest.mark.parametrize("odd", ["", 'x,"y"\n'])
def test_a_wrong_row_far_down_is_told_by_its_number(tmp_path, odd):
    path = tmp_path / "a.csv"
    path.write_text("a,b\n" + odd + "1,2\n" * 40_000 + "3\n" + "1,2\n" * 40_000)

    row = 40_001 + bool(odd)
    assert failure_of(path) == ("field_count", {"row": row, "expected": 2, "found": 1})


def test_a_packed_file_that_bursts_is_refused(tmp_path, settings):
    settings.SOURCE_UNPACKED_MOST_BYTES = 1_000_000
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(b"a,b\n" + b"1,2\n" * 1_000_000, mtime=0))

    assert failure_of(path) == ("file_bursts", {"most": 1_000_000})


VALUE = st.text(
    st.characters(exclude_characters="\0\r", exclude_categories=["Cs"]), min_size=1, max_size=12
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(rows=st.lists(st.tuples(VALUE, VALUE), min_size=1, max_size=20))
def test_whatever_text_a_csv_holds_arrives_whole(tmp_path, rows):
    # given
    written = io.StringIO()
    csv.writer(written, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows([("a", "b"), *rows])
    path = tmp_path / "a.csv"
    path.write_bytes(written.getvalue().encode())

    # when
    lines = copied(path).split("\n")[:-1]

    # then unescaping gives the rows back
    assert [tuple(unescaped(cell) for cell in line.split("\t")) for line in lines] == rows


@given(
    st.integers(1, 4).flatmap(
        lambda width: st.lists(
            st.lists(st.text("ab\t\n\r\\", max_size=3), min_size=width, max_size=width)
        )
    )
)
def test_whole_blocks_say_what_rows_would(rows):
    assert list(from_texts(rows)) == list(from_rows(rows))


ODD = st.text("ab,;\t\"'\\\r\n\0名", max_size=40)
NEAR = st.lists(
    st.lists(
        st.sampled_from(["", "a", "名", '"b"', '""', '","', "'c'"]), min_size=2, max_size=3
    ).map(",".join),
    max_size=6,
).map("\n".join)


@given(
    block=ODD | NEAR,
    delimiter=st.sampled_from(",;\t"),
    quote=st.sampled_from(["", '"', "'"]),
    places=st.permutations(range(3)).flatmap(
        lambda every: st.integers(1, 3).map(lambda many: list(every)[:many])
    ),
)
def test_a_block_that_is_taken_at_once_holds_the_rows_that_csv_reads(
    block, delimiter, quote, places
):
    # given
    width = max(places) + 1
    plain = PlainBlocks(FileLayout(delimiter=delimiter, quote=quote), width, places)

    # when
    copied = plain.copied(block.encode())

    # then
    if copied is not None:
        quoting = csv.QUOTE_MINIMAL if quote else csv.QUOTE_NONE
        lines = io.StringIO(block, newline="")
        read = csv.reader(lines, delimiter=delimiter, quotechar=quote or None, quoting=quoting)
        rows = [row for row in read if row]
        assert {len(row) for row in rows} == {width}
        chosen = [[row[place] for place in places] for row in rows]
        assert [copied] == list(from_texts(chosen))


@pytest.mark.parametrize(
    ("block", "rows"),
    [
        ("1,2\n,\n", "1\t2\n\t\n"),
        ('1,"2"\r\n"3,4",""\r\n', "1\t2\n3,4\t\n"),
        ('"1","2"', "1\t2\n"),
        ('1,"2\n3"\n', None),
        ('1,"2 ""3"""\n', None),
        ('1,2 "3"\n', None),
        ('1,"2" 3\n', None),
        ('1,"2\n', None),
        ("1,2\n3\n4,5,6\n", None),
        ("1,2\n\n", None),
        ("1,C:\\N\n", None),
        ("1,2\t3\n", None),
        ("1,2\0\n", None),
        ("1,2\r3,4\n", None),
    ],
)
def test_plain_is_what_neither_csv_nor_copy_reads_in_another_way(block, rows):
    copied = PlainBlocks(FileLayout(), 2, [0, 1]).copied(block.encode())

    assert copied == (rows and (rows.encode(), rows.count("\n")))


def test_the_columns_that_are_wanted_come_in_the_order_that_is_wanted(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text('a,b,c\n1,2,3\n4,"5",6\n7,"8 ""8""",9\n')
    reader = reader_for(path, FileLayout())
    first, _second, third = selected_from(reader)

    blocks = list(reader.blocks("", [third, first]))

    assert b"".join(block for block, _rows in blocks) == b"3\t1\n6\t4\n9\t7\n"


def test_letters_whose_second_byte_is_a_backslash_are_letters(tmp_path):
    # given a letter that GB 18030 writes as 0x81 0x5C, and one as 0xE1 0x7C
    path = tmp_path / "a.csv"
    path.write_bytes("名|b\n乗|醸\n".encode("gb18030"))
    assert b"\\" in path.read_bytes()

    assert copied(path, encoding="gb18030", delimiter="|") == "乗\t醸\n"


def unescaped(cell: str) -> str:
    told = {"t": "\t", "n": "\n", "r": "\r", "\\": "\\"}
    pieces = iter(cell)
    return "".join(told[next(pieces)] if one == "\\" else one for one in pieces)
