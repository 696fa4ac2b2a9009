"""Cursors of an agreement's changes: signed, and good for the terms under which they were given."""

import hashlib
import json
from collections.abc import Sequence

import psycopg
from django.core import signing
from django.db import connection
from django.utils.translation import gettext as _
from psycopg import sql

from catalog.store.changes import SUFFIX, Extent
from catalog.store.columns import Column
from catalog.store.tables import SCHEMA as STORE
from catalog.store.tables import table_name
from portal.common.errors import DomainError, Invalid
from sharing.change_views import log_view
from sharing.models import Agreement

SALT = "sharing.changes"


class CursorError(DomainError):
    """The cursor leads nowhere any more: all rows have to be taken again."""

    code = "cursor_expired"
    status = 410


def given(agreement: Agreement, position: int, *, columns: Sequence[Column]) -> str:
    return signing.dumps([agreement.pk, terms_mark(agreement, columns), position], salt=SALT)


def position_of(agreement: Agreement, cursor: str, *, columns: Sequence[Column]) -> int:
    """Where the caller stands. Raises Invalid for what is no cursor of this agreement."""
    try:
        number, mark, position = signing.loads(cursor, salt=SALT)
    except signing.BadSignature:
        number, mark, position = None, "", 0
    if number != agreement.pk:
        words = _("Not a cursor of this agreement: take `next` of the answer before as it is.")
        raise Invalid(_("The call has errors."), fields={"since": [words]})
    if mark != terms_mark(agreement, columns):
        raise CursorError(
            _(
                "Columns, masks or row scope of the agreement have changed since this cursor: take an"
                " export and the cursor that comes with it."
            ),
            code="cursor_of_other_terms",
        )
    return int(position)


def check_reach(position: int, known: Extent) -> int:
    """The head. Raises CursorError when not all that happened after `position` is known."""
    if known.floor is None or known.head is None or not known.floor <= position <= known.head:
        raise CursorError(
            _(
                "What has happened since this cursor is not known any more, for it is too old or all"
                " rows were loaded anew: take an export and the cursor that comes with it."
            )
        )
    return known.head


def reach(reader: "psycopg.Cursor[tuple[object, ...]]", agreement: Agreement) -> Extent:
    """How far the log reaches, in the reader's own snapshot."""
    reader.execute(sql.SQL("SELECT floor, head FROM {}").format(log_view(agreement)))
    floor, head = reader.fetchone() or (None, None)
    return Extent(
        floor if isinstance(floor, int) else None, head if isinstance(head, int) else None
    )


def terms_mark(agreement: Agreement, columns: Sequence[Column]) -> str:
    """What changes when the agreement lets out something else; a renewed term changes nothing.

    A column that went and came back is another one, though its name and type are the same: the
    database numbers columns and never gives a number again.
    """
    asked = {one["column"] for one in agreement.row_filter}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT attname, attnum FROM pg_attribute WHERE attrelid = to_regclass(%s)"
            " AND attname = ANY(%s) AND NOT attisdropped ORDER BY attnum",
            [
                f"{STORE}.{table_name(agreement.resource_id)}{SUFFIX}",
                sorted(asked | {column.name for column in columns}),
            ],
        )
        numbered = cursor.fetchall()
    terms = [
        numbered,
        [[column.name, column.type] for column in columns],
        agreement.row_filter,
        agreement.masks,
    ]
    if agreement.canary:
        terms.append(agreement.canary)
    document = json.dumps(terms, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(document.encode()).hexdigest()[:16]
