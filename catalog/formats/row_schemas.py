"""What the rows of a resource look like, for programs that check or load what they pulled.

Both describe all data items; under an agreement come its own items and always the key. They tell of
the catalogue entry alone, so whoever sees the entry may read them.
"""

from collections.abc import Sequence
from typing import Any

from catalog.models import DataItem, ItemType, Resource
from catalog.standards.in_force import codes_in_force
from catalog.store.columns import Column, column_of

JSON_SCHEMA = "https://json-schema.org/draft/2020-12/schema"
TABLE_SCHEMA = "https://datapackage.org/profiles/2.0/tableschema.json"

# Beside each type what narrows it, as `rows/` writes its values.
IN_JSON: dict[str, dict[str, str]] = {
    ItemType.NUMERIC: {"type": "number"},
    ItemType.CURRENCY: {"type": "number"},
    ItemType.DOUBLE: {"type": "number"},
    ItemType.FLOAT: {"type": "number"},
    ItemType.INTEGER: {"type": "integer"},
    ItemType.LOGICAL: {"type": "boolean"},
    ItemType.DATE: {"type": "string", "format": "date"},
    ItemType.DATETIME: {"type": "string", "format": "date-time"},
}
# As `export.csv` writes them: PostgreSQL's t and f, and times with a space before the hour.
IN_CSV: dict[str, dict[str, Any]] = {
    ItemType.NUMERIC: {"type": "number"},
    ItemType.CURRENCY: {"type": "number"},
    ItemType.DOUBLE: {"type": "number"},
    ItemType.FLOAT: {"type": "number"},
    ItemType.INTEGER: {"type": "integer"},
    ItemType.LOGICAL: {"type": "boolean", "trueValues": ["t"], "falseValues": ["f"]},
    ItemType.DATE: {"type": "date"},
    ItemType.DATETIME: {"type": "datetime", "format": "any"},
}
TEXT = {"type": "string"}
# A longer list is to be asked for at its own address.
MOST_CODES = 200


def json_schema(resource: Resource, items: Sequence[DataItem], *, address: str) -> dict[str, Any]:
    """JSON Schema 2020-12 of one row as `rows/` gives it; `address` becomes its `$id`."""
    columns = [column_of(item) for item in items]
    codes = codes_in_force({column.code_list for column in columns} - {""}, most=MOST_CODES)
    return {
        "$schema": JSON_SCHEMA,
        "$id": address,
        "title": resource.name,
        "description": resource.abstract,
        "type": "object",
        "properties": {
            item.column: _property(item, column, codes.get(column.code_list))
            for item, column in zip(items, columns, strict=True)
        },
        "required": [column.name for column in columns if column.is_key],
        "additionalProperties": False,
    }


def table_schema(resource: Resource, items: Sequence[DataItem]) -> dict[str, Any]:
    """Table Schema (Data Package 2.0) of `export.csv`. An empty field stands for no value."""
    columns = [column_of(item) for item in items]
    return {
        "$schema": TABLE_SCHEMA,
        "title": resource.name,
        "description": resource.abstract,
        "fields": [_field(item, column) for item, column in zip(items, columns, strict=True)],
        "fieldsMatch": ["subset"],
        "primaryKey": [column.name for column in columns if column.is_key],
        "missingValues": [""],
    }


def _property(item: DataItem, column: Column, codes: Sequence[str] | None) -> dict[str, Any]:
    told: dict[str, Any] = {"title": item.name, **_words(item), **IN_JSON.get(item.type, TEXT)}
    if codes:
        told["enum"] = list(codes)
    if not column.is_required:
        told["type"] = [told["type"], "null"]
        if codes:
            told["enum"].append(None)
    return told | _length(item)


def _field(item: DataItem, column: Column) -> dict[str, Any]:
    told: dict[str, Any] = {"name": item.column, "title": item.name, **_words(item)}
    constraints = _length(item)
    if column.is_required:
        constraints["required"] = True
    return (
        told | IN_CSV.get(item.type, TEXT) | ({"constraints": constraints} if constraints else {})
    )


def _words(item: DataItem) -> dict[str, str]:
    return {"description": item.description} if item.description else {}


def _length(item: DataItem) -> dict[str, Any]:
    if item.type == ItemType.CHARACTER and item.length is not None:
        return {"maxLength": item.length}
    return {}
