"""What the agreement's page says of calls of the interface runs as it is written there."""

import json
import os
import subprocess

import pytest
from django.utils import timezone

from catalog.models import Resource, SharingMode
from sharing.call_examples import interface_example
from sharing.models import Agreement
from tests.html_checks import problems
from tests.sharing.clients.conftest import client_of

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_calls_run_as_they_are_written(cast, agreement, provider, live_server):
    made = client_of(cast.system)
    example = interface_example(agreement, host=live_server.url)

    # One object is what the call of one person and the list of one give; the search has a place for it.
    provider.persons = {**provider.persons[0], "data": {"items": provider.persons[:1]}}
    done = subprocess.run(
        ["bash", "-c", example.code.replace("\ncurl", "; echo\ncurl")],
        env={
            "PATH": os.environ["PATH"],
            "CLIENT_ID": made.client_id,
            "CLIENT_SECRET": made.client_secret,
        },
        capture_output=True,
        text=True,
        timeout=60,
    )

    answers = [json.loads(line) for line in done.stdout.split("\n") if line]
    assert answers == [{"rows": [{"code": "000000000001", "name": "张三"}], "count": 1}] * 3
    assert [(asked.method, asked.path) for asked in provider.asked] == [
        ("GET", "/v2/persons?year=YEAR&area=AREA"),
        ("GET", "/v2/persons/CODE"),
        ("POST", "/v2/search"),
    ]
    assert json.loads(provider.asked[2].body) == {"names": "NAMES"}


def test_the_page_of_the_agreement_shows_them(signed_in, cast, agreement, interface):
    address = f"/sharing/agreements/{agreement.number}/data/"
    shown = signed_in(cast.applicant).get(address).text
    interface.is_open = False
    interface.save()
    closed = signed_in(cast.applicant).get(address).text

    assert f"/api/v1/agreements/{agreement.number}/interface/persons/CODE" in shown
    assert "/interface/" not in closed


def test_where_the_store_holds_no_rows_the_calls_alone_are_offered(
    signed_in, cast, agreement, interface
):
    # given
    address = f"/sharing/agreements/{agreement.number}/data/"
    assert not agreement.resource.has_rows

    # when
    without = signed_in(cast.applicant).get(address).text

    Resource.objects.filter(pk=agreement.resource_id).update(rows_changed_at=timezone.now())
    with_rows = signed_in(cast.applicant).get(address).text

    # then
    offers = ("/try/", "/prepare/", "/download/", f"/api/v1/agreements/{agreement.number}/rows/")
    assert all(offer in with_rows for offer in offers)
    assert not any(offer in without for offer in offers)
    assert f"/api/v1/agreements/{agreement.number}/interface/persons/CODE" in without
    assert problems(without) == []


def test_other_modes_have_none(agreement):
    agreement.sharing_mode = SharingMode.FILE

    assert interface_example(agreement, host="http://portal.example") is None
    assert Agreement.objects.get(pk=agreement.pk).sharing_mode == SharingMode.INTERFACE
