"""Every page and form against the whole cast: who gets what. A new one without a row fails."""

import re

import pytest

from tests.permission_table import differences, rows


@pytest.mark.django_db(transaction=True)
def test_each_answers_as_its_row_says(request) -> None:
    assert differences(re.compile(r"(?!api/)"), request.config) == {}


def test_no_answer_of_the_table_is_open_to_everybody_but_those_named() -> None:
    open_paths = {path for path, (_method, answers) in rows().items() if answers[0] in {200, 503}}
    assert open_paths == {
        "accounts/login/",
        "accounts/inactive/",
        # open entries alone, as below: tests/catalog/ckan/test_actions.py
        "api/3/action/<str:action>",
        "api/3/action/<str:action>/",
        "api/action/<str:action>",
        "api/action/<str:action>/",
        "api/util/status",
        "api/util/status/",
        "api/docs/",
        "api/schema/",
        "api/v1/resources/",  # open entries alone: tests/catalog/test_audience.py
        "catalog/",
        "catalog/suggestions/",  # of open entries alone: tests/catalog/finding/test_secrecy.py
        "catalog.jsonld",  # open entries alone: tests/catalog/formats
        "catalog.ttl",
        "catalog.xml",
        "healthz",
        "metrics",
        "readyz",
        "robots.txt",
        "sitemap.xml",
        "sitemap-<str:section>.xml",
    }
