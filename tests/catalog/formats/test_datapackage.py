"""Data Package and schema.org: valid by their own rules, true, and only for who may see the entry."""

import json

import pytest
from django.template import Context, Template
from django.test import Client, RequestFactory
from jsonschema import Draft202012Validator

from catalog.models import ResourceState, SharingAttribute
from tests.catalog.formats.test_dcat import FREE, FULL, NOT_SHARED, ODD
from tests.factories import ResourceFactory, UserFactory

# What version 2 of the standard demands, in its own words: docs "Data Package" and "Data Resource".
DEMANDED = {
    "type": "object",
    "required": ["resources"],
    "properties": {
        "$schema": {"type": "string", "format": "uri"},
        "name": {"type": "string", "pattern": r"^[a-z0-9._-]+$"},
        "id": {"type": "string"},
        "title": {"type": "string"},
        "description": {"type": "string"},
        "homepage": {"type": "string", "format": "uri"},
        "version": {"type": "string"},
        "created": {"type": "string", "format": "date-time"},
        "keywords": {"type": "array", "minItems": 1, "items": {"type": "string"}},
        "contributors": {
            "type": "array",
            "minItems": 1,
            "items": {"type": "object", "required": ["title"]},
        },
        "resources": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["name"],
                "oneOf": [{"required": ["path"]}, {"required": ["data"]}],
                "properties": {"data": {"type": "array", "items": {"type": "object"}}},
            },
        },
    },
}
TYPES = {"string": str, "integer": int | None, "boolean": bool}


def of(resource, client: Client) -> dict:
    answer = client.get(f"/api/v1/resources/{resource.pk}/datapackage.json")
    assert answer.status_code == 200
    return answer.json()


@pytest.fixture
def insider(db) -> Client:
    client = Client()
    client.force_login(UserFactory())
    return client


@pytest.mark.parametrize(
    "about", [FULL, FREE, NOT_SHARED, {"items": []}, {"name": ODD, "abstract": ""}]
)
def test_the_package_of_every_entry_is_what_the_standard_demands(insider, about):
    resource = ResourceFactory(state=ResourceState.PUBLISHED, **about)

    package = of(resource, insider)

    Draft202012Validator(DEMANDED).validate(package)
    [table] = package["resources"]
    fields = {field["name"]: TYPES[field["type"]] for field in table["schema"]["fields"]}
    items = list(resource.items.order_by("position"))
    assert [row["column"] for row in table["data"]] == [item.column for item in items]
    for row in table["data"]:
        assert list(row) == list(fields)
        assert all(isinstance(row[name], kind) for name, kind in fields.items())


def test_the_package_says_how_rows_look_and_where_to_ask_for_them_but_holds_none(insider):
    shared = ResourceFactory(state=ResourceState.PUBLISHED)
    barred = ResourceFactory(state=ResourceState.PUBLISHED, **NOT_SHARED)

    package = of(shared, insider)
    schema = insider.get(f"/api/v1/resources/{shared.pk}/table-schema.json").json()

    assert package["rows"]["schema"] == schema
    assert package["rows"]["request"] == f"http://testserver/catalog/{shared.pk}/"
    assert not any("path" in one for one in package["resources"])
    assert "rows" not in of(barred, insider)


def test_visitors_get_the_package_of_open_entries_alone(db):
    shown = ResourceFactory(state=ResourceState.PUBLISHED, is_open=True, **FREE)
    hidden = ResourceFactory(state=ResourceState.PUBLISHED)

    assert of(shown, Client())["title"] == shown.name
    answer = Client().get(f"/api/v1/resources/{hidden.pk}/datapackage.json")
    assert answer.status_code == 401


def block(resource) -> str:
    template = Template("{% load schema_org %}{% schema_org resource %}")
    request = RequestFactory().get("/")
    return template.render(Context({"request": request, "resource": resource}))


def test_the_page_of_an_open_entry_tells_search_engines_what_it_is(db):
    resource = ResourceFactory(
        state=ResourceState.PUBLISHED,
        is_open=True,
        **FREE,
        **FULL | {"name": "</script><script>alert(1)</script>&"},
    )

    told = block(resource)

    assert told.count("<") == 2
    inside = told.removeprefix('<script type="application/ld+json">').removesuffix("</script>")
    said = json.loads(inside)
    assert (said["@type"], said["name"]) == ("Dataset", resource.name)
    assert said["temporalCoverage"] == "2020-01-01/2025-12-31"
    assert said["url"] == f"http://testserver/catalog/{resource.pk}/"


@pytest.mark.parametrize(
    "about",
    [
        {"state": ResourceState.PUBLISHED},
        {"state": ResourceState.DRAFT, "is_open": True},
        {"state": ResourceState.WITHDRAWN, "is_open": True},
    ],
)
def test_no_other_entry_is_told_to_search_engines(db, about):
    about = {"sharing_attribute": SharingAttribute.UNCONDITIONAL, **FREE, **about}
    assert block(ResourceFactory(**about)) == ""
