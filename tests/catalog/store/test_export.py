import json

import pytest
from psycopg import sql

from catalog.models import ItemType
from catalog.store.columns import Column
from catalog.store.export import copy_csv, copy_json_lines, json_page, ordered

from .shared import CODE, NAME, give, table

PART = Column("part", ItemType.INTEGER, is_key=True, is_nullable=False)
AT = Column("at", ItemType.DATETIME)
ROWS = [
    (2, "b", '引号" 逗号, 换行\n', None),
    (1, "a", None, "2026-01-01 00:00:00+00"),
    (2, "a", "", None),
]


@pytest.fixture
def held(cursor):
    held = table("r_out", PART, CODE, NAME, AT)
    give(cursor, held, ROWS)
    return held


def page(cursor, held, **asked):
    cursor.execute(json_page("store", held.name, held.columns, held.key, **asked))
    rows, count, last = cursor.fetchone()
    return json.loads(rows), count, last


def copied(cursor, statement):
    with cursor.copy(statement) as copy:
        return b"".join(bytes(block) for block in copy)


def test_csv_comes_in_the_order_of_the_key(cursor, held):
    rows = ordered("store", held.name, [NAME.identifier, PART.identifier], held.key)

    given = copied(cursor, copy_csv(rows))

    assert given.decode() == 'name,part\n,1\n"",2\n"引号"" 逗号, 换行\n",2\n'


def test_csv_comes_in_the_encoding_asked_for(cursor, held):
    where = sql.SQL("code = 'b'")
    rows = ordered("store", held.name, [NAME.identifier], held.key, where)

    given = copied(cursor, copy_csv(rows, encoding="GB18030"))

    assert given.decode("gb18030") == 'name\n"引号"" 逗号, 换行\n"\n'


def test_json_lines_are_what_a_page_shows(cursor, held):
    cursor.execute("SET LOCAL timezone = 'Asia/Shanghai'")
    rows = ordered("store", held.name, [c.identifier for c in held.columns], held.key)

    lines = copied(cursor, copy_json_lines(rows)).decode().split("\n")

    assert lines.pop() == ""
    assert [json.loads(line) for line in lines] == page(cursor, held, limit=10)[0]


def test_pages_follow_one_another_by_key(cursor, held):
    cursor.execute("SET LOCAL timezone = 'Asia/Shanghai'")

    first, _, last = page(cursor, held, limit=2)
    second, count, end = page(cursor, held, limit=2, after=last)
    third = page(cursor, held, limit=2, after=end)

    assert first == [
        {"part": 1, "code": "a", "name": None, "at": "2026-01-01T08:00:00+08:00"},
        {"part": 2, "code": "a", "name": "", "at": None},
    ]
    assert last == ["2", "a"]
    assert second == [{"part": 2, "code": "b", "name": '引号" 逗号, 换行\n', "at": None}]
    assert (count, end) == (1, ["2", "b"])
    assert third == ([], 0, None)


def test_a_page_shows_chosen_columns_of_chosen_rows(cursor, held):
    cursor.execute(
        json_page(
            "store",
            held.name,
            [NAME],
            held.key,
            limit=10,
            where=sql.SQL("part = {}").format(sql.Literal(2)),
        )
    )

    assert cursor.fetchone()[0] == r'[{"name":""}, {"name":"引号\" 逗号, 换行\n"}]'.replace(
        ", {", ", \n {"
    )


def test_a_cursor_cannot_smuggle_sql(cursor, held):
    assert page(cursor, held, limit=10, after=["9", "'; DROP TABLE store.r_out; --"])[1] == 0


def test_a_page_reads_no_more_than_its_rows(cursor, held):
    cursor.execute("INSERT INTO store.r_out SELECT 3, i::text FROM generate_series(1, 20000) i")
    cursor.execute("ANALYZE store.r_out")

    cursor.execute(
        sql.SQL("EXPLAIN ").join(
            [
                sql.SQL(""),
                json_page("store", held.name, held.columns, held.key, after=["3", "5"], limit=100),
            ]
        )
    )

    plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "Index Scan using r_out_key" in plan
    assert "Sort" not in plan
