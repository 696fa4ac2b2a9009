"""How a merge of some rows finds those that are there."""

import pytest
from psycopg import sql

from catalog.store.delta import Reach
from catalog.store.merge import merge
from tests.catalog.store.shared import field, give, rows_of, table

HELD = 20_000


def looked_up(cursor, held) -> int:
    """How often this transaction has entered the table by its key."""
    cursor.execute(
        "SELECT sum(pg_stat_get_xact_numscans(indexrelid)) FROM pg_index WHERE indrelid = %s::regclass",
        [held.identifier.as_string(cursor)],
    )
    (times,) = cursor.fetchone()
    return int(times)


@pytest.mark.parametrize(("given", "are_few"), [(HELD // 10, True), (HELD // 2, False)])
def test_few_rows_are_looked_up_by_their_key_and_many_by_one_reading(cursor, given, are_few):
    # given a table, and rows of which each second one is another
    held = table("r_delta")
    rows = [(f"{number:06d}", f"甲{number}", "1.00") for number in range(HELD)]
    give(cursor, held, rows)
    cursor.execute(sql.SQL("ANALYZE {}").format(held.identifier))
    some = [(code, "乙" if int(code) % 2 else name, amount) for code, name, amount in rows[:given]]
    before = looked_up(cursor, held)

    # when
    def fill(write):
        write("".join("\t".join(map(field, row)) + "\n" for row in some).encode())
        return len(some)

    counts = merge(cursor, held, fill, reach=Reach.GIVEN)

    # then each is looked up once; or the table is read, at most along its key
    assert (counts.read, counts.updated, counts.inserted) == (given, given // 2, 0)
    times = looked_up(cursor, held) - before
    assert times == given if are_few else times <= 1
    assert [name for _code, name, _amount in rows_of(cursor, held)][:4] == [
        "甲0",
        "乙",
        "甲2",
        "乙",
    ]
    cursor.execute("SHOW enable_hashjoin")
    assert cursor.fetchone() == ("on",)
