"""Turn PostgreSQL's errors about rows into refusals that name the item and the row, not the value.

Error texts of PostgreSQL quote values, which may be about people, and are in the server's language;
so only SQLSTATE, the structured fields and the numbers in the context are read.
"""

import re

import psycopg

from .errors import StoreRefusal
from .tables import StoreTable

# "COPY stage, line 3, column code: ..." in whatever language
PLACE = re.compile(r"^COPY \w+, \D+ (?P<row>\d+)(?:, \S+ (?P<column>\w+))?")

BAD_ENCODING = {"22021", "22P05"}
TOO_LONG = {"22001"}
NULL = {"23502"}
OUT_OF_RANGE = {"22003", "22008"}


def refused_row(error: psycopg.Error, table: StoreTable) -> StoreRefusal | None:
    """The refusal for an error that COPY met in a row; None when it is about something else."""
    state = error.sqlstate or ""
    if not state.startswith(("22", "23")):
        return None
    place = PLACE.match(error.diag.context or "")
    row = int(place["row"]) if place else 0
    name = error.diag.column_name or (place["column"] if place else None) or ""
    column = table.column(name)
    item = column.label or name if column else name
    if state in BAD_ENCODING:
        return StoreRefusal("bad_encoding", row=row)
    if state in NULL:
        code = "null_in_key" if column and column.is_key else "null_in_item"
        return StoreRefusal(code, item=item, row=row)
    if state in TOO_LONG:
        length = column.length if column and column.length else 0
        return StoreRefusal("too_long", item=item, row=row, length=length)
    if state in OUT_OF_RANGE:
        return StoreRefusal("out_of_range", item=item, row=row)
    return StoreRefusal("wrong_type", item=item, row=row, type=column.kind if column else "")
