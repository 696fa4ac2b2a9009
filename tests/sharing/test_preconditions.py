"""Every changing address of sharing and webhooks may be called twice under a key, and too late with a tag.

The addresses are walked, not listed: a new one is asked the same.
"""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from drf_spectacular.generators import SchemaGenerator

from audit.models import Entry
from portal.idempotency.models import KeptAnswer
from portal.organisation.models import DutyKind, User
from sharing.models import Agreement, AgreementStep
from sharing.services import applications
from tests.agreements import proposed
from tests.catalog.conftest import at_once
from tests.factories import UserFactory, in_days
from tests.permission_table import CAST, _sound, address_of
from tests.trail import acts
from tests.world import World, make_world

from .conftest import agreed_on, data, fill

ROOMS = ("sharing.", "portal.webhooks.")
CHANGING = ("post", "patch", "put", "delete")
# They ask for rows, or for a file of them, and leave the agreement as it is.
ASKING = re.compile(r"api/v1/agreements/<str:number>/(rows|verify|exports|interface)/")
# They send what there is, and leave the webhook, or the target of pushes, as it is.
SENDING = re.compile(r"api/v1/(systems/.*/(test|replay)|agreements/.*/(push-target/test|pushes))/$")
# There is no version of it: it is there or not.
WITHOUT_STATE = re.compile(r"api/v1/basket/")
NOT_LET_IN = {401, 403, 404}
LATE = "999999"


def changing() -> Iterator[tuple[str, str, type[Any]]]:
    """Path, method and view of all that changes something in these rooms of the API."""

    def walk(resolver: URLResolver, before: str) -> Iterator[tuple[str, str, type[Any]]]:
        for one in resolver.url_patterns:
            path = before + str(one.pattern)
            if isinstance(one, URLResolver):
                yield from walk(one, path)
            elif isinstance(one, URLPattern):
                kind = getattr(one.callback, "cls", None)
                if kind is not None and kind.__module__.startswith(ROOMS):
                    yield from ((path, how, kind) for how in CHANGING if hasattr(kind, how))

    yield from (one for one in walk(get_resolver(), "") if one[0].startswith("api/v1/"))


def may_be_late(path: str) -> bool:
    stays = any(one.match(path) for one in (ASKING, SENDING, WITHOUT_STATE))
    # What is added to a list of things is new, and nobody has read it yet.
    return "<" in path and not stays and not path.endswith("<int:pk>/webhooks/")


WALKED = sorted({(path, how): kind for path, how, kind in changing()}.items())
LATE_ONES = [(path, how, kind) for (path, how), kind in WALKED if may_be_late(path)]


def sent(
    client: Client, path: str, how: str, address: str, body: dict[str, Any], **headers: str
) -> HttpResponse:
    if path.endswith("files/"):
        file = SimpleUploadedFile("a.txt", b"told")
        return client.post(address, {"file": file}, headers=headers)
    return getattr(client, how)(address, body, content_type="application/json", headers=headers)


def body_for(world: World, path: str, kind: type[Any]) -> dict[str, Any]:
    condition = getattr(kind, "condition", "version")
    body = {name: value for name, value in _sound(world, path).items() if name != condition}
    if condition == "version":
        body.pop("revision", None)
    if path.endswith("push-target/"):
        place = {"host": "db.example", "database": "d", "username": "u", "relation": "public.t"}
        body |= {"kind": "postgresql", **place}
    return {**body, "url": "http://127.0.0.1:9/other/", "events": ["request.agreed"]}


def fields_of(schema: dict[str, Any], path: str, how: str) -> set[str]:
    address = "/" + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", path).replace("{pk}", "{id}")
    content = schema["paths"][address][how]["requestBody"]["content"]["application/json"]
    named = content["schema"]["$ref"].rpartition("/")[2]
    return set(schema["components"]["schemas"][named]["properties"])


@pytest.fixture
def world(transactional_db) -> World:
    return make_world()


@pytest.fixture
def clients(world) -> dict[str, Client]:
    return {who: world.client(who) for who in CAST if who != "anonymous"}


def test_who_comes_too_late_is_told_so_at_every_address_and_changes_nothing(world, clients):
    # given
    schema = SchemaGenerator().get_schema(public=True)
    before = (acts().count(), AgreementStep.objects.count())
    told: dict[tuple[str, str], int] = {}

    # when
    for path, how, kind in LATE_ONES:
        address, body = address_of(world, path), body_for(world, path, kind)
        answers = (
            sent(client, path, how, address, body, **{"If-Match": f'"{LATE}"'}).status_code
            for client in clients.values()
        )
        told[path, how] = next((one for one in answers if one not in NOT_LET_IN), 0)

    # then
    assert {where: one for where, one in told.items() if one not in {412, 0}} == {}
    assert (acts().count(), AgreementStep.objects.count()) == before
    # Where this world lets nobody in, the description says that the version is asked for.
    for path, how, kind in LATE_ONES:
        # What is removed is told apart by the header alone: it has no body to describe.
        if not told[path, how] and how != "delete":
            assert getattr(kind, "condition", "version") in fields_of(schema, path, how), path


def test_every_address_takes_a_key_and_answers_a_second_call_as_the_first(world, clients):
    done = []
    for (path, how), _kind in WALKED:
        address, body = address_of(world, path), _sound(world, path)
        key = {"Idempotency-Key": "with space"}
        wrong = sent(clients["applicant"], path, how, address, body, **key)
        assert (wrong.status_code, wrong.json()["code"]) == (422, "idempotency_key"), path
        for client in clients.values():
            with transaction.atomic():
                key = {"Idempotency-Key": "k-1"}
                first = sent(client, path, how, address, body, **key)
                if first.status_code < 300:
                    done.append(path)
                    entries = Entry.objects.count()
                    again = sent(client, path, how, address, body, **key)
                    assert again.get("Idempotent-Replayed") == "true", path
                    assert again.status_code == first.status_code, path
                    assert again.content == first.content, path
                    assert again.get("ETag") == first.get("ETag"), path
                    assert Entry.objects.count() == entries, path
                transaction.set_rollback(True)
            if first.status_code < 300:
                break
    assert len(done) >= 12, done
    assert not KeptAnswer.objects.exists()


def clients_of(*people: User) -> list[Client]:
    clients = [Client() for _one in people]
    for client, person in zip(clients, people, strict=True):
        client.force_login(person)
    return clients


def tagged(client: Client, agreement: Agreement, act: str, tag: str, **body: Any) -> HttpResponse:
    address = f"/api/v1/agreements/{agreement.number}/{act}/"
    return client.post(address, body, content_type="application/json", headers={"If-Match": tag})


def tag_of(client: Client, agreement: Agreement) -> str:
    answer = client.get(f"/api/v1/agreements/{agreement.number}/")
    assert answer["ETag"] == f'"{answer.json()["revision"]}"'
    return answer["ETag"]


@pytest.mark.django_db
def test_the_tag_of_an_agreement_is_not_the_version_of_its_terms(cast, agreement):
    # given
    written = proposed(agreement, cast.applicant, ends_on=in_days(90))
    head, other = clients_of(cast.head, cast.provider_head)
    tag = tag_of(head, agreement)
    body = {"version": written.number, "content_hash": written.content_hash}

    # when
    first = tagged(head, agreement, "confirm", tag, **body)
    late = tagged(other, agreement, "confirm", tag, **body)

    # then
    assert (first.status_code, late.status_code) == (200, 412)
    assert late.json()["code"] == "precondition_failed"
    assert list(written.confirmations.values_list("side", flat=True)) == ["requester"]
    assert first["ETag"] == tag_of(other, agreement) != tag
    assert tagged(other, agreement, "confirm", first["ETag"], **body).status_code == 200
    agreement.refresh_from_db()
    assert agreement.version_in_force == written


@pytest.mark.django_db
@pytest.mark.parametrize("wrong", ['W/"1"', "now", '"1", "2"', '"1.1"'])
def test_what_is_no_tag_of_an_agreement_is_refused_and_changes_nothing(
    cast, agreement, signed_in, wrong
):
    refused = tagged(signed_in(cast.officer), agreement, "suspend", wrong, reason="核查")
    assert (refused.status_code, refused.json()["code"]) == (412, "precondition_failed")
    agreement.refresh_from_db()
    assert (agreement.state, agreement.suspensions.count()) == ("active", 0)


@pytest.mark.django_db
def test_without_a_tag_an_act_is_what_it_was(cast, agreement, signed_in):
    client = signed_in(cast.officer)
    for condition in ({}, {"If-Match": "*"}):
        act = "restore" if condition else "suspend"
        answer = client.post(
            f"/api/v1/agreements/{agreement.number}/{act}/",
            {"reason": "核查"},
            content_type="application/json",
            headers=condition,
        )
        assert answer.status_code == 200, answer.json()


@pytest.mark.django_db
def test_a_revision_in_the_body_is_a_condition_too(cast, agreement, signed_in):
    client = signed_in(cast.officer)
    body = {"reason": "核查", "revision": 0}
    address = f"/api/v1/agreements/{agreement.number}/suspend/"
    refused = client.post(address, body, content_type="application/json")
    assert (refused.status_code, refused.json()["code"]) == (409, "stale_version")
    agreement.refresh_from_db()
    assert agreement.state == "active"


@pytest.mark.django_db
def test_who_may_not_act_learns_that_whatever_tag_they_bring(cast, agreement, signed_in):
    refused = tagged(signed_in(cast.applicant), agreement, "suspend", f'"{LATE}"', reason="x")
    assert refused.status_code == 403


@pytest.mark.django_db
def test_an_act_that_takes_no_input_may_come_with_a_tag_and_no_body(cast, resource, signed_in):
    waiting = agreed_on(cast, resource)
    fill(resource)
    client = signed_in(cast.provider_head)
    address = f"/api/v1/agreements/{waiting.number}/activate/"
    tag = tag_of(client, waiting)
    late = client.generic("POST", address, headers={"If-Match": f'"{LATE}"'})
    assert late.status_code == 412
    answer = client.generic("POST", address, headers={"If-Match": tag})
    assert (answer.status_code, answer.json()["state"]) == (200, "active")


@pytest.mark.django_db(transaction=True)
def test_of_two_officers_with_the_same_tag_one_acts_and_one_is_too_late(cast, agreement):
    # given
    other = UserFactory(department=cast.bigdata, duties=[DutyKind.COMPETENT_OFFICER])
    clients = clients_of(cast.officer, other)
    tag = tag_of(clients[0], agreement)

    # when
    answers = at_once(
        lambda: tagged(clients[0], agreement, "suspend", tag, reason="核查"),
        lambda: tagged(clients[1], agreement, "terminate", tag, reason="到期"),
    )

    # then
    assert sorted(one.status_code for one in answers) == [200, 412]
    agreement.refresh_from_db()
    assert agreement.state in {"suspended", "terminated"}
    assert AgreementStep.objects.filter(move__in=("suspend", "terminate")).count() == 1


@pytest.mark.django_db
def test_an_application_is_told_apart_by_what_was_seen_of_its_requests(cast, resource):
    # given
    client, colleague = clients_of(cast.applicant, cast.applicant)
    made = applications.make(parts=[(resource, data())], by=cast.applicant)
    address = f"/api/v1/applications/{made.number}/"
    read = client.get(address)
    assert read["ETag"] == f'"{read.json()["seen"]}"'

    def submitted(who):
        return who.post(
            f"{address}submit/",
            {"is_vouched_for": True},
            content_type="application/json",
            headers={"If-Match": read["ETag"]},
        )

    # when
    first, late = submitted(client), submitted(colleague)

    # then
    assert (first.status_code, late.status_code) == (200, 412)
    assert first["ETag"] != read["ETag"]
    assert [one.state for one in made.requests.all()] == ["internal_review"]


@pytest.mark.django_db
def test_a_file_comes_by_api_with_the_version_that_was_read(cast, draft, signed_in):
    # given
    client, address = signed_in(cast.applicant), f"/api/v1/requests/{draft.number}/"
    tag = client.get(address)["ETag"]

    def attach(condition):
        file = SimpleUploadedFile("说明.txt", "依据".encode())
        return client.post(f"{address}files/", {"file": file}, headers={"If-Match": condition})

    # when
    late, taken = attach(f'"{LATE}"'), attach(tag)

    # then
    assert (late.status_code, taken.status_code) == (412, 201)
    place = f"{address}files/{draft.attachments.get().pk}/"
    assert client.delete(place, headers={"If-Match": f'"{LATE}"'}).status_code == 412
    assert draft.attachments.count() == 1
    assert client.delete(place, headers={"If-Match": tag}).status_code == 204
    assert not draft.attachments.exists()
