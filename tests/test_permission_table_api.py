"""Every address of the API against the whole cast: who gets what. A new one without a row fails."""

import re

import pytest

from tests.permission_table import differences


@pytest.mark.django_db(transaction=True)
def test_each_answers_as_its_row_says(request) -> None:
    assert differences(re.compile(r"api/"), request.config) == {}
