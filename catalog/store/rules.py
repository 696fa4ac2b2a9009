"""What makes a row bad: declared rules, each one condition in SQL over the staged row.

Every rule that the items imply (type, length, compulsory, code list) is derived; others a steward
declares (`catalog.sources.checks`). All of them are asked in one pass; no rule is free SQL.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from psycopg import sql

from catalog.models import ItemType

from .casts import Cast, cast_text
from .check_digits import is_no_credit_code, is_no_resident_id
from .columns import Column
from .tables import StoreTable

WORDS = frozenset({ItemType.CHARACTER, ItemType.MEMO, ItemType.GENERAL})


class Dimension(StrEnum):
    """The six dimensions of a run's report: 完整性 规范性 唯一性 准确性 一致性 及时性."""

    COMPLETENESS = "completeness"
    CONFORMITY = "conformity"
    UNIQUENESS = "uniqueness"
    ACCURACY = "accuracy"
    CONSISTENCY = "consistency"
    TIMELINESS = "timeliness"


class Code(StrEnum):
    """What is wrong with a row. Kept in reports; `catalog.sources.rule_words` has the words."""

    WRONG_TYPE = "wrong_type"
    TOO_LONG = "too_long"
    NULL_IN_KEY = "null_in_key"
    NULL_IN_ITEM = "null_in_item"
    REPEATED_KEY = "repeated_key"
    CODE_LIST = "code_list"
    PATTERN = "pattern"
    LENGTH = "length"
    RANGE = "range"
    RESIDENT_ID = "resident_id"
    CREDIT_CODE = "credit_code"
    ORDER = "order"
    REQUIRED_IF = "required_if"


DIMENSIONS: dict[Code, Dimension] = {
    Code.WRONG_TYPE: Dimension.CONFORMITY,
    Code.TOO_LONG: Dimension.CONFORMITY,
    Code.NULL_IN_KEY: Dimension.COMPLETENESS,
    Code.NULL_IN_ITEM: Dimension.COMPLETENESS,
    Code.REPEATED_KEY: Dimension.UNIQUENESS,
    Code.CODE_LIST: Dimension.CONFORMITY,
    Code.PATTERN: Dimension.CONFORMITY,
    Code.LENGTH: Dimension.CONFORMITY,
    Code.RANGE: Dimension.ACCURACY,
    Code.RESIDENT_ID: Dimension.ACCURACY,
    Code.CREDIT_CODE: Dimension.ACCURACY,
    Code.ORDER: Dimension.CONSISTENCY,
    Code.REQUIRED_IF: Dimension.COMPLETENESS,
}

# Rules that compare values; the others read texts, as the source writes them.
BY_VALUE = frozenset({Code.RANGE, Code.ORDER})


@dataclass(frozen=True, slots=True)
class Staged:
    """A column of the source as it is staged for a column of the table.

    `is_sure`: whatever the source can give is a value of the column's type and length, so that it
    may be staged as such. Else it is staged as text, and each row is asked.
    """

    column: Column
    is_sure: bool = False
    cast: Cast = field(default_factory=Cast)

    @property
    def is_loose(self) -> bool:
        """Whether the value must be made of the staged text before it can be compared."""
        return bool(self.cast) or not (self.is_sure or self.column.kind in WORDS)

    @property
    def stage_type(self) -> sql.SQL:
        if self.is_sure and not self.cast:
            return self.column.type_sql
        return sql.SQL("text")

    @property
    def text(self) -> sql.Composable:
        """The value as text, or in its own type where that is sure."""
        if self.cast:
            return cast_text(self.cast, self.column.identifier)
        return self.column.identifier

    @property
    def value(self) -> sql.Composable:
        """The value in the column's type; of a bad one NULL, so that no rule fails on it."""
        if not self.is_loose:
            return self.column.identifier
        return sql.SQL("CASE WHEN pg_input_is_valid({0}, {1}) THEN ({0})::{2} END").format(
            self.text, sql.Literal(self.column.type), self.column.type_sql
        )

    @property
    def sound(self) -> sql.Composable:
        """The value in the column's type, of rows that passed all rules."""
        if not self.is_loose:
            return self.column.identifier
        return sql.SQL("({})::{}").format(self.text, self.column.type_sql)


Row = Mapping[str, Staged]


@dataclass(frozen=True, slots=True)
class Rule:
    """`bad` gives the condition under which a row is bad: true then, else false or NULL."""

    code: Code
    column: Column
    bad: Callable[[Row], sql.Composable]
    others: tuple[str, ...] = ()
    """Further columns that it reads."""


def derived(
    table: StoreTable,
    given: Sequence[Staged],
    codes: Mapping[str, Sequence[str]],
) -> list[Rule]:
    """The rules that the items imply. A column that is not given is empty throughout."""
    found: list[Rule] = []
    staged = {one.column.name: one for one in given}
    for column in table.columns:
        one = staged.get(column.name)
        if column.is_required:
            code = Code.NULL_IN_KEY if column.is_key else Code.NULL_IN_ITEM
            found.append(Rule(code, column, _is_null(column)))
        if one is None:
            continue
        if one.is_loose and column.kind not in WORDS:
            found.append(Rule(Code.WRONG_TYPE, column, _wrong_type(one)))
        length = column.length if column.kind == ItemType.CHARACTER else None
        if length is not None and (one.cast or not one.is_sure):
            found.append(Rule(Code.TOO_LONG, column, _longer_than(one, length)))
        if listed := codes.get(column.code_list):
            found.append(Rule(Code.CODE_LIST, column, _in_no_list(one, listed)))
    return found


def read_as_written(table: StoreTable, checking: "Checking") -> set[str]:
    """The columns of which a declared rule or a code list reads the text."""
    found = {column.name for column in table.columns if checking.codes.get(column.code_list)}
    for rule in checking.rules:
        if rule.code not in BY_VALUE:
            found |= {rule.column.name, *rule.others}
    return found


def pattern(column: Column, expression: str) -> Rule:
    return Rule(
        Code.PATTERN,
        column,
        lambda row: sql.SQL("{}::text !~ {}").format(row[column.name].text, expression),
    )


def length(column: Column, least: int | None, most: int | None) -> Rule:
    def bad(row: Row) -> sql.Composable:
        return sql.SQL("length({}::text) NOT BETWEEN {} AND {}").format(
            row[column.name].text, least or 0, most if most is not None else 2**31 - 1
        )

    return Rule(Code.LENGTH, column, bad)


def value_range(column: Column, low: str | None, high: str | None) -> Rule:
    """Bounds are inclusive and in the column's type; who declares them sees that they are."""

    def bad(row: Row) -> sql.Composable:
        value = row[column.name].value
        ends = [
            sql.SQL("{} {} {}::{}").format(value, sql.SQL(sign), bound, column.type_sql)
            for sign, bound in (("<", low), (">", high))
            if bound is not None
        ]
        return sql.SQL("({})").format(sql.SQL(" OR ").join(ends))

    return Rule(Code.RANGE, column, bad)


def resident_id(column: Column, *, today: date) -> Rule:
    return Rule(
        Code.RESIDENT_ID, column, lambda row: is_no_resident_id(row[column.name].text, today=today)
    )


def credit_code(column: Column) -> Rule:
    return Rule(Code.CREDIT_CODE, column, lambda row: is_no_credit_code(row[column.name].text))


def order(column: Column, other: Column) -> Rule:
    """`column` may not be greater than `other`; an empty one of them is nothing to compare."""
    return Rule(
        Code.ORDER,
        column,
        lambda row: sql.SQL("{} > {}").format(row[column.name].value, row[other.name].value),
        others=(other.name,),
    )


def required_if(column: Column, other: Column, values: Sequence[str]) -> Rule:
    """`column` must be filled where `other` is one of `values`; without any, where it is filled."""

    def bad(row: Row) -> sql.Composable:
        asked = row[other.name].text
        when = (
            sql.SQL("{}::text = ANY ({}::text[])").format(asked, list(values))
            if values
            else sql.SQL("{} IS NOT NULL").format(asked)
        )
        return sql.SQL("({} IS NULL AND {})").format(row[column.name].text, when)

    return Rule(Code.REQUIRED_IF, column, bad, others=(other.name,))


@dataclass(frozen=True, slots=True)
class Freshness:
    """The newest value of the column should be at most `days` old. Tells, and makes no row bad."""

    column: Column
    days: int


@dataclass(frozen=True, slots=True)
class Apart:
    """A row that an earlier reading set apart: its texts as the source gave them, by column."""

    number: int
    values: Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class Checking:
    """What rows are held against, beside what their items imply.

    `most_bad` is the share of bad rows, in per cent, up to which the good ones are published;
    `keep` how many bad rows are told one by one. Rules about a column that no source fills are
    left out. `codes` are those that each list has, by its identifier: a list that is not among
    them bars nothing.
    """

    rules: Sequence[Rule] = ()
    codes: Mapping[str, Sequence[str]] = field(default_factory=dict)
    most_bad: Decimal = Decimal(0)
    keep: int = 1000
    freshness: Sequence[Freshness] = ()
    forgiven: int = 0
    """So many bad rows never fail a run, whatever share they are: for readings of a few rows."""
    fewest: int | None = None
    """With fewer rows than this the run stops before anything is published."""
    apart: Sequence[Apart] | None = None
    """Where some rows are read alone: those that earlier readings set apart. None: all are read."""


def _is_null(column: Column) -> Callable[[Row], sql.Composable]:
    def bad(row: Row) -> sql.Composable:
        one = row.get(column.name)
        return sql.SQL("true") if one is None else sql.SQL("{} IS NULL").format(one.text)

    return bad


def _wrong_type(one: Staged) -> Callable[[Row], sql.Composable]:
    return lambda row: sql.SQL("NOT pg_input_is_valid({}, {})").format(
        one.text, sql.Literal(one.column.type)
    )


def _longer_than(one: Staged, length: int) -> Callable[[Row], sql.Composable]:
    return lambda row: sql.SQL("length({}) > {}").format(one.text, sql.Literal(length))


def _in_no_list(one: Staged, listed: Sequence[str]) -> Callable[[Row], sql.Composable]:
    # PostgreSQL hashes the array once for the whole scan; an empty value (NULL) passes.
    return lambda row: sql.SQL("{} <> ALL ({}::text[])").format(one.text, list(listed))
