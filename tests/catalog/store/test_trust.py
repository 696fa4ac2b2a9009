"""Rows that may be read twice are copied as what they ought to be: with the same end as by texts."""

from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field as member
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.models import ItemType
from catalog.store import rules
from catalog.store.casts import Cast
from catalog.store.columns import Column
from catalog.store.errors import StoreRefusal
from catalog.store.inspection import Inspection
from catalog.store.merge import Counts, merge
from catalog.store.rules import Checking, Freshness, Staged
from catalog.store.tables import StoreTable
from tests.catalog.store.shared import CODE, NAME, field, give, rows_of, table

KEY = Column("code", ItemType.CHARACTER, 4, is_key=True, is_nullable=False, label="代码")
SHORT = Column("name", ItemType.CHARACTER, 3)
BORN = Column("born", ItemType.DATE, is_nullable=False)
AMOUNT = Column("amount", ItemType.CURRENCY)
HELD = StoreTable(
    "r_trust",
    (
        KEY,
        SHORT,
        Column("memo", ItemType.MEMO, 2),
        AMOUNT,
        Column("rate", ItemType.NUMERIC),
        BORN,
        Column("at", ItemType.DATETIME),
        Column("flag", ItemType.LOGICAL),
        Column("share", ItemType.DOUBLE),
        Column("people", ItemType.INTEGER),
    ),
)
GOOD = ("1", "甲", "m", "1.50", "7", "2026-01-05", "2026-01-05 08:00", "t", "0.5", "12")
VALUES: dict[str, list[str | None]] = {
    "code": ["1", "2", "3", "4", "1   ", "4   ", "5    ", "12345", "", None],
    "name": ["甲", "甲乙丙", "甲乙丙丁", "甲乙 ", "甲乙丙 ", "    ", "", "a\tb", "\\ \\", "\n\n ", None],
    "memo": ["m", "long", "long  ", "", "\\N", "a\\b\tc\nd ", None],
    "amount": ["1", " 7 ", "1.005", "-0.005", "1e3", "1e17", "NaN", "Infinity", "1,5", "0x1F", "", None],
    "rate": ["1", "1.50", "1.5", "1_000", "1e-20", "1e200000", "nan", "-inf", "abc", "", None],
    "born": ["2026-01-05", "20260105", "2026/1/5", "5 Jan 2026", "infinity", "epoch", "today",
             "2026-02-30", "01/02/2026", "26-1-5", "10000-01-01", "2026-01-05 10:00", "", None],
    "at": ["2026-01-05 08:00", "2026-01-05T08:00:00Z", "20260105080000", "2026-01-05 08:00+09",
           "2026-01-05 08:00:00.1234567", "now", "-infinity", "2026-01-05 25:00",
           "2026-01-05 08:00 Asia/Tokyo", "x", "", None],
    "flag": ["t", "FALSE", " yes ", "off", "1", "0", "on", "o", "2", "是", "", None],
    "share": ["0.1", "1e300", "1e400", "1e-400", "NaN", "inf", "-0", "1,5", " 2 ", "", None],
    "people": ["1", " 7 ", "-0", "007", "1.0", "1e3", "0x1F", "1_000", "9223372036854775808", "", None],
}  # fmt: skip
RULES = {
    "none": (),
    "values": (
        rules.value_range(AMOUNT, "0", "2000"),
        rules.order(BORN, Column("at", ItemType.DATETIME)),
    ),
    "texts": (
        rules.pattern(BORN, "^[0-9]{8}$"),
        rules.length(AMOUNT, 1, 4),
        rules.required_if(SHORT, Column("flag", ItemType.LOGICAL), ["t"]),
    ),
}
CASTS = {"amount": Cast(trims=True, factor=Decimal(10)), "name": Cast(default="无")}


@dataclass
class Source:
    """Rows in COPY text, and how often they were read."""

    rows: Sequence[Sequence[str | None]]
    read: list[int] = member(default_factory=list)

    def fill(self, write) -> int:
        self.read.append(len(self.rows))
        for row in self.rows:
            write(("\t".join(map(field, row)) + "\n").encode())
        return len(self.rows)


@dataclass(frozen=True)
class Outcome:
    """All that can be seen of a merge afterwards."""

    counts: Counts | None
    refusal: tuple[str, dict]
    found: Inspection | None
    rows: list[tuple]


class Undo(Exception):
    pass


def outcome(cursor, source: Source, *, before, staged, checking, is_at_hand) -> Outcome:
    """What becomes of the rows; nothing of it is left."""
    try:
        with cursor.connection.transaction():
            cursor.execute("SELECT set_config('timezone', 'Asia/Shanghai', true)")
            cursor.execute("SELECT set_config('datestyle', 'ISO, YMD', true)")
            if before:
                give(cursor, HELD, before)
            counts, refusal, found = None, ("", {}), None
            try:
                with cursor.connection.transaction():
                    counts = merge(
                        cursor,
                        HELD,
                        source.fill,
                        given=staged,
                        checking=checking,
                        is_at_hand=is_at_hand,
                    )
                    found = counts.inspection
            except StoreRefusal as refused:
                refusal = refused.code, dict(refused.data)
                found = getattr(refused, "inspection", None)
            rows = []
            if counts or before:
                texts = ", ".join(f'"{column.name}"::text' for column in HELD.columns)
                cursor.execute(f"SELECT {texts} FROM {HELD.identifier.as_string()} ORDER BY code")
                rows = cursor.fetchall()
            raise Undo
    except Undo:
        return Outcome(counts, refusal, found, rows)


mostly_good = st.lists(
    st.tuples(
        st.integers(1, 9999).map(str),
        st.dictionaries(st.sampled_from([one.name for one in HELD.columns]), st.integers(0, 20), max_size=3),
    ),
    max_size=6,
    unique_by=lambda row: row[0],
)  # fmt: skip


def rows_from(drawn) -> list[list[str | None]]:
    """Each row is good but for the values that are drawn for it."""
    rows = []
    for code, changes in drawn:
        row: list[str | None] = [code, *GOOD[1:]]
        for place, column in enumerate(HELD.columns):
            if column.name in changes:
                known = VALUES[column.name]
                row[place] = known[changes[column.name] % len(known)]
        rows.append(row)
    return rows


@settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    drawn=mostly_good,
    is_new=st.booleans(),
    asked=st.sampled_from(sorted(RULES)),
    has_casts=st.booleans(),
    most_bad=st.sampled_from([0, 60]),
)
def test_trust_and_doubt_come_to_the_same_end(cursor, drawn, is_new, asked, has_casts, most_bad):
    # given
    rows = rows_from(drawn)
    casts = CASTS if has_casts else {}
    given_ = {
        "before": [] if is_new else [GOOD, ("2", *GOOD[1:])],
        "staged": [Staged(one, cast=casts.get(one.name, Cast())) for one in HELD.columns],
        "checking": Checking(
            rules=RULES[asked], most_bad=Decimal(most_bad), freshness=[Freshness(BORN, 30)]
        ),
    }

    # when both are of one transaction, so that "now" is
    cursor.execute("SELECT 1")
    once, twice = Source(rows), Source(rows)
    by_texts = outcome(cursor, once, is_at_hand=False, **given_)
    on_trust = outcome(cursor, twice, is_at_hand=True, **given_)

    # then
    assert on_trust == by_texts
    assert len(once.read) == 1
    assert (
        len(twice.read) == 1
        or by_texts.found.bad
        or any(value is not None and value.endswith(" ") for row in rows for value in row)
    )


@pytest.mark.parametrize("before", [[], [GOOD]], ids=["new", "known"])
def test_rows_that_are_as_they_ought_to_be_are_read_once_and_written_once(cursor, before):
    # given
    if before:
        give(cursor, HELD, before)
    source = Source([GOOD, ("2", "甲乙丙", *GOOD[2:])])

    # when
    counts = merge(cursor, HELD, source.fill, is_at_hand=True)

    # then the report tells of what the types have answered too
    assert source.read == [2]
    assert counts == Counts(2, 2 - len(before), 0, 0, 2)
    assert {one.value: (m.part, m.whole) for one, m in counts.inspection.dimensions.items()} == {
        "completeness": (2, 2),
        "conformity": (2, 2),
        "uniqueness": (2, 2),
    }


@pytest.mark.parametrize(
    ("value", "times"), [("甲乙 ", 1), ("甲乙丙 ", 2), ("甲乙丙丁", 2), (" ", 1)]
)
def test_spaces_that_postgresql_would_drop_are_read_twice(cursor, value, times):
    source = Source([("1", value)])
    held = table("r_spaces", CODE, Column("name", ItemType.CHARACTER, 3))
    checking = Checking(most_bad=Decimal(100))

    counts = merge(cursor, held, source.fill, checking=checking, is_at_hand=True)

    assert len(source.read) == times
    assert counts.inspection.bad == times - 1
    assert rows_of(cursor, held) == [("1", value)] * (2 - times)


def test_a_column_in_which_a_list_of_codes_is_looked_for_stays_as_it_is_written(cursor):
    # given whole numbers that the list writes with a zero in front
    listed = Column("people", ItemType.INTEGER, code_list="l")
    held = table("r_listed", CODE, listed)
    source = Source([("1", "01")])

    # when
    merge(cursor, held, source.fill, checking=Checking(codes={"l": ["01"]}), is_at_hand=True)

    # then
    assert (source.read, rows_of(cursor, held)) == ([1], [("1", 1)])


def test_an_empty_value_may_be_written_as_nothing(cursor):
    held = table("r_empty", CODE, NAME, Column("born", ItemType.DATE))

    def fill(write):
        write(b"1\t\t\n2\t\\\\N\t2026-01-05\n")
        return 2

    merge(cursor, held, fill, null="", is_at_hand=True)

    assert rows_of(cursor, held) == [("1", None, None), ("2", "\\N", date(2026, 1, 5))]


def test_nothing_is_left_of_a_table_that_was_filled_on_trust_and_then_doubted(cursor):
    # given a value that no date is, behind many that are
    held = table("r_undone", CODE, Column("born", ItemType.DATE))
    source = Source([*((str(n), "2026-01-05") for n in range(5000)), ("x", "2026-02-30")])

    # when
    with pytest.raises(StoreRefusal) as refusal, cursor.connection.transaction():
        merge(cursor, held, source.fill, is_at_hand=True)

    # then
    assert refusal.value.code == "too_many_bad"
    assert refusal.value.inspection.rows[0].values["born"] == "2026-02-30"
    cursor.execute("SELECT to_regclass('store.r_undone')")
    assert cursor.fetchone() == (None,)
