"""Which rows a call asks for: tests of items joined by AND and OR, as a tree, and as SQL.

In a query string all parameters hold: `name=v` and `name__eq=v` (given twice: any of the values),
`name__ne`, `__lt`, `__le`, `__gt`, `__ge`, `__in` (values with commas between them), `__like` (`%`
for any letters, `_` for one, `\\` before a letter that is meant itself), `__isnull` (true or false).
What nests is JSON, as the parameter `filter` or in the body of a POST: a test is
`{"column": "name", "op": "ge", "value": "v"}`, and `{"and": […]}` and `{"or": […]}` join tests and
one another. A row whose value is unknown meets no test but `isnull`, as in SQL.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext as _
from psycopg import sql

from catalog.models import ItemType
from catalog.store.columns import Column
from portal.common.errors import Invalid
from sharing.values import TEXTS, cast_of, spelt

DEEPEST = 8
MOST_TESTS = 200
MOST_VALUES = 10_000
BETWEEN = "__"


class Op(StrEnum):
    EQ = "eq"
    NE = "ne"
    LT = "lt"
    LE = "le"
    GT = "gt"
    GE = "ge"
    IN = "in"
    LIKE = "like"
    ISNULL = "isnull"


OPS = frozenset(op.value for op in Op)
SIGNS = {Op.NE: "<>", Op.LT: "<", Op.LE: "<=", Op.GT: ">", Op.GE: ">="}
ORDERING = frozenset({Op.LT, Op.LE, Op.GT, Op.GE})


@dataclass(frozen=True, slots=True)
class Test:
    """One item held against one value; against any of several for `eq` and `in`."""

    column: str
    op: Op
    values: tuple[str, ...]

    __test__ = False  # not for pytest

    def document(self) -> dict[str, Any]:
        if self.op in {Op.EQ, Op.IN}:
            return {"column": self.column, "op": "in", "value": sorted(set(self.values))}
        return {"column": self.column, "op": self.op.value, "value": self.values[0]}


@dataclass(frozen=True, slots=True)
class Group:
    """Parts that all hold, or of which one holds. An empty one of all is everything."""

    is_any: bool
    parts: "tuple[Filter, ...]"

    def document(self) -> dict[str, Any]:
        return {"or" if self.is_any else "and": [part.document() for part in self.parts]}


Filter = Test | Group
EVERYTHING = Group(is_any=False, parts=())


class Reader:
    """Reads filters over the columns of one agreement, and gathers all that is wrong with them."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self.columns = {column.name: column for column in columns}
        self.wrong: dict[str, list[str]] = {}
        self.unknown: set[str] = set()
        self._tests = 0
        self._values = 0

    def of_parameters(self, asked: Mapping[str, Sequence[str]]) -> list[Filter]:
        """Each parameter of a query string a test; all hold."""
        parts: list[Filter] = []
        for name, values in asked.items():
            column, op = self._named(name)
            if column is None:
                self.unknown.add(name)
            elif op == Op.EQ:
                parts += self._test(column, op, values, name)
            elif op == Op.IN:
                listed = [value for given in values for value in given.split(",")]
                parts += self._test(column, op, listed, name)
            else:
                for value in values:
                    parts += self._test(column, op, [value], name)
        return parts

    def of_text(self, text: str) -> list[Filter]:
        """JSON as a parameter; numbers are taken as they are written."""
        try:
            document = json.loads(text, parse_int=str, parse_float=str, parse_constant=_no_number)
        except (ValueError, RecursionError):
            self._fault("filter", _('Not JSON: write a test, or {"and": […]} or {"or": […]}.'))
            return []
        return self.of_document(document)

    def of_document(self, document: object) -> list[Filter]:
        found = self._part(document, depth=1)
        return [] if found is None else [found]

    def refuse_faults(self) -> None:
        """Raises Invalid with everything that was wrong."""
        if self.unknown:
            self._fault("filter", not_agreed(self.unknown))
        if self.wrong:
            raise Invalid(_("The call has errors."), fields=self.wrong)

    def _named(self, name: str) -> tuple[Column | None, Op]:
        if name in self.columns:
            return self.columns[name], Op.EQ
        column, _between, op = name.rpartition(BETWEEN)
        if column in self.columns and op in OPS:
            return self.columns[column], Op(op)
        return None, Op.EQ

    def _part(self, given: object, *, depth: int) -> Filter | None:
        if depth > DEEPEST:
            self._fault("filter", _("Nested more than %(most)s deep.") % {"most": DEEPEST})
        elif isinstance(given, Mapping) and len(given) == 1 and next(iter(given)) in {"and", "or"}:
            return self._group(given, depth)
        elif isinstance(given, Mapping) and set(given) == {"column", "op", "value"}:
            return self._one(given)
        else:
            words = _(
                'Each part is {"column": …, "op": …, "value": …}, {"and": […]} or {"or": […]}.'
            )
            self._fault("filter", words)
        return None

    def _group(self, given: Mapping[str, object], depth: int) -> Filter | None:
        ((how, parts),) = given.items()
        if not isinstance(parts, list) or not parts:
            self._fault("filter", _('"%(how)s" needs a list of parts.') % {"how": how})
            return None
        if len(parts) > MOST_TESTS:
            self._too_many_tests()
            return None
        read = [self._part(part, depth=depth + 1) for part in parts]
        return Group(how == "or", tuple(part for part in read if part is not None))

    def _one(self, given: Mapping[str, object]) -> Filter | None:
        name, op = given["column"], given["op"]
        if not isinstance(name, str) or name not in self.columns:
            self.unknown.add(str(name)[:60])
            return None
        if not isinstance(op, str) or op not in OPS:
            ways = ", ".join(Op)
            self._fault(name, _("Compared by one of: %(ways)s.") % {"ways": ways})
            return None
        value = given["value"]
        values = value if op in {Op.IN, Op.EQ} and isinstance(value, list) else [value]
        texts = [_as_text(one) for one in values]
        if any(text is None for text in texts):
            self._fault(name, _("Not a value that this column can have."))
            return None
        found = self._test(self.columns[name], Op(op), [t for t in texts if t is not None], name)
        return found[0] if found else None

    def _test(self, column: Column, op: Op, values: Sequence[str], field: str) -> list[Test]:
        self._tests += 1
        self._values += len(values)
        if self._tests > MOST_TESTS:
            self._too_many_tests()
        elif self._values > MOST_VALUES:
            most = {"most": f"{MOST_VALUES:,}"}
            self._fault("filter", _("At most %(most)s values in one call.") % most)
        elif not values:
            self._fault(field, _("Give a value."))
        elif op == Op.ISNULL:
            return self._isnull(column, values, field)
        elif op == Op.LIKE and column.kind not in TEXTS:
            self._fault(field, _("Only texts are compared by a pattern."))
        elif op in ORDERING and column.kind == ItemType.LOGICAL:
            self._fault(field, _("True and false have no order."))
        else:
            return self._fitting(column, op, values, field)
        return []

    def _fitting(self, column: Column, op: Op, values: Sequence[str], field: str) -> list[Test]:
        read = [spelt(value, column) for value in values]
        fitting = tuple(value for value in read if value is not None)
        if len(fitting) < len(read):
            self._fault(field, _("Not a value that this column can have."))
        elif op == Op.LIKE and _ends_in_escape(fitting[0]):
            self._fault(field, _("A pattern does not end in a single backslash."))
        else:
            return [Test(column.name, op, fitting)]
        return []

    def _isnull(self, column: Column, values: Sequence[str], field: str) -> list[Test]:
        if values[0] in {"true", "false"}:
            return [Test(column.name, Op.ISNULL, (values[0],))]
        self._fault(field, _("true or false."))
        return []

    def _too_many_tests(self) -> None:
        words = _("At most %(most)s tests in one call.") % {"most": MOST_TESTS}
        self._fault("filter", words)

    def _fault(self, field: str, words: str) -> None:
        told = self.wrong.setdefault(field[:60], [])
        if words not in told:
            told.append(words)


def not_agreed(names: Iterable[str]) -> str:
    return _("Not in this agreement: %(names)s. Leave it out, or ask for a changed agreement.") % {
        "names": ", ".join(sorted(name[:60] for name in names))
    }


def only_values(found: Filter, column: str) -> tuple[str, ...]:
    """Values of which every row that the filter keeps has one in the column; none when it asks for none."""
    if isinstance(found, Test):
        is_listed = found.column == column and found.op in {Op.EQ, Op.IN}
        return found.values if is_listed else ()
    if found.is_any:
        return ()
    return next((values for part in found.parts if (values := only_values(part, column))), ())


def where(found: Filter, columns: Mapping[str, Column]) -> sql.Composable | None:
    """The filter as a condition over the agreement's view; None when it lets everything through."""
    if isinstance(found, Test):
        return _tested(found, columns[found.column])
    parts = [part for part in (where(one, columns) for one in found.parts) if part is not None]
    if not parts:
        return None
    if len(parts) == 1:
        return parts[0]
    between = sql.SQL(" OR " if found.is_any else " AND ")
    return sql.SQL("({})").format(between.join(parts))


def _tested(test: Test, column: Column) -> sql.Composable:
    name = column.identifier
    if test.op == Op.ISNULL:
        return sql.SQL("{} IS NULL" if test.values[0] == "true" else "{} IS NOT NULL").format(name)
    if test.op in {Op.EQ, Op.IN}:
        values = list(dict.fromkeys(test.values))
        if len(values) == 1:
            return sql.SQL("{} = {}").format(name, _value(values[0], column))
        return sql.SQL("{} = ANY ({}::text[]::{}[])").format(
            name, sql.Literal(values), cast_of(column)
        )
    if test.op == Op.LIKE:
        return sql.SQL("{} LIKE {}").format(name, _value(test.values[0], column))
    sign = sql.SQL(SIGNS[test.op])
    return sql.SQL("{} {} {}").format(name, sign, _value(test.values[0], column))


def _value(value: str, column: Column) -> sql.Composable:
    return sql.SQL("{}::{}").format(sql.Literal(value), cast_of(column))


def _ends_in_escape(pattern: str) -> bool:
    return (len(pattern) - len(pattern.rstrip("\\"))) % 2 == 1


def _as_text(value: object) -> str | None:
    """A JSON value as it is written in a query string; None for what is no value."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    return value if isinstance(value, str) else None


def _no_number(word: str) -> str:
    raise ValueError(word)
