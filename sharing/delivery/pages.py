"""Rows as JSON pages: PostgreSQL makes the bytes, a signed cursor goes on from the last key."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg
from django.core import signing
from django.utils.translation import gettext as _
from psycopg import sql

from catalog.store.columns import Column
from catalog.store.export import json_page
from portal.common.errors import DomainError, Invalid
from portal.organisation.models import InformationSystem, User
from sharing import decimal_keys, outlet
from sharing.models import Agreement, PullKind
from sharing.ordered_views import Order

from . import counting, filters, ordering
from .asking import Asked, Given, one_of, read
from .pulls import Call, begin, just_ended, noted
from .reader import GONE, answer, reading

USUAL, MOST = 1_000, 10_000
RESERVED = frozenset({"fields", "limit", "after", "count", "order"})
COUNTS = ("none", "exact", "estimated")
SALT = "sharing.rows"


class TooLongError(DomainError):
    """The query took longer than a delivery may."""

    code = "timeout"
    status = 503


@dataclass(frozen=True, slots=True)
class Question:
    """What a page is asked for. `limit` and `after` are as they were given: the page checks them.

    `after` goes on behind a row and costs nothing; `start` passes over as many rows as it says.
    `order` is as `delivery.ordering` reads it, and that of the page which gave `after`.
    `filters` and `document` are parameters and a tree as `delivery.filters` says. `is_counted` asks for
    the number of all rows that they keep, which reads them; `is_estimated` for about how many.
    """

    fields: Sequence[str] = ()
    limit: str = str(USUAL)
    after: str | None = None
    order: Sequence[str] = ()
    filters: Mapping[str, Sequence[str]] = field(default_factory=dict)
    start: int = 0
    least: int = 1
    is_counted: bool = False
    is_estimated: bool = False
    document: object = None

    @property
    def count(self) -> str:
        return "exact" if self.is_counted else "estimated" if self.is_estimated else "none"


@dataclass(frozen=True, slots=True)
class Page:
    """`document` is the JSON array of rows as PostgreSQL wrote it; `after` leads on, None at the end."""

    document: str
    columns: Sequence[Column]
    count: int
    after: str | None
    total: int | None = None

    def body(self) -> bytes:
        told = "" if self.total is None else f',"total":{self.total}'
        said = (
            f'{{"rows":{self.document},"count":{self.count},"next":{json.dumps(self.after)}{told}}}'
        )
        return said.encode()


def rows(
    *,
    number: str,
    party: User | InformationSystem,
    asked: Mapping[str, Sequence[str]],
    document: object = None,
) -> bytes:
    """One page: {"rows": […], "count": n, "next": cursor or null}, with "total" when it is asked for.

    `asked` is the query string: `fields`, `limit`, `after`, `order`, `count`, `filter`, and tests of agreed
    columns as `filters` says; `document` is the filter of a POST. Raises NotFound, NotAllowed or
    Invalid; every outcome is noted.
    """
    given = Given(asked, document)
    call = begin(number=number, party=party, kind=PullKind.ROWS, query=given.told())
    return _drawn(call, lambda: _question(given)).body()


def page(*, number: str, party: User | InformationSystem, question: Question, query: str) -> Page:
    """One page of the agreement's view, its quotas counted and the pull noted, whatever comes of it.

    `query` is what the note says was asked. Raises NotFound, NotAllowed, Invalid, QuotaError,
    TooLongError.
    """
    call = begin(number=number, party=party, kind=PullKind.ROWS, query=query)
    return _drawn(call, lambda: question)


def _drawn(call: Call, question_of: Callable[[], Question]) -> Page:
    with noted(call):
        return _page(call, question_of())


def _question(given: Given) -> Question:
    asked = given.parameters
    count = one_of(asked, "count", COUNTS)
    return Question(
        fields=[name for text in asked.get("fields", ()) for name in text.split(",") if name],
        limit=asked.get("limit", (str(USUAL),))[-1],
        after=asked["after"][-1] if "after" in asked else None,
        order=asked.get("order", ()),
        filters={name: values for name, values in asked.items() if name not in RESERVED},
        is_counted=count == "exact",
        is_estimated=count == "estimated",
        document=given.document,
    )


def _page(call: Call, question: Question) -> Page:
    agreement = call.agreement
    fields = {"fields": question.fields} if question.fields else {}
    given = Given({**question.filters, **fields}, question.document)
    asked = read(outlet.columns_of(agreement), given, reserved=frozenset())
    limit = _limit(question)
    call.items = [column.name for column in asked.chosen]
    order = ordering.read(agreement, asked.columns, question.order)
    entrance = decimal_keys.entrance(
        agreement,
        order,
        after=_place(agreement, order, question.after),
        keys=_keys(order, asked.filter),
    )
    limit = call.take(limit)
    statement = json_page(
        outlet.SCHEMA,
        entrance.view,
        asked.chosen,
        order.columns,
        is_down=order.is_down,
        after=entrance.after,
        limit=limit,
        where=asked.condition,
        start=question.start,
    )
    with ended_as_refusal(call):
        found, total = _answer(agreement, question, asked, [*entrance.said, statement])
    document, call.rows, last = found if found else ("[]", 0, None)
    after = _cursor(agreement, order, last) if last and call.rows == limit else None
    drawn = Page(document, asked.chosen, call.rows, after, total)
    call.bytes = len(drawn.body())
    return drawn


def _answer(
    agreement: Agreement, question: Question, asked: Asked, statements: Sequence[sql.Composed]
) -> tuple[tuple[Any, ...] | None, int | None]:
    """The page, and the number of all rows when it is asked for: both are then of one moment."""
    if question.count == "none":
        return answer(agreement, *statements), None
    is_snapshot = question.count == "exact"
    with reading(agreement, is_snapshot=is_snapshot) as connection, connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
        found = cursor.fetchone()
        return found, counting.total(cursor, agreement, asked.condition, how=question.count)


def _keys(order: Order, asked: filters.Filter) -> Sequence[str]:
    """The only values that the filter lets through of the key's first decimal item, if it says so."""
    decimal = decimal_keys.first(order.columns)
    return () if decimal is None else filters.only_values(asked, decimal.name)


@contextmanager
def ended_as_refusal(call: Call) -> Iterator[None]:
    """What the database says of an agreement that ended, or of a query too long, in words."""
    try:
        yield
    except (*GONE, psycopg.errors.AdminShutdown) as gone:
        raise just_ended(call) from gone
    except psycopg.errors.QueryCanceled as late:
        words = _("The query took too long: filter by the key, or take the export.")
        raise TooLongError(words) from late


def _limit(question: Question) -> int:
    given = question.limit
    is_number = given.isascii() and given.isdecimal() and len(given) <= len(str(MOST))
    if not is_number or not question.least <= int(given) <= MOST:
        words = _("A whole number from 1 to %(most)s.") % {"most": MOST}
        raise Invalid(_("The call has errors."), fields={"limit": [words]})
    return int(given)


def _cursor(agreement: Agreement, order: Order, last: list[str | None]) -> str:
    told = [agreement.pk, last, *_mark(agreement, order)]
    return signing.dumps(told, salt=SALT, compress=True)


def _place(agreement: Agreement, order: Order, after: str | None) -> list[str | None] | None:
    if after is None:
        return None
    try:
        number, last, *mark = signing.loads(after, salt=SALT)
    except signing.BadSignature:
        number, last, mark = None, [], []
    if number != agreement.pk:
        words = _("Not a cursor of this agreement: take `next` of the page before as it is.")
    elif mark != _mark(agreement, order):
        words = _("A cursor of another order: ask for the order of the page before.")
    else:
        place: list[str | None] = last
        return place
    raise Invalid(_("The call has errors."), fields={"after": [words]})


def _mark(agreement: Agreement, order: Order) -> list[str]:
    """What a cursor tells of its order; of the usual one, nothing."""
    return [] if order.view == agreement.view_name else [ordering.spelt(order)]
