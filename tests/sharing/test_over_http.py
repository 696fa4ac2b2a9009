"""Exports through the real web server: how a revocation looks to who is reading."""

import time

import pytest
import requests

from portal.organisation.models import DutyKind
from portal.organisation.services.systems import issue_api_key
from sharing.models import Pull
from sharing.services import agreements
from tests.factories import UserFactory
from tests.journeys.processes import web

from .conftest import agreed_on, fill

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_revocation_cuts_the_stream_within_two_seconds(cast, resource, tmp_path):
    # given
    fill(resource, rows=600_000)
    agreement = agreed_on(cast, resource)
    steward = UserFactory(department=cast.education, duties=[DutyKind.STEWARD])
    secret = issue_api_key(system=cast.system, days=30, by=steward).secret
    body = bytearray()

    with web(tmp_path) as address:
        answer = requests.get(
            f"{address}/api/v1/agreements/{agreement.number}/export.csv",
            headers={"Authorization": f"Api-Key {secret}"},
            stream=True,
            timeout=20,
        )
        assert answer.status_code == 200
        chunks = answer.iter_content(64 * 1024)
        body += next(chunks)

        # when
        began = time.monotonic()
        agreements.terminate(agreement=agreement, reason="超范围使用", by=cast.officer)
        try:
            for chunk in chunks:
                body += chunk
        except requests.exceptions.ChunkedEncodingError:
            cut = True
        else:
            cut = False
        took = time.monotonic() - began

        # then a second call is refused, with the reason
        again = requests.get(answer.url, headers=answer.request.headers, timeout=20)

    assert took < 2
    last = bytes(body).rpartition(b"\n")[2]
    assert cut or last.startswith(b'"INCOMPLETE. ')
    assert body.count(b"\n") < 600_000
    assert again.status_code == 403
    assert "超范围使用" in again.json()["message"]
    assert list(Pull.objects.order_by("id").values_list("result", "status")) == [
        ("broken", 200),
        ("denied", 403),
    ]
