"""The rules on their own: circles, tables of codes, comparison."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.standards import codes, sheets
from catalog.standards.codes import CodeRow
from catalog.standards.comparison import compare
from catalog.standards.trees import loops
from portal.common.errors import Invalid

CODES = st.sampled_from("abcdefgh")


def ends(parents, code):
    """Whether the way up from `code` ends, found the slow way."""
    for _step in range(len(parents) + 1):
        if code not in parents:
            return True
        code = parents[code]
    return False


@given(st.dictionaries(CODES, st.one_of(CODES, st.just(""))))
def test_a_way_up_ends_unless_it_meets_a_circle_that_was_found(parents):
    circles = loops(parents)

    in_circles = [code for circle in circles for code in circle]
    assert len(in_circles) == len(set(in_circles))
    for circle in circles:
        assert [parents[code] for code in circle] == [*circle[1:], circle[0]]
    without = {code: above for code, above in parents.items() if code not in in_circles}
    assert all(ends(without, code) for code in parents)


@given(st.integers(1, 3000))
def test_a_long_circle_is_found_without_running_out_of_stack(size):
    parents = {str(i): str((i + 1) % size) for i in range(size)}
    assert [len(circle) for circle in loops(parents)] == [size]


TABLES = st.dictionaries(
    st.text("0123456789", min_size=1, max_size=2),
    st.tuples(st.sampled_from(["甲", "乙"]), st.sampled_from(["", "x"])),
)


def as_rows(table):
    return [CodeRow(code, name, "", note) for code, (name, note) in table.items()]


@given(TABLES, TABLES)
def test_a_comparison_leads_from_one_version_to_the_other(before, after):
    found = compare(as_rows(before), as_rows(after))

    held = {row.code: row for row in as_rows(before)}
    for row in found.removed:
        del held[row.code]
    for change in found.changed:
        held[change.after.code] = change.after
    for row in found.added:
        held[row.code] = row
    assert held == {row.code: row for row in as_rows(after)}
    assert bool(found) == (before != after)
    assert found.kept + len(found.changed) + len(found.added) == len(after)


@given(TABLES, TABLES)
def test_what_was_added_one_way_was_removed_the_other(before, after):
    there, back = (compare(as_rows(a), as_rows(b)) for a, b in ((before, after), (after, before)))
    assert {row.code for row in there.added} == {row.code for row in back.removed}
    assert [c.is_renamed for c in there.changed].count(True) == [
        c.is_renamed for c in back.changed
    ].count(True)


@given(TABLES, TABLES)
def test_the_digest_tells_tables_apart(one, other):
    same = as_rows(one) == as_rows(other)
    assert (codes.digest_of(as_rows(one)) == codes.digest_of(as_rows(other))) == same


def faults_of(*given_rows):
    with pytest.raises(Invalid) as refused:
        codes.check([CodeRow(*row) for row in given_rows])
    return refused.value.fields


def test_a_sound_table_passes():
    codes.check([CodeRow("1", "甲"), CodeRow("11", "乙", "1")])


@pytest.mark.parametrize(
    ("table", "where"),
    [
        ([("1", "甲"), ("1", "乙")], "rows.2.code"),
        ([("", "甲")], "rows.1.code"),
        ([("1", "")], "rows.1.name"),
        ([("1 2", "甲")], "rows.1.code"),
        ([("1", "<b>甲</b>")], "rows.1.name"),
        ([("1", "甲\u202e")], "rows.1.name"),
        ([("1", "甲" * 201)], "rows.1.name"),
        ([("1", "甲", "2")], "rows.1.parent_code"),
        ([("1", "甲", "1")], "rows.1.parent_code"),
        ([("1", "甲", "2"), ("2", "乙", "3"), ("3", "丙", "1")], "rows.1.parent_code"),
        ([], "file"),
    ],
)
def test_a_fault_is_named_by_row_and_column(table, where):
    assert list(faults_of(*table)) == [where]


def test_every_fault_is_named_at_once():
    found = faults_of(("1", "甲"), ("1", ""), ("", "丙", "9"))
    assert sorted(found) == ["rows.2.code", "rows.2.name", "rows.3.code", "rows.3.parent_code"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_table_is_read_as_spreadsheets_write_it(encoding):
    content = "名称,代码,备用\r\n男性,01,x\r\n女性,02\r\n,,\r\n".encode(encoding)
    assert codes.read(content) == [CodeRow("01", "男性"), CodeRow("02", "女性")]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"code,name\n",
        b"code\n1\n",
        b"code,code,name\n1,1,a\n",
        b'code,name\n1,"a\n',
        b"code,name\n1,a\x00\n",
        b"\xff\xfe\x00\x01",
        b"x" * (sheets.MOST_BYTES + 1),
        b"code,name\n" + b"1,a\n" * (sheets.MOST_ROWS + 1),
    ],
    ids=["nothing", "headings", "no name", "twice", "open quote", "nul", "binary", "huge", "long"],
)
def test_a_file_that_cannot_be_read_says_why(content):
    with pytest.raises(Invalid) as refused:
        codes.read(content)
    assert list(refused.value.fields) == ["file"]


@given(st.binary(max_size=200))
def test_no_bytes_make_the_reader_fail_otherwise(content):
    with suppress(Invalid):
        assert codes.read(b"code,name\n" + content)
