"""The INSERT of one row, composed once: for what is written with each call."""

from dataclasses import dataclass
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import Model
from django.db.models.expressions import DatabaseDefault
from django.db.models.sql import InsertQuery

_texts: dict[tuple[object, ...], str] = {}


@dataclass(frozen=True, slots=True)
class Insertion:
    """`sql` with a place for each of `values`."""

    sql: str
    values: list[Any]


def insertion(row: Model) -> Insertion:
    """What `row.save()` would send for a new row without a key, which the database gives.

    What is left to a default of the database is left out.
    """
    fields = [
        field
        for field in row._meta.local_concrete_fields
        if not field.primary_key and not isinstance(getattr(row, field.attname), DatabaseDefault)
    ]
    known = (type(row), *(field.attname for field in fields))
    if known not in _texts:
        query = InsertQuery(type(row))
        query.insert_values(fields, [row])
        ((_texts[known], _values),) = query.get_compiler(using=DEFAULT_DB_ALIAS).as_sql()
    connection = connections[DEFAULT_DB_ALIAS]
    values = [field.get_db_prep_save(field.pre_save(row, add=True), connection) for field in fields]
    return Insertion(_texts[known], values)
