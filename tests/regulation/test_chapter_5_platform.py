"""Decree 809, chapter 5: the platform (Art. 32). A test bears its article."""

import pytest

from catalog.models import Resource
from sharing.models import Agreement, Pull
from sharing.services import requests
from tests.sharing.conftest import agreed_on, data

pytestmark = pytest.mark.django_db(transaction=True)


def test_article_32_rows_leave_by_an_agreement_alone(cast, filled, signed_in):
    number = "GXXY-2026-00001"
    client = signed_in(cast.head)
    for last in ("rows/", "export.csv"):
        assert client.get(f"/api/v1/agreements/{number}/{last}").status_code == 404
    made = requests.start_request(resource=filled, data=data(), by=cast.applicant)
    requests.withdraw(request=made, version=made.version, by=cast.applicant)
    assert not Resource.objects.permitted(cast.applicant, "pull_resource").exists()

    agreement: Agreement = agreed_on(cast, filled)

    answer = signed_in(cast.head).get(f"/api/v1/agreements/{agreement.number}/rows/")
    assert answer.status_code == 200
    assert len(answer.json()["rows"]) == 5
    assert Pull.objects.get().agreement == agreement
