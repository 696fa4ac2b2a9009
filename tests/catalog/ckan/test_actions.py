"""Each action of CKAN's that reads, in its shapes and with its refusals."""

import json
import re
import uuid

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from catalog.formats.identifiers import code_of_name, id_of_entry, id_of_way, name_of_code
from catalog.models import ResourceState
from tests.catalog.ckan.conftest import FREE, ask
from tests.factories import DepartmentFactory, ResourceFactory

# What CKAN's package_show answers, at least (its own documentation of package_create).
PACKAGE = {
    "id",
    "name",
    "title",
    "notes",
    "author",
    "author_email",
    "maintainer",
    "maintainer_email",
    "license_id",
    "license_title",
    "isopen",
    "metadata_created",
    "metadata_modified",
    "num_resources",
    "num_tags",
    "owner_org",
    "organization",
    "private",
    "state",
    "type",
    "url",
    "version",
    "extras",
    "groups",
    "tags",
    "resources",
    "relationships_as_subject",
    "relationships_as_object",
    "creator_user_id",
}
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}")


def test_a_package_has_the_shape_of_ckans(shelf):
    entry = shelf.opened[0]
    shown = ask("package_show", id=name_of_code(entry.code))

    assert set(shown) >= PACKAGE
    assert re.fullmatch(r"[a-z0-9_-]{2,100}", shown["name"])
    assert uuid.UUID(shown["id"]).version == 8
    assert MOMENT.fullmatch(shown["metadata_modified"])
    assert (shown["title"], shown["private"], shown["state"]) == (entry.name, False, "active")
    assert [tag["name"] for tag in shown["tags"]] == ["民政", "第0"]
    assert [one["format"] for one in shown["resources"]] == ["JSON", "CSV"]
    assert {one["package_id"] for one in shown["resources"]} == {shown["id"]}
    assert {one["url"] for one in shown["resources"]} == {f"http://testserver/catalog/{entry.pk}/"}
    assert shown["organization"]["name"] == shelf.civil.uscc.lower()
    assert [one["name"] for one in shown["groups"]] == ["department"]
    assert {"key": "code", "value": entry.code} in shown["extras"]
    assert all(isinstance(one["value"], str) and one["value"] for one in shown["extras"])


@pytest.mark.parametrize("code", ["307012001/000015", "A-B/c_d", "甲/一", "a_2d_b", "-/-", "é"])
def test_every_code_has_a_name_of_its_own_that_leads_back_to_it(code):
    assert re.fullmatch(r"[a-z0-9_-]+", name_of_code(code))
    assert code_of_name(name_of_code(code)) == code


@pytest.mark.parametrize("name", ["A", "_zz_", "_41_x/", "_110000_", "_2f_", "甲", ""])
def test_a_name_that_no_code_has_leads_nowhere(db, name):
    assert name == "" or code_of_name(name) is None
    if name:
        assert ask("package_show", id=name, status=404)["__type"] == "Not Found Error"


def test_what_one_may_not_see_is_not_found_by_any_name(shelf, insider):
    for entry in (shelf.internal[0], shelf.draft):
        for given in (name_of_code(entry.code), id_of_entry(entry)):
            assert ask("package_show", id=given, status=404) == {
                "__type": "Not Found Error",
                "message": "Not found",
            }
        way = id_of_way(entry, "file")
        assert ask("resource_show", id=way, status=404)["__type"] == "Not Found Error"
        assert ask("datastore_search", resource_id=way, status=404) == {
            "__type": "Not Found Error",
            "message": f'Not found: Resource "{way}" was not found.',
        }
    shown = ask("package_show", insider, id=name_of_code(shelf.internal[0].code))
    assert shown["private"] is True
    forged = shown["id"][:-1] + ("0" if shown["id"][-1] != "0" else "1")
    assert ask("package_show", insider, id=forged, status=404)
    assert ask("package_show", insider, id=name_of_code(shelf.draft.code), status=404)


def test_visitors_learn_of_no_department_tag_or_number_beyond_the_open_part(shelf, insider):
    assert ask("organization_list") == [shelf.civil.uscc.lower()]
    assert ask("organization_show", id=shelf.health.uscc.lower(), status=404)
    assert ask("tag_list") == sorted(["民政", "第0", "第1", "第2"])
    assert ask("group_show", id="department")["package_count"] == 3
    found = ask("package_search", **{"facet.field": ["organization", "tags"], "rows": 0})
    assert (found["count"], found["results"]) == (3, [])
    assert found["facets"]["organization"] == {shelf.civil.uscc.lower(): 3}
    assert "卫生" not in found["facets"]["tags"]
    assert ask("package_search", q="出生医学")["count"] == 0
    assert ask("package_search", fq=f"organization:{shelf.health.uscc.lower()}")["count"] == 0

    assert shelf.health.uscc.lower() in ask("organization_list", insider)
    assert ask("package_search", insider, q="出生医学")["count"] == 4


def test_organizations_and_groups_are_listed_as_in_ckan(shelf, insider):
    listed = ask("organization_list", insider, all_fields=True, sort="package_count desc", limit=2)
    assert [one["package_count"] for one in listed] == [4, 3]
    assert [one["title"] for one in listed] == ["示范省卫生健康委", "示范省民政厅"]
    assert listed[0]["is_organization"] is True
    one = [shelf.civil.uscc.lower()]
    assert ask("organization_list", insider, organizations=one) == one
    assert ask("organization_list", insider, q="民政") == one
    assert ask("organization_list", sort="colour", status=409) == {
        "__type": "Validation Error",
        "message": "Cannot sort by field `colour`",
    }
    shown = ask("organization_show", insider, id=one[0], include_datasets=True)
    assert len(shown["packages"]) == 3
    assert "packages" not in ask("organization_show", insider, id=shown["id"])
    assert sorted(ask("group_list")) == ["basic", "department", "theme"]
    assert ask("group_show", id="basic")["package_count"] == 0
    assert ask("group_show", id="colour", status=404)["__type"] == "Not Found Error"


def test_a_search_has_pages_facets_and_a_sort(shelf, insider):
    found = ask(
        "package_search",
        insider,
        rows=2,
        start=1,
        sort="name asc",
        **{"facet.field": '["organization", "private", "res_format", "unknown"]', "facet.limit": 1},
    )
    codes = sorted(one.code for one in [*shelf.opened, *shelf.internal])
    assert [one["name"] for one in found["results"]] == [name_of_code(one) for one in codes[1:3]]
    assert (found["count"], found["sort"]) == (7, "name asc")
    assert found["facets"] == {
        "organization": {shelf.health.uscc.lower(): 4},
        "private": {"true": 4},
        "res_format": {"CSV": 7},
        "unknown": {},
    }
    assert found["search_facets"]["organization"] == {
        "title": "organization",
        "items": [
            {
                "name": shelf.health.uscc.lower(),
                "display_name": "示范省卫生健康委",
                "count": 4,
            }
        ],
    }
    assert ask("package_search", insider)["sort"] == "score desc, metadata_modified desc"
    least = {"facet.field": ["tags"], "facet.mincount": 2, "facet.limit": -1}
    assert ask("package_search", insider, **least)["facets"]["tags"] == {"卫生": 4, "民政": 3}
    assert ask("package_search", facet="false", **least)["facets"] == {}
    assert ask("package_search", fl=["id", "name"], rows=1)["results"][0].keys() == {"id", "name"}


@pytest.mark.parametrize(
    ("given", "status", "kind", "field"),
    [
        ({"rows": "x"}, 409, "Validation Error", "rows"),
        ({"rows": -1}, 409, "Validation Error", "rows"),
        ({"start": "-3"}, 409, "Validation Error", "start"),
        ({"facet.field": "tags"}, 409, "Validation Error", "facet.field"),
        ({"facet.field": '{"a": 1}'}, 409, "Validation Error", "facet.field"),
        ({"facet.limit": "many"}, 409, "Validation Error", "facet.limit"),
        ({"q": {"a": 1}}, 409, "Validation Error", "q"),
        ({"q": "a\x00b"}, 409, "Validation Error", "q"),
        ({"q": "\ud800"}, 409, "Validation Error", "q"),
        ({"sort": "title"}, 400, "Search Query Error", "message"),
        ({"sort": "title up"}, 400, "Search Query Error", "message"),
        ({"fq": "tags:("}, 409, "Search Error", "message"),
        ({"fq": 'tags:"a'}, 409, "Search Error", "message"),
        ({"fq": "{!join}"}, 409, "Search Error", "message"),
        ({"fq": "metadata_modified:[yesterday TO *]"}, 409, "Search Error", "message"),
        ({"fq": "metadata_modified:[NOW-9COLOURS TO *]"}, 409, "Search Error", "message"),
        ({"fq": "(" * 200 + "a" + ")" * 200}, 409, "Search Error", "message"),
        ({"fq": " OR ".join(["tags:a"] * 2000)}, 409, "Search Error", "message"),
        ({"q": ":"}, 409, "Search Error", "message"),
    ],
)
def test_wrong_arguments_are_refused_in_ckans_words(shelf, given, status, kind, field):
    error = ask("package_search", status=status, **given)

    assert error["__type"] == kind
    assert field in error


@pytest.mark.parametrize("question", ["", "*:*", '""', "*", "  "])
def test_an_empty_question_finds_all(shelf, question):
    assert ask("package_search", q=question)["count"] == 3


@pytest.mark.parametrize("question", ["婚姻 (", '"婚姻', "婚姻 AND", "婚姻~2", "婚姻^4", "+婚姻"])
def test_words_as_people_type_them_are_never_an_error(shelf, question):
    assert ask("package_search", q=question)["count"] == 3


def test_arguments_come_in_any_form_and_unknown_ones_do_not_matter(shelf):
    client = Client()
    path = "/api/3/action/package_search"
    name = name_of_code(shelf.opened[1].code)
    asked = {"fq": f"name:{name}", "use_default_schema": "true", "colour": "red"}
    posts = [
        client.get(path, asked),
        client.post(path, asked),
        client.post(path, json.dumps(asked), content_type="application/json"),
        client.post(path, json.dumps(asked), content_type="text/plain"),
        client.post(
            path, json.dumps(asked).encode(), content_type="application/x-www-form-urlencoded"
        ),
    ]
    for answer in posts:
        assert answer.status_code == 200, answer.content
        assert [one["name"] for one in answer.json()["result"]["results"]] == [name]
        assert answer["Content-Type"] == "application/json;charset=utf-8"


def test_what_is_no_request_is_answered_with_words_alone(db):
    client = Client()
    for body in ("[1]", "{", '"a"', "\ud7ff" * 3):
        answer = client.post("/api/3/action/package_list", body, content_type="application/json")
        assert answer.status_code == 400
        assert answer.json().startswith("Bad request - JSON Error")
    answer = client.get("/api/3/action/package_delete?id=x")
    assert answer.status_code == 400
    assert answer.json() == "Bad request - Action name not known: package_delete"
    assert client.put("/api/3/action/package_list").status_code == 405


def test_rows_never_leave_here_and_the_refusal_says_where_they_do(shelf, insider):
    entry = shelf.opened[0]
    for client in (Client(), insider):
        error = ask("datastore_search", client, resource_id=id_of_way(entry, "file"), status=403)
        assert error["__type"] == "Authorization Error"
        assert error["message"].startswith("Access denied: ")
        assert "/api/v1/agreements/{number}/rows/" in error["message"]
        assert ask("resource_view_list", client, id=id_of_way(entry, "file")) == []
    assert ask("datastore_search", status=409) == {
        "__type": "Validation Error",
        "resource_id": ["Missing value"],
    }


def test_a_wrong_key_is_refused_and_a_right_one_is_taken_in_any_header(shelf, key):
    for headers in (
        {"Authorization": key},
        {"Authorization": f"Api-Key {key}"},
        {"X-CKAN-API-Key": key},
    ):
        assert len(ask("package_list", Client(headers=headers))) == 7
        wrong = {name: f"{value[:-1]}#" for name, value in headers.items()}
        error = ask("package_list", Client(headers=wrong), status=403)
        assert error["__type"] == "Authorization Error"
    error = ask("site_read", Client(headers={"Authorization": "Bearer nothing"}), status=403)
    assert error["__type"] == "Authorization Error"


def test_the_site_answers_for_itself(db):
    assert ask("site_read") is True
    assert ask("status_show")["site_url"] == "http://testserver"
    assert "agreement" in ask("help_show", name="datastore_search")
    assert ask("help_show", name="x", status=404)["__type"] == "Not Found Error"


@pytest.mark.parametrize("rows", [3, 12])
def test_a_search_asks_no_query_a_package(shelf, rows):
    for _ in range(12):
        ResourceFactory(
            department=DepartmentFactory(),
            state=ResourceState.PUBLISHED,
            is_open=True,
            tags=["甲", "乙"],
            **FREE,
        )
    with CaptureQueriesContext(connection) as asked:
        assert len(ask("package_search", rows=rows)["results"]) == rows
    assert len(asked) == 2
