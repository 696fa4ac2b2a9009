"""Tables of another portal's DataStore: found, read whole, and refused when the portal is wrong."""

import json

import pytest
from django.urls import reverse

from catalog.models import RunState, SyncJob
from catalog.services import sync_jobs
from catalog.sources.connector import connect
from catalog.sources.failures import SourceFailure
from catalog.sources.proposing import items_from

from .fetching import file_source
from .file_servers import WebServer, as_json
from .looking import look
from .running import held, ran

pytestmark = pytest.mark.django_db
TABLE = "9f1c7c2e-6a3c-4a4e-9d55-3f2f0d6c1a10"
ROWS = [{"_id": n, "code": str(n), "name": f"第{n}行", "parent_code": None} for n in range(1, 8)]
FIELDS = [
    {"id": "_id", "type": "int"},
    {"id": "code", "type": "text", "info": {"label": "代码"}},
    {"id": "name", "type": "text"},
    {"id": "parent_code", "type": "text"},
]
PACKAGES = [
    {
        "title": f"数据集{n}",
        "resources": [{"id": f"{n}", "name": "文件", "datastore_active": False}],
    }
    for n in range(149)
] + [
    {
        "title": "区划",
        "resources": [{"id": TABLE, "name": "区划代码", "datastore_active": True}],
    }
]


def answer(handler, result) -> None:
    as_json({"success": True, "result": result})(handler)


def packages(handler) -> None:
    start, rows = int(handler.query.get("start", "0")), int(handler.query["rows"])
    answer(handler, {"count": len(PACKAGES), "results": PACKAGES[start : start + rows]})


def rows_by(size: int):
    """As a portal that gives at most `size` rows an answer, whatever is asked."""

    def give(handler) -> None:
        limit, offset = int(handler.query["limit"]), int(handler.query.get("offset", "0"))
        found = ROWS[offset : offset + min(limit, size)]
        answer(handler, {"fields": FIELDS, "records": found, "total": len(ROWS)})

    return give


@pytest.fixture
def portal():
    with WebServer().running() as server:
        server.paths["/data/api/3/action/package_search"] = packages
        server.paths["/data/api/3/action/datastore_search"] = rows_by(3)
        server.paths["/data/api/3/action/resource_show"] = lambda handler: answer(
            handler, {"id": TABLE, "name": "区划代码"}
        )
        yield server


@pytest.fixture
def source(resource, portal):
    return file_source(resource.department, "ckan", address=f"{portal.url}/data/", secret="a token")


def test_the_tables_of_all_pages_are_found(source, portal):
    with connect(source) as connector:
        assert connector.check() == "CKAN · 150"
        (table,) = connector.relations()

    assert (table.name, table.comment) == (TABLE, "区划 · 区划代码")
    assert len([path for path, _headers in portal.asked if "rows=100" in path]) == 2
    assert all(headers["Authorization"] == "a token" for _path, headers in portal.asked)


def test_items_are_proposed_from_the_tables_dictionary(source):
    found = {item.source: item for item in items_from(source, TABLE)}
    assert list(found) == ["code", "name", "parent_code"]
    assert found["code"].name == "代码"
    assert found["code"].is_key


def test_a_job_reads_all_rows_page_after_page(source, resource, steward, portal):
    # given
    job = sync_jobs.set_up_job(
        resource=resource,
        source=source,
        relation=TABLE,
        mapping={"code": "code", "name": "name", "parent_code": "parent_code"},
        version=0,
        by=steward,
    )

    # when
    run = ran(job, steward)

    # then
    assert (run.failure_code, run.state, run.rows_inserted) == ("", RunState.SUCCEEDED, 7)
    assert held(resource)[0] == ("1", "第1行", None)

    # when the portal announces more than it gives
    portal.paths["/data/api/3/action/datastore_search"] = lambda handler: answer(
        handler,
        {
            "fields": FIELDS,
            "records": ROWS[:2] if handler.query.get("offset", "0") == "0" else [],
            "total": 7,
        },
    )
    again = ran(job, steward)

    # then
    assert (again.state, again.failure_code) == (RunState.FAILED, "count_wrong")
    assert len(held(resource)) == 7


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (json.dumps({"success": False, "result": {}}), "no_ckan"),
        (json.dumps({"success": True, "result": []}), "no_ckan"),
        (json.dumps([]), "no_ckan"),
        (json.dumps({"success": True, "result": {"count": "many"}}), "no_ckan"),
        ("no json", "page_no_json"),
    ],
)
def test_what_is_no_ckan_is_told(source, portal, body, code):
    portal.paths["/data/api/3/action/package_search"] = lambda handler: handler.answer(
        body.encode(), Content_Type="application/json"
    )
    with connect(source) as connector, pytest.raises(SourceFailure) as refusal:
        connector.check()
    assert refusal.value.code == code


def test_a_table_that_is_gone_is_told(source, portal):
    portal.paths["/data/api/3/action/datastore_search"] = lambda handler: handler.answer(
        b"{}", status=404
    )
    with connect(source) as connector, pytest.raises(SourceFailure) as refusal:
        connector.columns(TABLE)
    assert refusal.value.code == "file_missing"


def test_a_portal_in_a_closed_network_is_not_asked(source, portal, settings):
    settings.SOURCE_ALLOWED_NETWORKS = ["10.0.0.0/8"]
    with connect(source) as connector, pytest.raises(SourceFailure) as refusal:
        connector.check()
    assert refusal.value.code == "network_not_allowed"
    assert portal.asked == []


def test_a_portal_that_leads_elsewhere_gets_no_token_there(source, portal):
    with WebServer().running() as other:
        other.paths["/x"] = packages
        portal.paths["/data/api/3/action/package_search"] = lambda handler: handler.redirect(
            f"{other.url}/x?rows=0"
        )
        with connect(source) as connector:
            assert connector.check() == "CKAN · 150"
        assert "Authorization" not in other.asked[0][1]


def test_a_steward_takes_items_and_sets_up_a_job_by_page(client, source, resource, steward):
    # when
    page = look(client, steward, "catalog:source_items", source.pk)
    assert "代码" in page
    page = look(client, steward, "catalog:sync_job_edit", resource.pk, source=source.pk)
    # then
    assert "区划 · 区划代码" in page

    # when
    response = client.post(
        reverse("catalog:sync_job_edit", args=[resource.pk]),
        {
            "source": source.pk,
            "relation": TABLE,
            "version": 0,
            "mode": "full",
            **{f"item_{name}": name for name in ("code", "name", "parent_code")},
        },
    )

    # then
    assert response.status_code == 302
    assert SyncJob.objects.get().relation == TABLE
