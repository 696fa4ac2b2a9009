"""Two people at once, on two connections."""

import threading
from collections.abc import Callable

import pytest
from django.db import connections

from audit.models import Entry
from portal.common.errors import DomainError
from sharing.models import Agreement, NumberSeries, SharingRequest
from sharing.services import agreements, requests

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
