"""JSON documents and JSON Lines."""

import json

import pytest

from tests.catalog.sources.files.rows import copied, failure_of

WRITTEN = '{"code":"007","n":1.10,"ok":true,"at":{"city":"杭州"}}'


def test_a_document_gives_its_rows_numbers_as_written_and_members_of_objects_dotted(tmp_path):
    path = tmp_path / "a.json"
    path.write_text(f'{{"total":2,"data":{{"rows":[{WRITTEN},{{"n":1e3,"ok":null}}]}}}}')

    text = copied(path, format="json", rows_path="data.rows")

    # columns: code, n, ok, at.city
    assert text == "007\t1.10\ttrue\t杭州\n\\N\t1000\t\\N\t\\N\n"


def test_lines_give_the_same_and_the_last_needs_no_end(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" + WRITTEN.encode() + b'\r\n\n{"code":"","zip":1}')

    assert copied(path, format="jsonl") == "007\t1.10\ttrue\t杭州\t\\N\n\t\\N\t\\N\t\\N\t1\n"


def test_an_empty_array_has_no_rows(tmp_path):
    path = tmp_path / "a.json"
    path.write_text('{"rows": []}')

    assert copied(path, format="json", rows_path="rows") == ""


@pytest.mark.parametrize(
    ("content", "code", "data"),
    [
        (b'[{"a":1},{"a":', "file_truncated", {"row": 2}),
        (b'[{"a":1},{"a":oops}]', "json_wrong", {"row": 2}),
        (b'[{"a":1},5]', "row_no_object", {"row": 2}),
        (b'[{"a":1},{"a":[1]}]', "nested_value", {"row": 2, "column": "a"}),
        (b'[{"a":"\\u0000"}]', "nul_character", {"row": 1}),
        (b'{"items":[{"a":1}]}', "path_missing", {"path": "[]"}),
        (b"<html>", "markup_instead", {}),
        (b"PK\x03\x04", "other_format", {"declared": "json", "found": "xlsx"}),
    ],
)
def test_a_document_that_is_not_right_is_refused(tmp_path, content, code, data):
    path = tmp_path / "a.json"
    path.write_bytes(content)

    assert failure_of(path, format="json") == (code, data)


@pytest.mark.parametrize(
    ("content", "code", "data"),
    [
        (b'{"a":1}\n{"a":\n', "json_wrong", {"row": 2}),
        (b'{"a":1}\n{"a":', "file_truncated", {"row": 2}),
        (b'{"a":1}\n{"a":NaN}\n', "json_wrong", {"row": 2}),
        (b'{"a":1}\n{"a":"\xff"}\n', "bad_bytes", {"row": 2, "encoding": "utf-8"}),
        (b'{"a":1}\n{"a":"\\ud800"}\n', "half_character", {"row": 2}),
        (b'{"a":1}\n[1]\n', "row_no_object", {"row": 2}),
        (b'{"a":' + b"[" * 5000, "file_truncated", {"row": 1}),
    ],
)
def test_a_line_that_is_not_right_is_refused(tmp_path, content, code, data):
    path = tmp_path / "a.jsonl"
    path.write_bytes(content)

    assert failure_of(path, format="jsonl") == (code, data)


@pytest.mark.parametrize(("format_", "start"), [("json", b'[{"a":"'), ("jsonl", b'{"a":"')])
def test_a_value_that_never_ends_is_refused(tmp_path, settings, format_, start):
    settings.SOURCE_ROW_MOST_BYTES = 64 * 1024
    path = tmp_path / "a"
    path.write_bytes(start + b"x" * 3_000_000)

    assert failure_of(path, format=format_) == ("row_too_large", {"most": 65536})


def test_ten_thousand_rows_pass_a_small_limit_for_each(tmp_path, settings):
    settings.SOURCE_ROW_MOST_BYTES = 1024
    rows = [{"a": "x" * 200, "n": n} for n in range(10_000)]
    document, lines = tmp_path / "a.json", tmp_path / "a.jsonl"
    document.write_text(json.dumps(rows))
    lines.write_text("".join(f"{json.dumps(row)}\n" for row in rows))

    assert copied(document, format="json").count("\n") == 10_000
    assert copied(lines, format="jsonl").count("\n") == 10_000
