"""Pages over HTTP: filters by query string and by body, totals, and answers made small."""

import base64
import gzip
import itertools
import json

import pytest
import zstandard
from django.test import Client

from portal.organisation.models import DutyKind
from portal.organisation.services.systems import issue_client
from sharing.models import Pull
from tests.factories import UserFactory

from .calls import path
from .conftest import agreed_on

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def yearly(cast, by_year):
    """100 rows: four areas over the years 5 to 29."""
    return agreed_on(cast, by_year, items=("note",))


def post(caller, agreement, body):
    return caller.post(path(agreement), json.dumps(body), content_type="application/json")


def years(answer):
    return [(row["area"][:2], row["year"]) for row in answer.json()["rows"]]


def test_parameters_with_an_operator_all_hold(caller, yearly):
    answer = caller.get(
        path(yearly), {"year__ge": "28", "year__lt": "30", "area__in": "110000,120000"}
    )

    assert years(answer) == [("11", 28), ("11", 29), ("12", 28), ("12", 29)]


def test_or_nests_in_json_of_the_query_string_and_of_a_body(caller, yearly):
    document = {
        "or": [
            {
                "and": [
                    {"column": "area", "op": "like", "value": "11%"},
                    {"column": "year", "op": "le", "value": 6},
                ]
            },
            {"column": "year", "op": "gt", "value": 28},
        ]
    }

    by_get = caller.get(path(yearly), {"filter": json.dumps(document), "area__ne": "140000"})
    by_post = post(caller, yearly, {"filter": document, "limit": 2, "fields": ["area", "year"]})

    assert years(by_get) == [("11", 5), ("11", 6), ("11", 29), ("12", 29), ("13", 29)]
    assert years(by_post) == [("11", 5), ("11", 6)]
    following = post(caller, yearly, {"filter": document, "after": by_post.json()["next"]})
    assert years(following) == [("11", 29), ("12", 29), ("13", 29), ("14", 29)]


def test_a_total_is_told_when_it_is_asked_for(caller, yearly):
    exact = caller.get(path(yearly), {"limit": 1, "year__ge": "10", "count": "exact"}).json()
    about = caller.get(path(yearly), {"limit": 1, "count": "estimated"}).json()
    narrowed = caller.get(path(yearly), {"count": "estimated", "year__ge": "10"}).json()

    assert (exact["total"], about["total"]) == (80, 100)
    assert narrowed["total"] >= 1
    assert "total" not in caller.get(path(yearly)).json()


ENCODINGS = [
    ("gzip", "gzip"),
    ("gzip, zstd;q=0.9", "zstd"),
    ("zstd;q=0, gzip", "gzip"),
    ("br, identity", None),
    ("gzip;q=0", None),
    ("", None),
]
READERS = {"gzip": gzip.decompress, "zstd": zstandard.ZstdDecompressor().decompress, None: bytes}


def test_an_answer_is_as_small_as_the_caller_takes_it(caller, yearly):
    for header, encoding in ENCODINGS:
        answer = caller.get(path(yearly), headers={"accept-encoding": header})

        assert answer.headers.get("Content-Encoding") == encoding
        assert "Accept-Encoding" in answer.headers["Vary"]
        assert json.loads(READERS[encoding](answer.content))["count"] == 100


def test_ten_thousand_values_are_a_body_and_not_an_address(caller, yearly):
    values = [str(place) for place in range(10_000)]

    body = {"filter": {"column": "year", "op": "in", "value": values}, "limit": 3}
    taken = post(caller, yearly, body)
    too_many = post(
        caller, yearly, {"filter": {"column": "year", "op": "in", "value": [*values, "1"]}}
    )
    address = caller.get(path(yearly) + "?" + "&".join(f"year={value}" for value in values))

    assert years(taken) == [("11", 5), ("11", 6), ("11", 7)]
    assert too_many.json()["fields"] == {"filter": ["At most 10,000 values in one call."]}
    assert address.status_code == 400  # Django itself reads at most a thousand parameters
    assert "sha256=" in Pull.objects.order_by("id")[0].query


WRONG = [
    ([], "body"),
    ({"where": "1"}, "where"),
    ({"limit": {"a": 1}}, "limit"),
    ({"limit": True}, "limit"),
    ({"fields": [["a"]]}, "fields"),
    ({"fields": None}, "fields"),
    ({"count": "perhaps"}, "count"),
    ({"filter": "year > 3"}, "filter"),
    ({"filter": {"column": "hidden", "op": "eq", "value": "secret"}}, "filter"),
    ({"filter": {"column": "year", "op": "eq", "value": "1; DROP TABLE x"}}, "year"),
]


def test_a_body_that_is_wrong_is_told_where(caller, yearly):
    for body, field in WRONG:
        answer = post(caller, yearly, body)

        assert answer.status_code == 422, body
        assert list(answer.json()["fields"]) == [field]


INJECTED = ["'", "\\", '"', "1) OR (1=1", "%%d", "{0}", "a;--", "\u2028", "x" * 3000, "\x1b[0m"]
NAMES = [
    "fields",
    "filter",
    "limit",
    "after",
    "count",
    "area",
    "year",
    "note__like",
    "note__in",
    "a b",
]


def test_no_parameter_lets_anything_in(caller, yearly):
    for name, text in itertools.product(NAMES, INJECTED):
        answer = caller.get(path(yearly), {name: text})

        assert answer.status_code in {200, 422}, (name, text)
        assert answer.status_code == 422 or answer.json()["rows"] == [], (name, text)


def test_a_token_that_may_only_read_asks_by_post(cast, yearly):
    # given
    steward = UserFactory(department=cast.education, duties=[DutyKind.STEWARD])
    new = issue_client(system=cast.system, by=steward)
    form = {"grant_type": "client_credentials", "scope": "read"}
    basic = base64.b64encode(f"{new.client_id}:{new.client_secret}".encode()).decode()
    token = Client().post("/oauth/token/", form, headers={"Authorization": f"Basic {basic}"}).json()

    # when
    answer = Client().post(
        path(yearly),
        json.dumps({"limit": 1}),
        content_type="application/json",
        headers={"Authorization": f"Bearer {token['access_token']}"},
    )

    # then
    assert answer.status_code == 200
    assert answer.json()["count"] == 1
