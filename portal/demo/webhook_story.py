"""Webhooks of three information systems, and what became of the story's events on their way.

While the demonstration is loaded a receiver on the loopback answers for them. One system takes what
it is told, now and then at the second attempt; one never takes an offer, which is given up; one has
closed its address, so that the portal switches the webhook off. The receiver is gone afterwards:
what happens later finds nobody, and is tried again like anything else.
"""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus

from django.utils import timezone

from portal.demo import loopback
from portal.demo.people import Cast, system_of
from portal.organisation.models import DutyKind
from portal.webhooks.models import CHOSEN, Delivery, DeliveryState, Endpoint, EventType
from portal.webhooks.services import endpoints, sending

EVENTS = [value for value, _label in CHOSEN]
# By department: which events its first system wants. The key is the path of the receiver.
LISTENING = {
    "education": EVENTS,
    "medicare": [one for one in EVENTS if one.startswith(("request.", "agreement."))],
    "labour": [one for one in EVENTS if one != EventType.AGREEMENT_CHANGES],
}
# Each so-many-th event finds the system busy at first.
BUSY_EVERY = 3


def listen(cast: Cast, address: str) -> None:
    for key, events in LISTENING.items():
        department = cast.departments[key]
        endpoints.add(
            system=system_of(department),
            url=f"{address}/{key}/",
            events=events,
            by=cast.holder(key, DutyKind.WORK_BODY_HEAD),
        )


def deliver(cast: Cast) -> None:
    """Try everything that waits until it has arrived, is given up or its webhook switched off.

    Between two attempts lie minutes to a day; here none.
    """
    for _attempt in range(len(sending.WAITS) + 1):
        for delivery in sending.due():
            sending.send(delivery_id=delivery)
        Delivery.objects.filter(state=DeliveryState.WAITING, attempts__gt=0).update(
            next_at=timezone.now()
        )
    taken = Endpoint.objects.get(system=system_of(cast.departments["education"]))
    head = cast.holder("education", DutyKind.WORK_BODY_HEAD)
    endpoints.test(endpoint=taken, by=head)


@contextmanager
def receiver() -> Iterator[str]:
    """The systems' own server, while the demonstration is loaded; its address."""
    answers = _Answers()

    class Handler(loopback.Handler):
        def do_POST(self) -> None:
            said = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            self.answer(answers.to(self.path.strip("/"), said["id"], said["type"]))

    with loopback.serving(Handler) as address:
        yield address


class _Answers:
    """What each system says to an event; the same attempts get the same answers."""

    def __init__(self) -> None:
        self.attempts: Counter[str] = Counter()

    def to(self, system: str, event: str, type: str) -> HTTPStatus:
        key = f"{system} {event}"
        self.attempts[key] += 1
        if system == "labour":
            return HTTPStatus.GONE
        if system == "medicare" and type == EventType.REQUEST_OFFERED:
            return HTTPStatus.INTERNAL_SERVER_ERROR
        is_first = self.attempts[key] == 1 and type != EventType.PING
        if system == "education" and is_first and len(self.attempts) % BUSY_EVERY == 0:
            return HTTPStatus.SERVICE_UNAVAILABLE
        return HTTPStatus.NO_CONTENT
