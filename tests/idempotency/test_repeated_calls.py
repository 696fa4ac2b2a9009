"""A repeated call is answered as the first was, and nothing is done twice."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from portal.idempotency import keeping
from portal.idempotency.models import KeptAnswer
from sharing.models import RequestState, RequestStep, SharingRequest
from tests.catalog.conftest import at_once
from tests.factories import ResourceFactory

PATH = "/api/v1/requests/"


def body(resource, **changes):
    return {"resource": resource.pk, "items": ["name"], **changes}


def called(client, path, sent, key):
    return client.post(
        path, sent, content_type="application/json", headers={"Idempotency-Key": key}
    )


@pytest.mark.django_db
def test_a_repeated_call_gets_the_first_answer_and_makes_nothing_new(cast, resource, signed_in):
    client = signed_in(cast.applicant)
    first = called(client, PATH, body(resource), "k-1")
    again = called(client, PATH, body(resource), "k-1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    assert (first.has_header("Idempotent-Replayed"), again["Idempotent-Replayed"]) == (
        False,
        "true",
    )
    assert SharingRequest.objects.count() == 1


@pytest.mark.django_db
def test_without_a_key_a_call_is_what_it_was(cast, resource, signed_in):
    client = signed_in(cast.applicant)
    answers = [client.post(PATH, body(resource), content_type="application/json") for _ in "12"]
    assert [one.status_code for one in answers] == [201, 409]
    assert not KeptAnswer.objects.exists()


@pytest.mark.django_db
def test_a_key_for_another_call_is_refused(cast, resource, signed_in):
    client = signed_in(cast.applicant)
    called(client, PATH, body(resource), "k-1")
    other = ResourceFactory(department=cast.civil, state="published")
    refused = called(client, PATH, body(other), "k-1")
    assert (refused.status_code, refused.json()["code"]) == (422, "idempotency_key")
    assert SharingRequest.objects.count() == 1


@pytest.mark.django_db
def test_a_key_is_its_callers_own(cast, resource, signed_in):
    called(signed_in(cast.applicant), PATH, body(resource), "k-1")
    answer = called(signed_in(cast.stranger), PATH, body(resource), "k-1")
    assert answer.status_code == 201
    assert not answer.has_header("Idempotent-Replayed")
    assert SharingRequest.objects.count() == 2


@pytest.mark.django_db
def test_a_refused_call_may_be_mended_under_its_key(cast, resource, signed_in):
    client = signed_in(cast.applicant)
    assert called(client, PATH, {"resource": resource.pk, "items": [7]}, "k-1").status_code == 422
    assert not KeptAnswer.objects.exists()
    assert called(client, PATH, body(resource), "k-1").status_code == 201


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["", "x" * 101, "with space", "钥匙"])
def test_a_key_that_is_none_is_refused(cast, resource, signed_in, key):
    refused = called(signed_in(cast.applicant), PATH, body(resource), key)
    assert (refused.status_code, refused.json()["code"]) == (422, "idempotency_key")
    assert not SharingRequest.objects.exists()


@pytest.mark.django_db
def test_who_is_not_let_in_is_told_so_and_nothing_is_kept(resource):
    assert called(Client(), PATH, body(resource), "k-1").status_code == 401
    assert not KeptAnswer.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_of_calls_at_the_same_moment_one_is_done_and_all_get_its_answer(cast, submitted):
    path = f"{PATH}{submitted.number}/approve/"

    def act():
        client = Client()
        client.force_login(cast.head)
        return called(client, path, {"version": submitted.version, "opinion": "同意"}, "k-1")

    answers = at_once(act, act, act, act)

    assert [one.status_code for one in answers] == [200] * 4
    assert len({one.content for one in answers}) == 1
    submitted.refresh_from_db()
    assert submitted.state == RequestState.RECEIVED
    assert RequestStep.objects.filter(request=submitted, move="approve").count() == 1


@pytest.mark.django_db
def test_answers_are_forgotten_after_their_days(cast, resource, signed_in, settings):
    called(signed_in(cast.applicant), PATH, body(resource), "k-1")
    assert keeping.purge() == 0
    KeptAnswer.objects.update(
        at=timezone.now() - timedelta(days=settings.IDEMPOTENCY_KEPT_DAYS, minutes=1)
    )
    assert keeping.purge() == 1


@pytest.mark.django_db
def test_a_change_may_say_its_version_by_if_match(cast, submitted, signed_in):
    client = signed_in(cast.head)
    path = f"{PATH}{submitted.number}/"
    tag = client.get(path)["ETag"]
    assert tag == f'"{submitted.version}"'

    def approve(condition):
        return client.post(
            f"{path}approve/",
            {"opinion": "同意"},
            content_type="application/json",
            headers={"If-Match": condition},
        )

    for wrong in (f'"{submitted.version + 1}"', 'W/"1"', "now"):
        refused = approve(wrong)
        assert (refused.status_code, refused.json()["code"]) == (412, "precondition_failed")
    submitted.refresh_from_db()
    assert submitted.state == RequestState.INTERNAL_REVIEW
    assert approve(tag).json()["state"] == "received"
