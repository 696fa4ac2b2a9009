"""An entry as a Data Package (version 2 of the standard).

The standard wants of each resource where its data is. Rows are had under an agreement only, at an
address that is that agreement's: none can be told here. What everybody who sees the entry may have
is the table of its data items, so that is the package's data, in the descriptor itself; what the
rows look like stands beside it as `rows`, with where they are asked for.
"""

from collections.abc import Sequence
from typing import Any

from catalog.models import DataItem, ItemType, Resource, SharingAttribute

from .identifiers import id_of_entry, name_of_code
from .row_schemas import table_schema

PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"
COLUMNS = (
    ("column", "string", "列名", "name of the column in rows and exports"),
    ("name", "string", "数据项名称", "name of the data item"),
    ("type", "string", "数据类型", "type by the compiling guide of 2017"),
    ("length", "integer", "长度", "greatest number of characters"),
    ("is_key", "boolean", "主键", "whether it is part of the key"),
    ("is_nullable", "boolean", "可空", "whether it may be empty"),
    ("is_personal", "boolean", "个人信息", "whether it is personal information"),
    ("is_sensitive", "boolean", "敏感个人信息", "whether it is sensitive personal information"),
    ("sharing_attribute", "string", "共享属性", "unconditional, conditional or not_shared"),
    ("grade", "string", "分级", "L1 to L4"),
    ("description", "string", "说明", "what else is said of it"),
)


def descriptor(resource: Resource, items: Sequence[DataItem], *, base: str) -> dict[str, Any]:
    """The package of one entry; `base` is the portal's address with a slash at its end."""
    name = name_of_code(resource.code)
    page = f"{base}catalog/{resource.pk}/"
    told: dict[str, Any] = {
        "$schema": PROFILE,
        "name": name,
        "id": id_of_entry(resource),
        "title": resource.name,
        "description": resource.abstract,
        "homepage": page,
        "version": f"{resource.version}.0.0",
        "created": resource.created_at.isoformat(),
        "keywords": list(dict.fromkeys(resource.tags)),
        "contributors": _contributors(resource),
        "resources": [_items_table(name, items)],
    }
    if resource.sharing_attribute != SharingAttribute.NOT_SHARED:
        told["rows"] = {
            "schema": table_schema(resource, items),
            "format": "csv",
            "mediatype": "text/csv",
            "encoding": "utf-8",
            "access": "agreement",
            "request": page,
        }
    return {name: value for name, value in told.items() if value not in ("", [])}


def _contributors(resource: Resource) -> list[dict[str, Any]]:
    found = [{"title": resource.department.name, "roles": ["rightsHolder"]}]
    if resource.source_department is not None:
        found.append({"title": resource.source_department.name, "roles": ["dataCollector"]})
    return found


def _items_table(name: str, items: Sequence[DataItem]) -> dict[str, Any]:
    return {
        "name": f"{name}-items",
        "type": "table",
        "title": "数据项 Data items",
        "format": "json",
        "data": [{column: _value(item, column) for column, *_rest in COLUMNS} for item in items],
        "schema": {
            "fields": [
                {"name": column, "type": kind, "title": title, "description": words}
                for column, kind, title, words in COLUMNS
            ],
            "primaryKey": ["column"],
        },
    }


def _value(item: DataItem, column: str) -> Any:
    value = getattr(item, column)
    return ItemType(value).name.lower() if column == "type" else value
