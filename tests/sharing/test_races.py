"""Two people at once, on two connections."""

import threading
from collections.abc import Callable

import pytest
from django.db import connections

from audit.models import Entry
from portal.common.errors import DomainError
from portal.organisation.models import DutyKind
from sharing.models import Agreement, Deadline, Dispute, NumberSeries, SharingRequest
from sharing.services import agreements, disputes, requests
from tests.factories import UserFactory
from tests.sharing.request_acts import contested, refused

from .conftest import data

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*acts: Callable[[], object]) -> list[str]:
    """How each came out, started together: "done", or the code of its refusal."""
    together = threading.Barrier(len(acts))
    outcomes: list[str] = []

    def one(act: Callable[[], object]) -> None:
        try:
            together.wait(10)
            act()
            outcomes.append("done")
        except DomainError as refusal:
            outcomes.append(refusal.code)
        except Exception as fault:  # noqa: BLE001 (the test names it)
            outcomes.append(type(fault).__name__)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=one, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    return sorted(outcomes)


def test_two_colleagues_who_ask_at_once_make_one_request(cast, resource):
    start = lambda by: lambda: requests.start_request(resource=resource, data=data(), by=by)  # noqa: E731

    outcomes = at_once(start(cast.applicant), start(cast.head))

    assert outcomes == ["cannot_request", "done"]
    assert SharingRequest.objects.count() == 1
    assert Entry.objects.filter(action="sharing.request.start").count() == 1
    assert NumberSeries.objects.get().last == 1


def test_two_ends_at_once_are_one_end(cast, agreement):
    end = lambda by: lambda: agreements.terminate(agreement=agreement, reason="完", by=by)  # noqa: E731

    outcomes = at_once(end(cast.head), end(cast.officer))

    assert outcomes == ["done", "wrong_state"]
    assert Agreement.objects.get().state == "terminated"
    assert Entry.objects.filter(action="sharing.agreement.terminate").count() == 1


def test_two_officers_who_decide_a_dispute_at_once_make_one_decision(cast, received):
    other = UserFactory(department=cast.bigdata, duties=[DutyKind.COMPETENT_OFFICER])
    held = contested(cast, refused(cast, received))

    def decide(by, outcome):
        return lambda: disputes.decide(
            request=held, version=held.version, outcome=outcome, opinion="理由", by=by
        )

    outcomes = at_once(decide(cast.officer, "upheld"), decide(other, "reopened"))

    assert outcomes == ["done", "not_allowed"]
    dispute = Dispute.objects.get()
    assert dispute.outcome in {"upheld", "reopened"}
    held.refresh_from_db()
    assert held.state == ("refused" if dispute.outcome == "upheld" else "received")
    moves = ("sharing.request.uphold", "sharing.request.reopen")
    assert Entry.objects.filter(action__in=moves).count() == 1
    assert Deadline.objects.filter(request=held, met_at=None, cancelled_at=None).count() == (
        0 if dispute.outcome == "upheld" else 1
    )


def test_a_double_click_on_agree_makes_one_agreement_and_tells_of_it_once(cast, received):
    agree = lambda: requests.agree(  # noqa: E731
        request=received, version=received.version, by=cast.provider_head
    )

    outcomes = at_once(agree, agree)

    assert outcomes == ["done", "stale_version"]
    assert Agreement.objects.count() == 1
    assert Entry.objects.filter(action="sharing.request.agree").count() == 1
    assert Deadline.objects.filter(request=received, kind="deliver").count() == 1
