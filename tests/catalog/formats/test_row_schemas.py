"""The schemas that a resource offers say what its rows are, value by value."""

import csv
import datetime as dt
import io
import json

import pytest
from django.db import connection
from django.urls import reverse
from jsonschema import Draft202012Validator, FormatChecker, ValidationError
from rest_framework.test import APIClient

from catalog.formats.row_schemas import json_schema, table_schema
from catalog.models import ItemType, ResourceState
from catalog.store.export import copy_csv, json_page, ordered
from catalog.store.tables import SCHEMA, create_missing, table_of
from tests.factories import ResourceFactory, UserFactory

ITEMS = [
    {"name": "代码", "column": "code", "length": 6, "is_key": True, "is_nullable": False},
    {"name": "备注", "column": "memo", "type": ItemType.MEMO, "description": "原文"},
    {"name": "数值", "column": "num", "type": ItemType.NUMERIC},
    {"name": "金额", "column": "sum", "type": ItemType.CURRENCY},
    {"name": "双精度", "column": "wide", "type": ItemType.DOUBLE},
    {"name": "人数", "column": "people", "type": ItemType.INTEGER, "is_nullable": False},
    {"name": "有效", "column": "valid", "type": ItemType.LOGICAL},
    {"name": "日期", "column": "day", "type": ItemType.DATE},
    {"name": "时间", "column": "moment", "type": ItemType.DATETIME},
]
FULL = ("110000", "甲,乙\n丙", "1.5", "12.30", "0.25", 7, True, "2026-11-23", "2026-11-23 08:30+08")
EMPTY = ("120000", None, None, None, None, 0, None, None, None)


@pytest.fixture
def resource(db):
    made = ResourceFactory(name="全类型", items=ITEMS, state=ResourceState.PUBLISHED)
    with connection.cursor() as cursor:
        create_missing(cursor, table_of(made))
        values = ", ".join(["%s"] * len(ITEMS))
        for row in (FULL, EMPTY):
            cursor.execute(f"INSERT INTO store.r_{made.pk} VALUES ({values})", row)
    return made


def items(resource):
    return list(resource.items.order_by("position"))


def rows(resource) -> list[dict]:
    table = table_of(resource)
    with connection.cursor() as cursor:
        cursor.execute(json_page(SCHEMA, table.name, table.columns, table.key, limit=10))
        return json.loads(cursor.fetchone()[0])


def validator(resource) -> Draft202012Validator:
    schema = json_schema(resource, items(resource), address="https://portal.example/s")
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema, format_checker=FormatChecker())


def test_every_row_that_is_delivered_satisfies_the_json_schema(resource):
    check = validator(resource)

    for row in rows(resource):
        check.validate(row)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("code", "1100000"),
        ("code", None),
        ("people", None),
        ("people", 1.5),
        ("valid", "t"),
        ("day", "23.11.2026"),
        ("sum", "12.30"),
        ("foreign", 1),
    ],
)
def test_a_row_that_the_store_cannot_hold_does_not_satisfy_it(resource, column, value):
    row = rows(resource)[0] | {column: value}

    with pytest.raises(ValidationError):
        validator(resource).validate(row)


def test_the_items_of_an_agreement_are_enough_but_the_key_is_needed(resource):
    check = validator(resource)

    check.validate({"code": "110000", "memo": None})
    with pytest.raises(ValidationError):
        check.validate({"memo": None})


def test_the_table_schema_says_how_each_value_stands_in_the_export(resource):
    table = table_of(resource)
    with (
        connection.cursor() as cursor,
        cursor.copy(
            copy_csv(ordered(SCHEMA, table.name, [c.identifier for c in table.columns], table.key))
        ) as copy,
    ):
        text = b"".join(copy).decode()
    exported = list(csv.DictReader(io.StringIO(text)))
    schema = table_schema(resource, items(resource))
    fields = {field["name"]: field for field in schema["fields"]}

    full, empty = exported
    assert list(full) == list(fields)
    assert schema["primaryKey"] == ["code"]
    assert full["valid"] in fields["valid"]["trueValues"]
    assert dt.date.fromisoformat(full["day"]) == dt.date(2026, 11, 23)
    assert fields["moment"]["format"] == "any"
    assert dt.datetime.fromisoformat(full["moment"]).astimezone(dt.UTC) == dt.datetime(
        2026, 11, 23, 0, 30, tzinfo=dt.UTC
    )
    assert {name for name, value in empty.items() if value in schema["missingValues"]} == {
        name for name, field in fields.items() if not field.get("constraints", {}).get("required")
    }
    assert fields["memo"] == {
        "name": "memo",
        "title": "备注",
        "description": "原文",
        "type": "string",
    }
    assert fields["code"]["constraints"] == {"maxLength": 6, "required": True}


def test_both_are_served_to_who_sees_the_entry_and_to_nobody_else(resource):
    reader = APIClient()
    reader.force_authenticate(UserFactory())
    draft = ResourceFactory(state=ResourceState.DRAFT)

    for name, kind in (
        ("resource-row-schema", "application/schema+json"),
        ("resource-table-schema", "application/json"),
    ):
        answer = reader.get(reverse(f"api:{name}", args=[resource.pk]))
        assert answer.status_code == 200
        assert answer["Content-Type"] == kind
        assert answer.json()["title"] == "全类型"
        assert reader.get(reverse(f"api:{name}", args=[draft.pk])).status_code == 404

    address = reverse("api:resource-row-schema", args=[resource.pk])
    assert reader.get(address).json()["$id"] == f"http://testserver{address}"
