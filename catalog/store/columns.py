"""Which PostgreSQL type a data item has."""

from dataclasses import dataclass

from psycopg import sql

from catalog.models import DataItem, ItemType

# In the spelling of PostgreSQL's format_type(), so that wanted and found can be compared as text.
TYPES: dict[str, str] = {
    ItemType.NUMERIC: "numeric",
    ItemType.CURRENCY: "numeric(18,2)",
    ItemType.DATE: "date",
    ItemType.DATETIME: "timestamp with time zone",
    ItemType.LOGICAL: "boolean",
    ItemType.MEMO: "text",
    ItemType.GENERAL: "text",
    ItemType.DOUBLE: "double precision",
    ItemType.FLOAT: "double precision",
    ItemType.INTEGER: "bigint",
}
LONGEST_VARCHAR = 10_485_760


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a resource's table. `label` is the item's name, for messages to people."""

    name: str
    kind: str
    length: int | None = None
    is_key: bool = False
    is_nullable: bool = True
    is_personal: bool = False
    label: str = ""
    is_indexed: bool = False
    code_list: str = ""
    """The identifier of the list whose codes alone the column takes; "" for any value."""

    @property
    def type(self) -> str:
        if self.kind != ItemType.CHARACTER:
            return TYPES[self.kind]
        if self.length is None or self.length > LONGEST_VARCHAR:
            return "text"
        return f"character varying({self.length})"

    @property
    def is_required(self) -> bool:
        return self.is_key or not self.is_nullable

    @property
    def identifier(self) -> sql.Identifier:
        return sql.Identifier(self.name)

    @property
    def type_sql(self) -> sql.SQL:
        """`type` as SQL. It is made of the table above and a number, never of what people type."""
        return sql.SQL(self.type)


# What `column_of` reads of an item, for queries that fetch no more.
COLUMN_FACTS = (
    "column",
    "type",
    "length",
    "is_key",
    "is_nullable",
    "is_personal",
    "name",
    "code_list_id",
    "is_indexed",
)


def column_of(item: DataItem) -> Column:
    return Column(
        name=item.column,
        kind=item.type,
        length=item.length,
        is_key=item.is_key,
        is_nullable=item.is_nullable,
        is_personal=item.is_personal,
        label=item.name,
        is_indexed=item.is_indexed,
        code_list=item.code_list_id or "",
    )
