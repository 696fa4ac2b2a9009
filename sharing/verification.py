"""Whether keys are there and values match, in SQL; and, where only that is agreed, as all the reader may.

Under `verification_only` the reader may not read the agreement's view, nor its changes. It may call
`agreement.a_<id>_verify`, which runs with the rights of its owner and answers letters: one for the key
and one for each value of an entry. So that nothing is listed holds in the database, too.

Agreements on a key with decimal numbers have it beside their views: its conditions are its own, so
they reach the index, which those of a reader do not (`sharing.decimal_keys`).
"""

from collections.abc import Sequence

from django.db import connection
from psycopg import sql

from catalog.store.columns import Column
from sharing.agreed_rows import AgreedRows
from sharing.models import Agreement
from sharing.values import cast_of

SCHEMA = "agreement"
TRUE, FALSE = "1", "0"


def compared(agreement: Agreement, columns: Sequence[Column]) -> list[Column]:
    """The columns beside the key with which a value may be compared: not those delivered masked."""
    return [one for one in columns if not one.is_key and one.name not in agreement.masks]


def function_of(agreement: Agreement) -> sql.Identifier:
    return sql.Identifier(SCHEMA, f"{agreement.view_name}_verify")


def call(agreement: Agreement, sent: str) -> sql.Composed:
    """A query of one text; `sent` is a JSON object of a list of texts a column."""
    return sql.SQL("SELECT {}({}::json)").format(function_of(agreement), sql.Literal(sent))


def open_function(
    cursor: object,
    agreement: Agreement,
    columns: Sequence[Column],
    *,
    rows: AgreedRows,
    reader: str,
) -> None:
    """Make it over the agreement's rows; let the reader call it, and nobody else."""
    key = [one for one in columns if one.is_key]
    others = compared(agreement, columns)
    given = [
        sql.SQL("json_array_elements_text($1 -> {})").format(sql.Literal(one.name))
        for one in (*key, *others)
    ]
    source = sql.SQL("({}) AS _rows").format(rows.query())
    # As a text and not as a body of SQL: that would hold the table's columns.
    body = matching(source, key, others, given).as_string(None)
    name = function_of(agreement)
    for statement in (
        sql.SQL(
            "CREATE FUNCTION {}(json) RETURNS text LANGUAGE sql STABLE SECURITY DEFINER"
            " SET search_path = pg_catalog, pg_temp AS {}"
        ).format(name, sql.Literal(body)),
        sql.SQL("REVOKE ALL ON FUNCTION {}(json) FROM PUBLIC").format(name),
        sql.SQL("GRANT EXECUTE ON FUNCTION {}(json) TO {}").format(name, sql.Identifier(reader)),
    ):
        cursor.execute(statement)  # type: ignore[attr-defined]


def is_open(agreement: Agreement) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT to_regprocedure(%s) IS NOT NULL",
            [f"{SCHEMA}.{agreement.view_name}_verify(json)"],
        )
        found: bool = cursor.fetchone()[0]
        return found


def drop_function(agreement: Agreement) -> sql.Composed:
    return sql.SQL("DROP FUNCTION IF EXISTS {}(json)").format(function_of(agreement))


def matching(
    source: sql.Composable,
    key: Sequence[Column],
    others: Sequence[Column],
    given: Sequence[sql.Composable],
) -> sql.Composed:
    """One join, answered by one text: for each entry a letter for its key and one for each value.

    `given` are sets of texts, one a column. The keys are said a second time, as a condition that goes
    down to the index; and as a query of their own, for the planner weighs each of ten thousand
    constants.
    """
    columns = [*key, *others]
    same = [
        sql.SQL("one.{0} IS NOT DISTINCT FROM given.{0}").format(column.identifier)
        for column in others
    ]
    found = sql.SQL("one.{} IS NOT NULL").format(key[0].identifier)
    return sql.SQL(
        "WITH given AS MATERIALIZED (SELECT {typed}, _place"
        " FROM ROWS FROM ({given}) WITH ORDINALITY AS sent ({names}, _place))"
        " SELECT string_agg({flags}, '' ORDER BY _place) FROM given"
        " LEFT JOIN (SELECT {names} FROM {source} WHERE {within}) AS one ON {on}"
    ).format(
        typed=sql.SQL(", ").join(
            sql.SQL("sent.{0}::{1} AS {0}").format(column.identifier, cast_of(column))
            for column in columns
        ),
        given=sql.SQL(", ").join(given),
        names=sql.SQL(", ").join(column.identifier for column in columns),
        flags=sql.SQL(" || ").join(
            sql.SQL("CASE WHEN {} THEN {} ELSE {} END").format(one, TRUE, FALSE)
            for one in (found, *same)
        ),
        source=source,
        within=sql.SQL(" AND ").join(
            sql.SQL("{0} = ANY (ARRAY(SELECT given.{0} FROM given))").format(column.identifier)
            for column in key
        ),
        on=sql.SQL(" AND ").join(
            sql.SQL("one.{0} = given.{0}").format(column.identifier) for column in key
        ),
    )
