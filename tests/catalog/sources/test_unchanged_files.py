"""A file whose server says that it is the one that was read: nothing of it is moved."""

import pytest
from django.utils import timezone

from catalog.selectors.sync_health import health_of_jobs
from catalog.services import sync_rules
from catalog.sources.connector import connect
from tests.catalog.sources.fetching import file_source
from tests.catalog.sources.file_servers import CSV, Handler, WebServer
from tests.catalog.sources.running import held, ran


class File:
    """A file with a version, given unless the client has it."""

    def __init__(self, content: bytes, name: str, value: str) -> None:
        self.content, self.name, self.value = content, name, value

    def __call__(self, handler: Handler) -> None:
        asked = handler.headers.get("If-None-Match") or handler.headers.get("If-Modified-Since")
        if asked == self.value:
            handler.send_response(304)
            handler.end_headers()
            return
        handler.answer(self.content, **{self.name: self.value})


@pytest.fixture
def web():
    with WebServer().running() as server:
        yield server


@pytest.fixture
def job(resource, web, job_of):
    web.paths["/a.csv"] = File(CSV, "ETag", '"one"')
    return job_of(file_source(resource.department, "http", address=f"{web.url}/a.csv"), "rows")


@pytest.mark.parametrize(
    ("name", "value"),
    [("ETag", 'W/"v1"'), ("Last-Modified", "Mon, 30 Nov 2026 00:00:00 GMT")],
)
def test_a_file_that_is_the_same_ends_the_run_without_a_row(
    job, web, resource, steward, name, value
):
    # given rows that were read from this version
    web.paths["/a.csv"] = File(CSV, name, value)
    first = ran(job, steward)
    resource.refresh_from_db()
    changed = resource.rows_changed_at

    # when
    run = ran(job, steward)

    # then
    assert (first.state, run.state, run.rows_read) == ("succeeded", "unchanged", None)
    assert [line["code"] for line in run.log] == ["attempt", "unchanged"]
    resource.refresh_from_db()
    assert resource.rows_changed_at == changed
    assert held(resource) == [("1", "甲", None), ("2", "乙", "1")]
    assert web.asked[-1][1].get("If-None-Match" if name == "ETag" else "If-Modified-Since") == value


def test_a_new_version_is_read(job, web, resource, steward):
    ran(job, steward)
    web.paths["/a.csv"] = File(CSV + "3,丙,1\n".encode(), "ETag", '"two"')

    assert ran(job, steward).state == "succeeded"
    assert len(held(resource)) == 3
    assert ran(job, steward).state == "unchanged"


def test_after_new_rules_the_same_file_is_read_ran(job, steward, resource):
    ran(job, steward)
    sync_rules.set_rules(
        job=job, rules=[], casts={}, most_bad=2, most_shrink=50, version=0, by=steward
    )

    assert ran(job, steward).state == "succeeded"


def test_a_run_that_failed_leaves_the_version_that_is_published(job, web, steward, resource):
    # given a version that was refused
    ran(job, steward)
    web.paths["/a.csv"] = File(b"code,name,parent_code\n1,x,\n1,y,\n", "ETag", '"bad"')
    assert ran(job, steward).state == "failed"

    # when it comes again it is read again, and the good one from before is known
    assert ran(job, steward).state == "failed"
    web.paths["/a.csv"] = File(CSV, "ETag", '"one"')
    assert ran(job, steward).state == "unchanged"


def test_a_server_that_answers_not_modified_unasked_is_told(job, web, steward, resource):
    def not_modified(handler: Handler) -> None:
        handler.send_response(304)
        handler.end_headers()

    web.paths["/a.csv"] = not_modified
    run = ran(job, steward)

    assert (run.state, run.failure_code, run.failure_data["status"]) == (
        *("failed", "http_status"),
        304,
    )


def test_a_server_without_ranges_is_read_from_the_beginning(web, resource, client, steward):
    content = CSV + b"9,x,\n" * 1_000_000
    web.paths["/a.csv"] = lambda handler: handler.answer(content)
    source = file_source(resource.department, "http", address=f"{web.url}/a.csv")

    with connect(source, looks=True) as connector:
        columns = connector.columns("rows")
        sample = connector.sample("rows")

    assert [column.name for column in columns] == ["code", "name", "parent_code"]
    assert (len(sample), sample[0]["name"]) == (1000, "甲")


def test_an_unchanged_run_is_healthy(job, steward, resource):
    ran(job, steward)
    ran(job, steward)

    (found,) = health_of_jobs(steward, now=timezone.now())

    assert (found.health, found.last_state) == ("green", "unchanged")


def test_while_somebody_waits_only_the_beginning_is_asked_for(job, web, client, steward):
    # given a file that is larger than a look
    web.asked.clear()
    content = CSV + b"9,x,\n" * 1_000_000

    def ranged(handler: Handler) -> None:
        first, last = map(int, handler.headers["Range"].removeprefix("bytes=").split("-"))
        told = f"bytes {first}-{last}/{len(content)}"
        handler.answer(content[first : last + 1], status=206, Content_Range=told)

    web.paths["/a.csv"] = ranged
    client.force_login(steward)

    # when the form of the job is opened
    page = client.get(f"/catalog/{job.resource_id}/sync/edit/")

    # then once for the list of relations, once for the columns
    assert page.status_code == 200
    assert [headers["Range"] for _path, headers in web.asked] == [
        "bytes=0-524287",
        "bytes=0-524287",
        "bytes=524288-1048575",
    ]
