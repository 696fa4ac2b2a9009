"""A table of the store and rows for it, without a catalogue entry behind."""

from psycopg import sql

from catalog.models import ItemType
from catalog.store.columns import Column
from catalog.store.merge import Counts, Write, merge
from catalog.store.rules import Checking
from catalog.store.tables import StoreTable, names

CODE = Column("code", ItemType.CHARACTER, 12, is_key=True, is_nullable=False, label="代码")
NAME = Column("name", ItemType.CHARACTER, 100, label="名称")
AMOUNT = Column("amount", ItemType.CURRENCY, label="金额")


def table(name: str, *columns: Column) -> StoreTable:
    return StoreTable(name, columns or (CODE, NAME, AMOUNT))


def field(value: object) -> str:
    """`value` in COPY's text format."""
    if value is None:
        return r"\N"
    text = str(value)
    for plain, escaped in (("\\", "\\\\"), ("\t", "\\t"), ("\n", "\\n"), ("\r", "\\r")):
        text = text.replace(plain, escaped)
    return text


def give(cursor, to: StoreTable, rows: list[tuple], *, checking: Checking | None = None) -> Counts:
    def fill(write: Write) -> int:
        for row in rows:
            write(("\t".join(field(value) for value in row) + "\n").encode())
        return len(rows)

    return merge(cursor, to, fill, checking=checking)


def rows_of(cursor, held: StoreTable) -> list[tuple]:
    cursor.execute(
        sql.SQL("SELECT {} FROM {} ORDER BY {}").format(
            names(held.columns), held.identifier, names(held.key)
        )
    )
    return cursor.fetchall()
