"""Files at web addresses: a real server on loopback, with the bad manners of real ones."""

import gzip
import socket

import pytest

from catalog.models import AllowedNetwork
from catalog.services import run_queue, sync_runs
from catalog.sources.connector import connect
from tests.catalog.sources.fetching import failure_in, file_source, rows_of
from tests.catalog.sources.file_servers import CSV, WebServer, trickle
from tests.catalog.sources.running import held, ran

ROWS = "1\t甲\t\n2\t乙\t1\n"


@pytest.fixture
def web():
    with WebServer().running() as server:
        yield server


@pytest.fixture
def source(resource, web):
    def make(path: str = "/a.csv", **given):
        return file_source(resource.department, "http", address=f"{web.url}{path}", **given)

    return make


def test_a_run_brings_the_rows_of_the_file_into_the_store(source, web, resource, steward, job_of):
    # given
    web.paths["/a.csv"] = lambda handler: handler.answer(
        CSV, Content_Type="text/csv", Server="nginx"
    )
    job = job_of(source(), "rows")

    # when
    run = ran(job, steward)

    # then
    assert (run.state, run.failure_code) == ("succeeded", "")
    assert held(resource) == [("1", "甲", None), ("2", "乙", "1")]
    with connect(job.source) as connector:
        assert connector.check().endswith("nginx · 37 B")


def test_a_failure_of_the_file_keeps_the_published_rows(source, web, resource, steward, job_of):
    # given
    web.paths["/a.csv"] = lambda handler: handler.answer(CSV)
    job = job_of(source(), "rows")
    ran(job, steward)

    # when the file is cut off the next time
    web.paths["/a.csv"] = lambda handler: handler.answer(CSV[:-5], length=len(CSV))
    run = run_queue.start_run(job=job, by=steward)
    sync_runs.execute(run_id=run.pk)

    # then it will be tried again, and readers see the rows from before
    run.refresh_from_db()
    assert (run.state, run.failure_code) == ("retrying", "answer_cut")
    assert held(resource) == [("1", "甲", None), ("2", "乙", "1")]


@pytest.mark.parametrize(
    ("given", "header"),
    [
        ({"auth": "bearer"}, ("Authorization", "Bearer s3cret")),
        ({"auth": "basic", "username": "u"}, ("Authorization", "Basic dTpzM2NyZXQ=")),
        ({"auth": "header", "auth_header": "X-Api-Key"}, ("X-Api-Key", "s3cret")),
    ],
)
def test_the_secret_goes_to_the_server_and_not_on_with_a_redirect(source, web, given, header):
    # given another server, to which the first one redirects
    with WebServer().running() as other:
        other.paths["/b.csv"] = lambda handler: handler.answer(CSV)
        web.paths["/a.csv"] = lambda handler: handler.redirect("/c.csv")
        web.paths["/c.csv"] = lambda handler: handler.redirect(f"{other.url}/b.csv")

        # when
        assert rows_of(source(secret="s3cret", **given)) == ROWS

        # then
        name, value = header
        assert [headers.get(name) for _path, headers in web.asked] == [value, value]
        assert [headers.get(name) for _path, headers in other.asked] == [None]


def test_a_redirect_into_a_closed_network_is_not_followed(source, web):
    web.paths["/a.csv"] = lambda handler: handler.redirect("http://192.0.2.7/latest/meta-data/")

    assert failure_in(source()) == ("network_not_allowed", {"host": "192.0.2.7"})


def test_the_address_of_cloud_credentials_is_closed_in_an_open_network(source, web, steward):
    AllowedNetwork.objects.create(network="0.0.0.0/0", reason="alles", added_by=steward)
    web.paths["/a.csv"] = lambda handler: handler.redirect("http://169.254.169.254/latest/")

    assert failure_in(source()) == ("network_not_allowed", {"host": "169.254.169.254"})


def test_a_name_that_answers_differently_the_second_time_gains_nothing(source, web, monkeypatch):
    # given a name that first leads to the allowed server, then elsewhere
    web.paths["/a.csv"] = lambda handler: handler.answer(CSV)
    known, answers = socket.getaddrinfo, iter(["127.0.0.1", "192.0.2.7"])

    def resolve(host, *args, **kwargs):
        return known(next(answers) if host == "rebind.example" else host, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    found = source()
    found.settings["address"] = f"http://rebind.example:{web.server_port}/a.csv"

    # then the address that was checked is the one that was asked
    assert rows_of(found) == ROWS
    assert web.asked[0][1]["Host"] == f"rebind.example:{web.server_port}"


@pytest.mark.parametrize(
    ("handling", "code", "data"),
    [
        (
            lambda h: h.answer(b"<html>", Content_Type="text/html; charset=utf-8"),
            "markup_instead",
            {},
        ),
        (lambda h: h.answer(b" <!DOCTYPE html>"), "markup_instead", {}),
        (lambda h: h.answer(b"", status=404), "file_missing", {"file": "/a.csv"}),
        (lambda h: h.answer(b"", status=401), "http_refused", {"status": 401, "host": "127.0.0.1"}),
        (lambda h: h.answer(b"", status=503), "http_busy", {"status": 503, "host": "127.0.0.1"}),
        (lambda h: h.answer(b"", status=418), "http_status", {"status": 418, "host": "127.0.0.1"}),
        (lambda h: h.redirect("/a.csv"), "redirects", {"most": 5}),
        (lambda h: h.redirect("ftp://127.0.0.1/a"), "address_wrong", {}),
        (lambda h: h.answer(b"", length=10**12), "file_too_large", {"most": 2 * 1024**3}),
        (
            lambda h: h.answer(gzip.compress(b"a,b\n" * 9_000_000)),
            "file_bursts",
            {"most": 33554432},
        ),
    ],
)
def test_what_is_no_good_answer_is_told(source, web, handling, code, data):
    web.paths["/a.csv"] = handling

    assert failure_in(source()) == (code, data)


def test_a_server_that_hangs_is_given_up(source, web, settings):
    settings.SOURCE_READ_SECONDS = 0.2
    with socket.create_server(("127.0.0.1", 0)) as silent:
        found = source()
        found.settings["address"] = f"http://127.0.0.1:{silent.getsockname()[1]}/"

        assert failure_in(found)[0] == "timed_out"


def test_a_server_that_trickles_is_given_up(source, web, settings):
    settings.SOURCE_RATE_SECONDS = 0.2
    web.paths["/a.csv"] = trickle

    assert failure_in(source())[0] == "fetch_too_slow"


def test_an_answer_without_a_length_that_is_too_large_is_cut(source, web, settings):
    settings.SOURCE_FILE_MOST_BYTES = 50

    def endless(handler):
        handler.send_response(200)
        handler.end_headers()
        handler.wfile.write(b"x" * 1000)

    web.paths["/a.csv"] = endless

    assert failure_in(source()) == ("file_too_large", {"most": 50})
