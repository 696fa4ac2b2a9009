"""Whatever is said to an address of an agreement: a clear refusal, or the agreed rows and no other."""

import json
import uuid
from urllib.parse import quote

import pytest
from django.db import connection

from catalog.formats.identifiers import id_of_way
from catalog.models import SharingMode
from sharing.models import Agreement
from sharing.services import agreements

from .calls import path
from .conftest import agreed_on

pytestmark = pytest.mark.django_db(transaction=True)

AREA_11 = [{"column": "area", "op": "is", "values": ["110000"]}]
TEXTS = [
    "'",
    "' OR true --",
    "110000' OR area <> '",
    "'); DROP SCHEMA agreement CASCADE; --",
    "\\",
    '"; SELECT pg_sleep(9); --',
    "year) FROM store.r_1 --",
    "hidden",
    "%s%(area)s{0}",
    "../../../etc/passwd",
    "=cmd()",
    "\0",
    "\ud83d".encode("utf-8", "surrogatepass").decode("latin-1"),
    "\u2028\x1b[0m",
    "-1",
    "99999999999999999999",
    "1e999",
    "NaN",
    "[" * 5_000,
    "x" * 3_000,
]
FILTERS = (
    "area",
    "area__in",
    "area__ne",
    "year",
    "year__ge",
    "note",
    "note__like",
    "note__isnull",
    "hidden",
    "a b",
    "filter",
)
PARAMETERS = {
    "rows/": ("fields", "limit", "after", "order", "count", *FILTERS),
    "export.csv": ("fields", "encoding", "bom", "excel", *FILTERS),
    "export.jsonl": ("fields", *FILTERS),
    "export.parquet": ("fields", "filter", "year"),
    "export.arrow": ("fields", "filter", "year"),
    "changes/": ("since", "limit", "wait", "other"),
}
BODIES = {
    "rows/": ("fields", "limit", "after", "order", "count", "filter", "other"),
    "exports/": ("format", "fields", "encoding", "bom", "excel", "filter", "other"),
    "verify/": ("entries", "other"),
}
HEADERS = (
    "Range",
    "If-Range",
    "If-Match",
    "If-None-Match",
    "Idempotency-Key",
    "Accept",
    "Accept-Encoding",
    "Accept-Language",
    "X-Forwarded-For",
    "X-Request-ID",
)


@pytest.fixture
def part(cast, by_year, prepared_folder):
    """The years of one area of four; the column `hidden`, which says "secret", is not agreed."""
    by_year.sharing_modes = [SharingMode.INTERFACE, SharingMode.BATCH]
    by_year.save(update_fields=["sharing_modes"])
    return agreed_on(cast, by_year, items=("note",), row_filter=AREA_11)


def body_of(answer) -> bytes:
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def judged(answer, what) -> int:
    """The status, of an answer that is a refusal in the one shape or holds agreed rows alone."""
    body = body_of(answer)
    assert answer.status_code < 500, what
    if answer["Content-Type"].startswith("text/html"):
        assert answer.status_code == 404, what  # an address that is none: the page that says so
        return 404
    assert b"secret" not in body, what
    assert not any(f"{area}0000".encode() in body for area in (12, 13, 14)), what
    if answer.status_code >= 400 and answer["Content-Type"].startswith("application/json"):
        told = json.loads(body)
        assert set(told) == {"code", "message", "fields"}, what
        assert "Traceback" not in told["message"], what
        assert "psycopg" not in told["message"], what
    return answer.status_code


def is_untouched(agreement) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*), max(hidden) FROM store.r_{agreement.resource_id}")
        held = cursor.fetchone()
        cursor.execute(f"SELECT count(*) FROM agreement.{agreement.view_name}")
        return held == (100, "secret") and cursor.fetchone() == (25,)


@pytest.mark.parametrize("last", PARAMETERS)
def test_no_parameter_of_an_address_lets_anything_in_or_out(caller, part, last):
    statuses = {
        judged(caller.get(path(part, last), {name: text}), (last, name, text))
        for name in PARAMETERS[last]
        for text in TEXTS
    }

    assert statuses <= {200, 400, 410, 422}
    assert 422 in statuses
    assert is_untouched(part)


@pytest.mark.parametrize("last", BODIES)
def test_no_field_of_a_body_lets_anything_in_or_out(caller, part, last):
    wrong = [*TEXTS, None, True, 7, -1.5, [], {}, [[]], {"$gt": ""}, [None], {"column": "area"}]
    statuses = {
        judged(
            caller.post(
                path(part, last), json.dumps({name: given}), content_type="application/json"
            ),
            (last, name, given),
        )
        for name in BODIES[last]
        for given in wrong
    }

    assert statuses <= {200, 202, 422, 429}
    assert 422 in statuses
    assert is_untouched(part)


@pytest.mark.parametrize("name", HEADERS)
def test_no_header_lets_anything_in_or_out(caller, part, name):
    said = [text for text in TEXTS if text.isprintable() and text.isascii()]
    for text in said:
        for last in ("rows/", "export.csv", "changes/"):
            judged(caller.get(path(part, last), headers={name: text}), (last, name, text))
        body = json.dumps({"entries": [{"area": "110000", "year": 5}]})
        asked = {"content_type": "application/json", "headers": {name: text}}
        judged(caller.post(path(part, "verify/"), body, **asked), ("verify/", name, text))

    assert is_untouched(part)


def test_no_segment_of_an_address_leads_anywhere(caller, part):
    known = f"/api/v1/agreements/{part.number}"
    unknown = uuid.uuid4()
    for text in TEXTS:
        segment = quote(text, safe="")
        for address in (
            f"/api/v1/agreements/{segment}/rows/",
            f"{known}/{segment}/",
            f"{known}/exports/{segment}/",
            f"{known}/exports/{unknown}/{segment}",
            f"{known}/interface/{segment}",
            f"{known}/files/{segment}",
        ):
            assert judged(caller.get(address), address) in {400, 403, 404}, address

    assert is_untouched(part)


@pytest.mark.parametrize(
    "name", ["resource_id", "filters", "limit", "offset", "fields", "after", "sort", "q", "other"]
)
def test_no_argument_of_ckans_action_lets_anything_in_or_out(caller, part, name):
    known = {"resource_id": id_of_way(part.resource, SharingMode.INTERFACE)}
    for given in [*TEXTS, None, True, 7, [], {}, {"area": TEXTS}, {"hidden": "secret"}, [[]]]:
        answer = caller.post(
            "/api/3/action/datastore_search",
            json.dumps({**known, name: given}),
            content_type="application/json",
        )
        body = answer.content
        assert answer.status_code < 500, (name, given)
        assert b"120000" not in body
        assert b'"secret"' not in body or b'success": false' in body, (name, given)

    assert is_untouched(part)


DEEP = 100_000


@pytest.mark.parametrize("last", ["rows/", "exports/", "verify/"])
@pytest.mark.parametrize(
    "body",
    [
        "[" * DEEP,
        "[" * DEEP + "]" * DEEP,
        '{"filter":' * DEEP + "1" + "}" * DEEP,
        '{"filter":' + '{"and":[' * 2_000 + "{}" + "]}" * 2_000 + "}",
        '{"entries":' + "[" * 900 + "]" * 900 + "}",
        '{"filter"',
        "null",
        '{"limit": 1e400}',
        '{"limit": ' + "9" * 5_000 + "}",
        '{"filter": {"column": "year", "op": "eq", "value": NaN}}',
        '{"fields": ["\\ud800"]}',
    ],
    ids=range(11),
)
def test_a_body_that_nests_without_end_or_is_no_json_is_refused(caller, part, last, body):
    answer = caller.post(path(part, last), body, content_type="application/json")

    assert judged(answer, (last, body[:40])) in {400, 422}
    assert is_untouched(part)


def test_a_body_of_another_kind_is_refused_in_words(caller, part):
    for kind in ("text/plain", "application/xml", "multipart/form-data; boundary=x", "a" * 300):
        for last in BODIES:
            answer = caller.generic("POST", path(part, last), b"<x/>", kind)
            assert judged(answer, (kind, last)) in {400, 415, 422}

    latin = caller.generic("POST", path(part), b'{"fields": "\xff\xfe"}', "application/json")
    assert judged(latin, "latin") in {400, 422}


def test_filters_of_ten_thousand_values_are_prepared_too_and_one_more_is_refused(caller, part):
    values = [str(value) for value in range(10_000)]
    many = {"column": "year", "op": "in", "value": values}
    one_more = {"or": [many, {"column": "year", "op": "eq", "value": "1"}]}

    def asked(filter):
        body = json.dumps({"filter": filter})
        return caller.post(path(part, "exports/"), body, content_type="application/json")

    assert asked(many).status_code == 202
    refused = asked(one_more)
    assert refused.status_code == 422
    assert refused.json()["fields"] == {"filter": ["At most 10,000 values in one call."]}


def test_after_the_end_every_address_says_the_reason_whatever_is_asked(cast, caller, part):
    agreements.terminate(agreement=part, reason="用途已实现", by=cast.head)

    for last, names in PARAMETERS.items():
        for name in names:
            answer = caller.get(path(part, last), {name: TEXTS[1]})
            assert answer.status_code == 403, (last, name)
            assert "用途已实现" in answer.json()["message"]
    assert Agreement.objects.get().state == "terminated"
