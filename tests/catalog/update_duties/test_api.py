"""Update duties for programs: the same rules, the one shape of refusals."""

from datetime import date

import pytest
from django.urls import reverse

from catalog.models import UpdateDuty, UpdateExtension
from portal.organisation.models import DutyKind
from portal.organisation.services import systems
from tests.catalog.conftest import drafted, published
from tests.factories import InformationSystemFactory, UserFactory

from .conftest import asked, recorded, update_clock


def url(name, *args):
    return reverse(f"api:update-duty-{name}", args=args)


@pytest.fixture
def call(client):
    def send(person, address, given=None):
        client.force_login(person)
        if given is None:
            return client.get(address)
        return client.post(address, given, content_type="application/json")

    return send


def test_a_change_is_recorded_and_read_back(cast, entry, call, freeze):
    freeze(date(2026, 11, 13))
    given = {
        "change": "law",
        "basis_title": "社会救助法",
        "happened_on": "2026-11-12",
        "resources": [entry.pk],
    }

    made = call(cast.steward, url("list"), given)

    assert made.status_code == 201
    told = made.json()
    assert (told["state"], told["extension"]) == ("open", None)
    assert [(one["rule"], one["due"]) for one in told["clocks"]] == [("D1", "2026-11-26")]
    assert [one["code"] for one in told["entries"]] == [entry.code]
    assert call(cast.steward, url("detail", told["id"])).json() == told
    listed = call(cast.officer, url("list")).json()["results"]
    assert [one["id"] for one in listed] == [told["id"]]
    assert call(cast.stranger, url("list")).json()["results"] == []


def test_drafts_are_not_told_to_the_officer(cast, duty, call):
    told = call(cast.officer, url("detail", duty.pk)).json()

    assert told["entries"] == []


def test_officers_record_for_departments_of_their_region_stewards_only_for_their_own(
    cast, call, freeze
):
    freeze(date(2026, 11, 13))
    entry = published(cast)
    given = {
        "department": cast.civil.pk,
        "change": "duties",
        "basis_title": "三定规定",
        "happened_on": "2026-11-12",
        "resources": [entry.pk],
    }

    refused = call(cast.stranger, url("list"), given)
    assert (refused.status_code, refused.json()["code"]) == (403, "not_allowed")
    assert call(cast.officer, url("list"), {**given, "department": -1}).status_code == 422
    assert not UpdateDuty.objects.exists()

    assert call(cast.officer, url("list"), given).status_code == 201


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"happened_on": "2026-11-14"}, "happened_on"),
        ({"happened_on": "yesterday"}, "happened_on"),
        ({"change": "weather"}, "change"),
        ({"resources": [0]}, "resources"),
        ({"basis_title": ""}, "basis_title"),
    ],
)
def test_wrong_input_is_told_by_field(cast, entry, call, freeze, wrong, field):
    freeze(date(2026, 11, 13))
    given = {
        "change": "law",
        "basis_title": "社会救助法",
        "happened_on": "2026-11-12",
        "resources": [entry.pk],
    }

    refused = call(cast.steward, url("list"), {**given, **wrong})

    assert (refused.status_code, list(refused.json()["fields"])) == (422, [field])
    assert not UpdateDuty.objects.exists()


def test_an_extension_is_asked_and_decided(cast, duty, call):
    given = {"version": duty.version, "days": 4, "reasons": "系统改造"}
    assert call(cast.officer, url("extension", duty.pk), given).status_code == 403
    assert call(cast.stranger, url("extension", duty.pk), given).status_code == 404
    told = call(cast.steward, url("extension", duty.pk), given).json()

    decision = {"version": told["version"], "is_granted": True}
    assert call(cast.steward, url("extension-decide", duty.pk), decision).status_code == 403
    stale = call(cast.officer, url("extension-decide", duty.pk), {**decision, "version": 1})
    assert (stale.status_code, stale.json()["code"]) == (409, "stale_version")
    assert UpdateExtension.objects.get().decided_at is None
    told = call(cast.officer, url("extension-decide", duty.pk), decision).json()

    assert told["extension"]["granted_days"] == 4
    assert (told["clocks"][0]["extension_days"], told["clocks"][0]["due"]) == (4, "2026-12-02")
    again = call(
        cast.officer, url("extension-decide", duty.pk), {**decision, "version": told["version"]}
    )
    assert (again.status_code, again.json()["code"]) == (409, "wrong_state")


def test_closing_is_proposed_and_decided(cast, duty, call):
    given = {"version": duty.version, "reasons": "与目录无关"}
    told = call(cast.steward, url("close", duty.pk), given).json()
    assert told["state"] == "closing"

    decision = {"version": told["version"], "is_approved": True}
    assert call(cast.steward, url("close-decide", duty.pk), decision).status_code == 403
    told = call(cast.head, url("close-decide", duty.pk), decision).json()

    assert told["state"] == "done"
    assert update_clock(duty).is_met


def test_an_entry_is_named(cast, duty, call):
    other = drafted(cast, name="低保对象认定信息")
    given = {"version": duty.version, "resource": other.pk}

    assert call(cast.officer, url("answer", duty.pk), given).status_code == 404
    told = call(cast.steward, url("answer", duty.pk), given).json()

    assert {one["resource"] for one in told["entries"]} >= {other.pk}


def test_a_system_reads_and_does_nothing(cast, duty, client):
    system = InformationSystemFactory(department=cast.civil)
    head = UserFactory(department=cast.civil, duties=[DutyKind.WORK_BODY_HEAD])
    key = systems.issue_api_key(system=system, days=5, by=head).secret
    headers = {"Authorization": f"Api-Key {key}"}

    assert client.get(url("list"), headers=headers).json()["results"][0]["id"] == duty.pk
    refused = client.post(
        url("close", duty.pk),
        {"version": duty.version, "reasons": "无关"},
        content_type="application/json",
        headers=headers,
    )
    assert refused.status_code == 403
    assert UpdateDuty.objects.get().version == duty.version


def test_a_list_has_a_fixed_number_of_queries(cast, client, freeze, django_assert_max_num_queries):
    freeze(date(2026, 11, 13))
    for n in range(12):
        duty = recorded(cast, drafted(cast, name=f"资源{n}"), basis_title=f"条例{n}")
        asked(cast, duty)
    client.force_login(cast.officer)

    with django_assert_max_num_queries(6):  # session, person, department; page, clocks, entries
        assert len(client.get(url("list")).json()["results"]) == 12
