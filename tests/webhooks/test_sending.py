"""What happens to requests reaches the systems that listen: signed, once, whatever dies in between."""

import base64
import hashlib
import hmac
import json
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from audit.models import Entry
from portal.common.errors import WrongState
from portal.common.webhook_signatures import signature
from portal.webhooks import tasks
from portal.webhooks.models import Delivery, DeliveryState, Endpoint, Event
from portal.webhooks.services import endpoints, sending
from portal.webhooks.services.sending import WAITS
from sharing.models import RefusalReason
from sharing.services import requests
from tests.catalog.conftest import at_once

pytestmark = pytest.mark.django_db


def sent_all():
    for key in sending.due():
        sending.send(delivery_id=key)


def later(**time):
    """Let what waits be due as if that time had passed."""
    for one in Delivery.objects.filter(state=DeliveryState.WAITING):
        Delivery.objects.filter(pk=one.pk).update(next_at=one.next_at - timedelta(**time))


def refused(cast, request):
    return requests.refuse(
        request=request,
        version=request.version,
        reason=RefusalReason.SCOPE_TOO_LARGE,
        opinion="范围过大，涉及无关人员",
        by=cast.provider_head,
    )


def test_both_the_event_and_its_signature_are_what_the_docs_say(
    cast, listening, receiver, received
):
    sent_all()

    ((headers, body),) = receiver.arrived
    told = json.loads(body)
    assert (told["type"], told["subject"]) == ("request.received", received.number)
    assert told["data"] == {"state": "received", "resource": received.resource.code}
    assert told["url"].endswith(received.get_absolute_url())
    assert told["id"] == headers["webhook-id"]
    key = base64.b64decode(listening.secret.removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"
    assert Delivery.objects.get().state == DeliveryState.DELIVERED


def signers(receiver, listening, renewed):
    """Who of the two secrets signed the last event, in the order of the header."""
    headers, body = receiver.arrived[-1]
    known = {
        signature(
            one.secret,
            event_id=headers["webhook-id"],
            timestamp=int(headers["webhook-timestamp"]),
            body=body,
        ): name
        for name, one in (("earlier", listening), ("new", renewed))
    }
    return [known[one] for one in headers["webhook-signature"].split()]


def test_a_renewed_secret_signs_beside_the_one_before_for_a_day(
    cast, keeper, listening, receiver, received
):
    renewed = endpoints.rotate(endpoint=listening.endpoint, version=1, by=keeper)
    sent_all()
    assert signers(receiver, listening, renewed) == ["new", "earlier"]

    Endpoint.objects.update(earlier_until=timezone.now())
    endpoints.test(endpoint=renewed.endpoint, by=keeper)
    assert signers(receiver, listening, renewed) == ["new"]


def test_a_leaked_secret_signs_nothing_any_more(cast, keeper, listening, receiver, received):
    renewed = endpoints.rotate(endpoint=listening.endpoint, version=1, is_leaked=True, by=keeper)
    sent_all()
    assert signers(receiver, listening, renewed) == ["new"]
    assert Endpoint.objects.get().earlier_secret is None
    assert Entry.objects.filter(action="webhooks.endpoint.rotate").get().data["is_leaked"] is True


def test_an_agreement_tells_of_itself_from_its_making_on(cast, listening, received):
    requests.agree(request=received, version=received.version, by=cast.provider_head)
    assert sorted(Event.objects.values_list("type", flat=True)) == [
        "agreement.awaiting",
        "request.agreed",
        "request.received",
    ]


def test_no_words_of_people_leave(cast, listening, receiver, received):
    refused(cast, received)
    sent_all()
    assert all("范围过大" not in body.decode() for _headers, body in receiver.arrived)
    assert len(receiver.arrived) == 2


def test_only_the_parties_that_listen_to_it_are_told(cast, listening, receiver, received):
    requests.withdraw(request=received, version=received.version, by=cast.applicant)
    assert [one.type for one in Event.objects.all()] == ["request.received"]


def test_before_it_is_received_a_request_is_the_requesters_own_business(
    cast, keeper, receiver, submitted
):
    stranger = cast.strange_system
    assert stranger.department_id not in {cast.education.pk, cast.civil.pk}
    endpoints.add(system=cast.system, url=receiver.url, events=["request.withdrawn"], by=keeper)
    requests.withdraw(request=submitted, version=submitted.version, by=cast.applicant)
    assert Event.objects.get().type == "request.withdrawn"
    assert Delivery.objects.get().endpoint.system == cast.system


def test_an_act_that_is_undone_tells_nobody(cast, listening, received):
    before = Event.objects.count()
    with transaction.atomic():
        refused(cast, received)
        assert Event.objects.count() == before + 1
        transaction.set_rollback(True)
    assert Event.objects.count() == before


def test_what_a_lost_message_left_behind_goes_out_by_the_sweep(cast, listening, receiver, received):
    assert receiver.arrived == []
    assert sending.due() == [Delivery.objects.get().pk]
    tasks.sweep()
    sent_all()
    assert len(receiver.arrived) == 1
    assert sending.due() == []


def test_it_is_tried_again_and_longer_and_longer_until_it_arrives(
    cast, listening, receiver, received
):
    receiver.statuses = [500, 503, 200]
    for wait in WAITS[:2]:
        sent_all()
        held = Delivery.objects.get()
        assert held.state == DeliveryState.WAITING
        assert wait - timedelta(seconds=30) < held.next_at - timezone.now() <= wait
        assert sending.due() == []
        later(seconds=wait.total_seconds())
    sent_all()
    held = Delivery.objects.get()
    assert (held.state, held.attempts, held.status, held.error) == ("delivered", 3, 200, "")
    assert len({headers["webhook-id"] for headers, _body in receiver.arrived}) == 1
    assert Endpoint.objects.get().failures == 0


def test_it_is_given_up_after_the_last_attempt_and_can_be_sent_again(
    cast, keeper, listening, receiver, received, settings
):
    settings.WEBHOOK_MOST_FAILURES = 100
    receiver.statuses = [500]
    for _attempt in range(len(WAITS) + 1):
        sent_all()
        later(days=2)
    held = Delivery.objects.get()
    assert (held.state, held.attempts) == (DeliveryState.FAILED, len(WAITS) + 1)
    assert Entry.objects.filter(action="webhooks.delivery.fail").count() == 1

    receiver.statuses = [204]
    endpoints.replay(endpoint=listening.endpoint, delivery=held.pk, by=keeper)
    with pytest.raises(WrongState):
        endpoints.replay(endpoint=listening.endpoint, delivery=held.pk, by=keeper)
    sent_all()
    held.refresh_from_db()
    assert (held.state, held.status) == (DeliveryState.DELIVERED, 204)
    assert len({headers["webhook-id"] for headers, _body in receiver.arrived}) == 1


def test_after_repeated_failure_it_is_switched_off_and_nothing_is_lost(
    cast, keeper, listening, receiver, received, settings
):
    settings.WEBHOOK_MOST_FAILURES = 3
    receiver.statuses = [500]
    for _attempt in range(5):
        sent_all()
        later(days=2)
    held = Endpoint.objects.get()
    assert held.disabled_at is not None
    assert len(receiver.arrived) == 3
    assert Entry.objects.filter(action="webhooks.endpoint.fail").count() == 1

    refused(cast, received)
    sent_all()
    assert len(receiver.arrived) == 3
    receiver.statuses = [200]
    endpoints.enable(endpoint=held, version=held.version, by=keeper)
    sent_all()
    assert set(Delivery.objects.values_list("state", flat=True)) == {DeliveryState.DELIVERED}
    assert len(receiver.arrived) == 5


def test_a_redirect_is_no_success_and_is_not_followed(cast, listening, receiver, received):
    receiver.statuses = [302]
    sent_all()
    assert len(receiver.arrived) == 1
    assert Delivery.objects.get().status == 302
    assert Delivery.objects.get().state == DeliveryState.WAITING


def test_an_address_that_left_the_allowed_networks_is_not_called(
    cast, listening, receiver, received, settings
):
    settings.WEBHOOK_ALLOWED_NETWORKS = ["192.0.2.0/24"]
    sent_all()
    assert receiver.arrived == []
    assert Delivery.objects.get().error == "network_not_allowed"


def test_a_system_that_is_not_there_is_tried_again(cast, listening, received):
    Endpoint.objects.update(url="http://127.0.0.1:9/hook/")
    sent_all()
    held = Delivery.objects.get()
    assert (held.state, held.status) == (DeliveryState.WAITING, None)
    assert held.error


def test_while_it_is_switched_off_by_its_owner_nothing_is_kept(cast, keeper, listening, received):
    held = Endpoint.objects.get()
    endpoints.disable(endpoint=held, version=held.version, by=keeper)
    refused(cast, received)
    assert Event.objects.count() == 1
    assert sending.due() == []


def test_old_events_are_forgotten_with_their_deliveries(cast, listening, received, settings):
    Event.objects.update(at=timezone.now() - timedelta(days=settings.WEBHOOK_KEPT_DAYS + 1))
    assert sending.purge() == 1
    assert not Delivery.objects.exists()
    assert Endpoint.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_send_it_once(cast, listening, receiver, received):
    key = Delivery.objects.get().pk
    at_once(*[lambda: sending.send(delivery_id=key)] * 4)
    assert len(receiver.arrived) == 1
    assert Delivery.objects.get().attempts == 1
