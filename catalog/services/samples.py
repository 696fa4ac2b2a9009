"""A look at a few masked rows: it changes nothing, and leaves its trace all the same."""

from collections.abc import Sequence
from dataclasses import dataclass

import psycopg
from django.contrib.auth.models import AnonymousUser
from django.db import connection, transaction
from django.utils.translation import gettext as _

from audit.services import record
from catalog.masking import HIDDEN, mask
from catalog.models import DataItem, MaskingRule, Resource
from catalog.parties import VISITOR, Party
from catalog.showing import showing
from catalog.store.errors import StoreRefusal
from catalog.store.sample import first_rows
from catalog.store.tables import exists, table_of
from portal.common.errors import WrongState
from portal.common.text import Text

MOST_ROWS = 10


@dataclass(frozen=True, slots=True)
class SampleColumn:
    item: DataItem
    rule: str

    @property
    def is_hidden(self) -> bool:
        return self.rule == MaskingRule.HIDDEN

    @property
    def how(self) -> Text:
        """In words: how its values are shown."""
        return MaskingRule(self.rule).label


@dataclass(frozen=True, slots=True)
class Sample:
    columns: Sequence[SampleColumn]
    rows: Sequence[Sequence[str]]

    @property
    def cells(self) -> list[list[tuple[SampleColumn, str]]]:
        """The rows, each value beside its column."""
        return [list(zip(self.columns, row, strict=True)) for row in self.rows]


@transaction.atomic
def look(*, resource: Resource, by: Party) -> Sample:
    """At most ten rows, the first by key and so always the same, masked; the look is recorded.

    Raises NotAllowed where rows are not shown to `by`, WrongState where there are none to show.
    """
    items = list(resource.items.order_by("position", "pk"))
    shown = showing(by, resource, items)
    shown.decision.enforce()
    columns = [SampleColumn(item, shown.masks[item.column]) for item in items]
    rows = _masked_rows(resource, columns)
    record(
        actor=AnonymousUser() if by is VISITOR else by,
        action="catalog.sample.look",
        target=resource,
        rows=len(rows),
        hidden=[one.item.column for one in columns if one.is_hidden],
        masked=[
            f"{one.item.column}: {one.rule}"
            for one in columns
            if one.rule != MaskingRule.NONE and not one.is_hidden
        ],
    )
    return Sample(columns, rows)


def _masked_rows(resource: Resource, columns: Sequence[SampleColumn]) -> list[list[str]]:
    """What is hidden altogether is not even read."""
    try:
        table = table_of(resource)
    except StoreRefusal:
        raise WrongState(_("Without a key item no rows can be shown."), code="no_key") from None
    seen = {one.item.column for one in columns if not one.is_hidden}
    read = [column for column in table.columns if column.name in seen]
    with connection.cursor() as wrapped:
        if not exists(wrapped.cursor, table.name):
            raise WrongState(_("No rows have come into the store yet."), code="no_rows")
        try:
            found = first_rows(wrapped.cursor, table, read, limit=MOST_ROWS)
        except psycopg.ProgrammingError:
            words = _("The rows do not fit the items now. The next sync brings them in line.")
            raise WrongState(words, code="rows_unfit") from None
    told = []
    for row in found:
        values = dict(zip([column.name for column in read], row, strict=True))
        told.append(
            [
                HIDDEN if one.is_hidden else mask(one.rule, values[one.item.column])
                for one in columns
            ]
        )
    return told
