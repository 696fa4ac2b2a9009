"""The query of what an agreement lets out, for the views and functions that are laid over it."""

from dataclasses import dataclass

from psycopg import sql

from sharing.canaries import Canary

EVERY = sql.SQL("true")


@dataclass(frozen=True, slots=True)
class AgreedRows:
    """`shown` are the columns as they are let out, of the rows of `table` in `scope`, and the canary row."""

    shown: sql.Composable
    table: sql.Composable
    scope: sql.Composable
    canary: Canary | None

    def query(
        self, *, where: sql.Composable | None = None, by: sql.Composable | None = None
    ) -> sql.Composed:
        """Those that meet a condition, in an order, if these are given: both over columns let out in full."""
        ordered = sql.SQL("") if by is None else sql.SQL(" ORDER BY {}").format(by)
        rows = sql.SQL("SELECT {} FROM {} WHERE {}").format(self.shown, self.table, self.scope)
        if self.canary is not None:
            # The order is said of the rows by themselves too: else the planner, which looks for it
            # beneath a union of bare tables only, would sort them all.
            rows = sql.SQL(
                "SELECT * FROM (({rows}{ordered}) UNION ALL SELECT {shown} FROM {canary}"
                " WHERE NOT {is_taken}) AS _rows WHERE {every}"
            ).format(
                rows=rows,
                ordered=ordered,
                shown=self.shown,
                canary=self.canary.source,
                is_taken=self.canary.is_taken(self.table),
                every=EVERY,
            )
        if where is not None:
            rows = sql.SQL("{} AND {}").format(rows, where)
        return sql.SQL("{}{}").format(rows, ordered)
