"""Querysets whose SQL is composed once, for questions that are asked with each call.

Django takes several times as long to compose a statement as to have it answered. What decides stays the
queryset: it is made once, with a `Placeholder` wherever a value comes with the call, and its own text is
run with the call's own values each time. Nothing of an answer is kept.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, time
from typing import Any, Generic, TypeVar

from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import BigIntegerField, Expression, Field, Model, QuerySet
from django.db.models.query import get_related_populators

M = TypeVar("M", bound=Model)


@dataclass(frozen=True, slots=True)
class Place:
    """Where among the parameters a value goes. No driver takes it for a value."""

    name: str


class Placeholder(Expression):
    """The value of that name, of a call that is yet to come.

    What a queryset decides in Python must not hang on one: that is decided once. It is the shape's.
    """

    def __init__(self, name: str, output_field: "Field[Any, Any] | None" = None) -> None:
        super().__init__(output_field or BigIntegerField())
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        return "%s", [Place(self.name)]


class Composed(Generic[M]):
    """A question whose SQL is composed at its first call, once for each shape.

    `question` makes the queryset for a shape, which is whatever it decides by in Python. It must ask
    neither the time nor anything else that another call might find changed: a moment is refused.
    """

    def __init__(self, question: Callable[..., QuerySet[M]]) -> None:
        self.question = question
        self._statements: dict[tuple[object, ...], _Statement | None] = {}

    def rows(self, *shape: object, **values: object) -> list[M]:
        """What the queryset finds with these values now."""
        if shape not in self._statements:
            self._statements[shape] = _statement(self.question(*shape))
        statement = self._statements[shape]
        return [] if statement is None else statement.run(values)

    def text(self, *shape: object) -> str:
        """The statement, with a `%s` for each parameter; empty when nothing can be found."""
        self._statements[shape] = statement = _statement(self.question(*shape))
        return "" if statement is None else statement.sql


@dataclass(frozen=True, slots=True)
class _Statement:
    """What Django's `ModelIterable` works out again for each query, kept."""

    sql: str
    parameters: Sequence[object]
    model: type[Model]
    own: slice
    fields: list[str]
    related: list[Any]
    annotations: list[tuple[str, int]]
    converters: list[tuple[int, list[Any], Any]]

    def run(self, values: dict[str, object]) -> list[Any]:
        connection = connections[DEFAULT_DB_ALIAS]
        asked: list[Any] = [
            values[one.name] if isinstance(one, Place) else one for one in self.parameters
        ]
        with connection.cursor() as cursor:
            cursor.execute(self.sql, asked)
            found = cursor.fetchall()
        return [self._made(list(row), connection) for row in found]

    def _made(self, row: list[Any], connection: Any) -> Model:
        for place, converters, expression in self.converters:
            for converter in converters:
                row[place] = converter(row[place], expression, connection)
        made = self.model.from_db(DEFAULT_DB_ALIAS, self.fields, row[self.own])
        for populator in self.related:
            populator.populate(row, made)
        for name, place in self.annotations:
            setattr(made, name, row[place])
        return made


def _statement(queryset: QuerySet[Any]) -> _Statement | None:
    compiler = queryset.query.get_compiler(using=DEFAULT_DB_ALIAS)
    try:
        sql, parameters = compiler.as_sql()
    except EmptyResultSet:
        return None
    if any(isinstance(one, date | time) for one in parameters):
        raise ValueError("a moment among the parameters would stay that of the first call")
    select, of_model = compiler.select, compiler.klass_info
    places = of_model["select_fields"]
    own = slice(places[0], places[-1] + 1)
    converters = compiler.get_converters([one[0] for one in select[: compiler.col_count]])
    return _Statement(
        sql=sql,
        parameters=tuple(parameters),
        model=of_model["model"],
        own=own,
        fields=[one[0].target.attname for one in select[own]],
        related=get_related_populators(of_model, select, DEFAULT_DB_ALIAS),  # type: ignore[call-arg]
        annotations=list((compiler.annotation_col_map or {}).items()),
        converters=[(place, found, one) for place, (found, one) in converters.items()],
    )
