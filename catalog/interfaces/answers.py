"""The rows of an interface's answer, as the database reads them: by name, of the items' types."""

from collections.abc import Sequence
from typing import Any

import psycopg
from psycopg import sql

from catalog.models import InterfaceCall
from catalog.store.columns import Column

from .failures import InterfaceFailure

# What PostgreSQL says of a document that nests deeper than its stack.
TOO_DEEP = psycopg.errors.StatementTooComplex


def counted(cursor: Any, text: str, call: InterfaceCall) -> int:
    """How many rows the answer has where it should have them. Raises InterfaceFailure."""
    try:
        cursor.execute(
            "SELECT json_typeof(rows), CASE json_typeof(rows)"
            " WHEN 'array' THEN json_array_length(rows) ELSE 1 END"
            " FROM (SELECT %s::json #> %s::text[] AS rows) AS answer",
            [text, place_of(call)],
        )
    except psycopg.errors.UntranslatableCharacter as unfit:
        # JSON may say NUL, and no text of the database holds it.
        raise InterfaceFailure("interface_unfit") from unfit
    except (psycopg.DataError, TOO_DEEP, ValueError) as unfit:
        # A NUL in the text is a ValueError before it is sent.
        raise InterfaceFailure("interface_no_json") from unfit
    kind, count = cursor.fetchone() or (None, 0)
    if kind not in {"array", "object"}:
        raise InterfaceFailure("interface_unfit")
    if int(str(count)) > call.most_rows:
        raise InterfaceFailure("interface_too_large")
    return int(str(count))


def records(columns: Sequence[Column]) -> sql.Composed:
    """The rows as a relation; takes the text and `place_of` the call. A value may not fit: DataError."""
    return sql.SQL(
        "json_to_recordset((SELECT CASE json_typeof(_rows) WHEN 'array'"
        " THEN _rows ELSE json_build_array(_rows) END"
        " FROM (SELECT %s::json #> %s::text[] AS _rows) AS _answer)) AS _row({})"
    ).format(
        sql.SQL(", ").join(
            sql.SQL("{} {}").format(column.identifier, column.type_sql) for column in columns
        )
    )


def place_of(call: InterfaceCall) -> list[str]:
    return call.rows_path.split(".") if call.rows_path else []
