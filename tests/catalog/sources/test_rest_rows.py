"""REST interfaces that give rows page after page."""

import pytest

from tests.catalog.sources.fetching import failure_in, file_source, rows_of
from tests.catalog.sources.file_servers import WebServer, as_json

ROWS = [{"id": n, "name": f"第{n}行", "amount": n / 4} for n in range(1, 8)]
TEXT = "".join(f"{row['id']}\t{row['name']}\t{row['amount']}\n" for row in ROWS)


@pytest.fixture
def web():
    with WebServer().running() as server:
        yield server


@pytest.fixture
def source(resource, web):
    def make(**given):
        given = {"address": f"{web.url}/rows?lang=zh", "rows_path": "data.rows", **given}
        return file_source(resource.department, "rest", **given)

    return make


def page_of(handler, start: int, size: int) -> None:
    rows = ROWS[start : start + size]
    as_json({"total": len(ROWS), "data": {"rows": rows}})(handler)


def test_page_numbers_are_followed_to_the_empty_page(source, web):
    def give(handler):
        size = int(handler.query["size"])
        page_of(handler, (int(handler.query["p"]) - 1) * size, size)

    web.paths["/rows"] = give
    found = source(
        paging="page", parameter="p", size_parameter="size", page_size="3", total_path="total"
    )

    assert rows_of(found) == TEXT
    assert web.asked[0][0] == "/rows?lang=zh&size=3&p=1"
    assert len(web.asked) == 4


def test_offsets_are_followed(source, web):
    web.paths["/rows"] = lambda handler: page_of(handler, int(handler.query["skip"]), 3)

    assert rows_of(source(paging="offset", parameter="skip")) == TEXT


def test_cursors_are_followed(source, web):
    def give(handler):
        start = int(handler.query.get("after", "0"))
        after = start + 3 if start + 3 < len(ROWS) else None
        as_json({"next": after, "data": {"rows": ROWS[start : start + 3]}})(handler)

    web.paths["/rows"] = give

    assert rows_of(source(paging="cursor", parameter="after", next_path="next")) == TEXT


@pytest.mark.parametrize("in_header", [True, False])
def test_links_are_followed(source, web, in_header):
    def give(handler):
        start = int(handler.query.get("start", "0"))
        link = f"/rows?start={start + 4}" if start + 4 < len(ROWS) else None
        body = {
            "links": {"next": None if in_header else link},
            "data": {"rows": ROWS[start : start + 4]},
        }
        headers = {"Link": f'<{link}>; rel="next", </x>; rel="last"'} if in_header and link else {}
        as_json(body, **headers)(handler)

    web.paths["/rows"] = give

    assert rows_of(source(paging="link", next_path="links.next")) == TEXT


def test_a_link_to_another_server_is_followed_without_the_secret(source, web):
    with WebServer().running() as other:
        other.paths["/more"] = as_json({"data": {"rows": ROWS[4:]}})
        web.paths["/rows"] = as_json({"next": f"{other.url}/more", "data": {"rows": ROWS[:4]}})

        found = source(paging="link", next_path="next", auth="bearer", secret="s3cret")

        assert rows_of(found) == TEXT
        assert web.asked[0][1]["Authorization"] == "Bearer s3cret"
        assert "Authorization" not in other.asked[0][1]


@pytest.mark.parametrize(
    ("body", "given", "code", "data"),
    [
        (
            {"total": 9, "data": {"rows": ROWS}},
            {"total_path": "total"},
            "count_wrong",
            {"announced": 9, "count": 7},
        ),
        (
            {"data": {"rows": ROWS}},
            {"paging": "page", "parameter": "p"},
            "paging_repeats",
            {"page": 2},
        ),
        (
            {"next": "/rows?lang=zh", "data": {"rows": ROWS}},
            {"paging": "link", "next_path": "next"},
            "paging_repeats",
            {"page": 2},
        ),
        ({"data": {}}, {}, "page_without_rows", {"page": 1, "path": "data.rows"}),
        ({"data": {"rows": []}}, {}, "file_empty", {}),
        ({"data": {"rows": [1]}}, {}, "row_no_object", {"row": 1}),
    ],
)
def test_an_interface_that_lies_is_told(source, web, body, given, code, data):
    web.paths["/rows"] = as_json(body)

    assert failure_in(source(**given)) == (code, data)


def test_what_is_no_json_and_too_many_rows_are_told(source, web, settings):
    web.paths["/rows"] = lambda handler: handler.answer(b'{"data":')
    assert failure_in(source()) == ("page_no_json", {"page": 1})

    settings.SOURCE_MOST_ROWS = 5
    web.paths["/rows"] = as_json({"data": {"rows": ROWS}})
    assert failure_in(source()) == ("too_many_rows", {"most": 5})
