"""What an agreement lets out of the log of its resource's changes: two more views beside its rows'.

`agreement.a_<id>_changes` has the agreement's columns, masks and row filter, laid over the images of
rows before and after each change. So what a change is, is seen from the agreement: a row that comes
into its scope is an insert, one that leaves it a delete, and a change of what it does not let out is
none. A canary row (`sharing.canaries`) stands wherever the store has no row of its key, before a change or
after it. `agreement.a_<id>_log` says how far the log reaches, and nothing of any row.
"""

from collections.abc import Sequence
from typing import Any

from psycopg import sql

from catalog.store import changes
from catalog.store.changes import Image
from catalog.store.columns import Column
from catalog.store.tables import names, table_name
from sharing.canaries import Canary
from sharing.models import Agreement

SCHEMA = "agreement"


def changes_view(agreement: Agreement) -> sql.Identifier:
    return sql.Identifier(SCHEMA, f"{agreement.view_name}_changes")


def log_view(agreement: Agreement) -> sql.Identifier:
    return sql.Identifier(SCHEMA, f"{agreement.view_name}_log")


def open_views(
    cursor: Any,
    agreement: Agreement,
    *,
    columns: Sequence[Column],
    let_out: Sequence[sql.Composable],
    rows: sql.Composable,
    canary: Canary | None,
) -> None:
    """Make both over a log that is kept already. `let_out` gives `columns` as they are delivered.

    Positions are what the windows are parted by, so a reader's "after this position" reaches the
    log's index through both; and the view is in their order, for the same reason as that of the rows.
    """
    log = changes.log_of(table_name(agreement.resource_id))
    shown = sql.SQL(", ").join(let_out)
    images = sql.SQL(
        "SELECT _position, _image, _at, {shown} FROM {log} WHERE _image > {mark} AND ({rows})"
    ).format(shown=shown, log=log, mark=sql.Literal(Image.MARK), rows=rows)
    if canary is not None:
        # Each in order by itself, as the windows want it: else all that follows would be sorted.
        images = sql.SQL("({} ORDER BY _position, _image) UNION ALL ({} ORDER BY 1, 2)").format(
            images, _of_canary(canary, shown=shown, log=log)
        )
    statement = sql.SQL(
        "CREATE VIEW {view} WITH (security_barrier) AS"
        " SELECT _position, _at, {names}, CASE WHEN _image = {before} THEN 'delete'"
        " WHEN _earlier IS NULL THEN 'insert' ELSE 'update' END AS _kind"
        " FROM (SELECT *, lag(_image) OVER of_one AS _earlier, lead(_image) OVER of_one AS _later,"
        " lag(ROW({names})) OVER of_one AS _was"
        " FROM ({images}) AS images"
        " WINDOW of_one AS (PARTITION BY _position ORDER BY _image)) AS paired"
        " WHERE _later IS NULL AND _was IS DISTINCT FROM ROW({names}) ORDER BY _position"
    )
    cursor.execute(
        statement.format(
            view=changes_view(agreement),
            names=names(columns),
            images=images,
            before=sql.Literal(Image.BEFORE),
        )
    )
    cursor.execute(
        sql.SQL(
            "CREATE VIEW {} AS SELECT min(_position) AS floor, max(_position) AS head FROM {}"
        ).format(log_view(agreement), log)
    )


def _of_canary(canary: Canary, *, shown: sql.Composable, log: sql.Identifier) -> sql.Composed:
    """Its images before and after changes of its key, where the store has no row of that."""
    return sql.SQL(
        "SELECT _position, ({both} - _image)::smallint AS _image, _at, {shown} FROM ("
        "SELECT one._position, one._image, one._at FROM {log} AS one"
        " WHERE one._image > {mark} AND {has_its_key} AND NOT EXISTS (SELECT FROM {log} AS other"
        " WHERE other._position = one._position AND other._image = {both} - one._image)) AS touched,"
        " {canary}"
    ).format(
        both=sql.Literal(Image.BEFORE + Image.AFTER),
        shown=shown,
        log=log,
        mark=sql.Literal(Image.MARK),
        has_its_key=canary.has_its_key("one"),
        canary=canary.source,
    )
