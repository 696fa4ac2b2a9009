"""What a call asks for, read against the agreement's columns: fields, filter, format."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _
from psycopg import sql

from catalog.store.columns import Column
from portal.common.errors import Invalid

from . import filters
from .filters import EVERYTHING, Filter, Group, Reader, where

Parameters = Mapping[str, Sequence[str]]
LONGEST_TOLD = 300


@dataclass(frozen=True, slots=True)
class Given:
    """A call as it came: parameters of the query string, and the filter of a POST."""

    parameters: Parameters
    document: object = None

    def told(self) -> str:
        """For the record. What is too long to be told whole is told by its SHA-256."""
        told = "&".join(f"{name}={','.join(v)}" for name, v in sorted(self.parameters.items()))
        if self.document is not None:
            told += ("&" if told else "") + f"filter={json.dumps(self.document, default=str)}"
        if len(told) <= LONGEST_TOLD:
            return told
        digest = hashlib.sha256(told.encode("utf-8", "replace")).hexdigest()
        return f"{told[: LONGEST_TOLD - 80]}… sha256={digest}"


@dataclass(frozen=True, slots=True)
class Asked:
    """Columns in the order asked for, and which rows."""

    columns: list[Column]
    chosen: list[Column]
    filter: Filter = field(default=EVERYTHING)

    @property
    def key(self) -> list[Column]:
        return [column for column in self.columns if column.is_key]

    @property
    def condition(self) -> sql.Composable | None:
        return where(self.filter, {column.name: column for column in self.columns})

    def document(self) -> dict[str, Any]:
        """The same question is the same document, however it was written."""
        document = self.filter.document() if self.filter != EVERYTHING else None
        return {"fields": [column.name for column in self.chosen], "filter": document}


def read(columns: list[Column], given: Given, *, reserved: frozenset[str]) -> Asked:
    """Raises Invalid; `reserved` are the parameters that are no filters."""
    reader = Reader(columns)
    reserved |= {"fields", "filter"}
    tests = reader.of_parameters(
        {name: values for name, values in given.parameters.items() if name not in reserved}
    )
    for text in given.parameters.get("filter", ()):
        tests += reader.of_text(text)
    if given.document is not None:
        tests += reader.of_document(given.document)
    chosen = _fields(columns, given.parameters, reader)
    reader.refuse_faults()
    if not tests:
        return Asked(columns, chosen)
    return Asked(
        columns, chosen, tests[0] if len(tests) == 1 else Group(is_any=False, parts=tuple(tests))
    )


def body_of(document: object, *, known: frozenset[str]) -> Given:
    """The JSON body of a POST: `filter`, and the parameters that a query string has."""
    if not isinstance(document, Mapping):
        raise Invalid(_("The call has errors."), fields={"body": [_("Not a JSON object.")]})
    wrong: dict[str, list[str]] = {}
    parameters: dict[str, list[str]] = {}
    for name, value in document.items():
        if name == "filter":
            continue
        texts = [str(one) for one in (value if isinstance(value, list) else [value])]
        if name not in known:
            wrong[str(name)[:60]] = [_("Not a parameter of this call.")]
        elif any(isinstance(one, dict | list | bool) for one in _listed(value)) or value is None:
            wrong[name] = [_("A text, a number, or a list of them.")]
        elif texts:
            parameters[name] = texts
    if wrong:
        raise Invalid(_("The call has errors."), fields=wrong)
    return Given(parameters, document.get("filter"))


def flag(given: Parameters, name: str) -> bool:
    """`name=1` switches on what `name=0`, or nothing, leaves off."""
    value = given.get(name, ("0",))[-1]
    if value not in {"0", "1"}:
        raise Invalid(_("The call has errors."), fields={name: [_("0 or 1.")]})
    return value == "1"


def one_of(given: Parameters, name: str, values: Sequence[str]) -> str:
    """The value of a parameter that takes one of these; the first is the usual one."""
    value = given.get(name, values[:1])[-1]
    if value not in values:
        words = _("One of: %(values)s.") % {"values": ", ".join(values)}
        raise Invalid(_("The call has errors."), fields={name: [words]})
    return value


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]


def _fields(columns: list[Column], given: Parameters, reader: Reader) -> list[Column]:
    wanted = [name for text in given.get("fields", ()) for name in text.split(",") if name]
    if not wanted:
        return columns
    by_name = {column.name: column for column in columns}
    unknown = [name for name in wanted if name not in by_name]
    if unknown:
        reader.wrong["fields"] = [filters.not_agreed(unknown)]
    return [by_name[name] for name in dict.fromkeys(wanted) if name in by_name]
