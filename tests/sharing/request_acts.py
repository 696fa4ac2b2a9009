"""One act on a received request each, as the tests of answers need them (Art. 21, 28)."""

from sharing.models import (
    Deadline,
)
from sharing.services import disputes, extensions, offers, requests, supplements
from tests.factories import in_days
from tests.sharing.conftest import data


def running(request):
    return Deadline.objects.filter(request=request, met_at=None, cancelled_at=None)


def supplemented(cast, request):
    """The applicant supplements, the head hands it over again."""
    held = requests.change_draft(
        request=request, version=request.version, data=data(use_scene="补充"), by=cast.applicant
    )
    held = requests.submit(request=held, version=held.version, by=cast.applicant)
    return requests.approve(request=held, version=held.version, by=cast.head)


def asked_for(cast, request, *missing):
    return supplements.ask(
        request=request,
        version=request.version,
        missing=missing or ("use_scene", "system"),
        opinion="请补充使用场景和接收系统",
        by=cast.provider_head,
    )


def offered(cast, request, **changes):
    given = {
        "columns": ["name"],
        "use_until": in_days(100),
        "opinion": "只提供一百日",
        "version": request.version,
    }
    return offers.make(request=request, by=cast.provider_head, **given | changes)


def refused(cast, request):
    return requests.refuse(
        request=request,
        version=request.version,
        reason="scope_too_large",
        opinion="范围过大",
        by=cast.provider_head,
    )


def contested(cast, request):
    return disputes.raise_dispute(
        request=request, version=request.version, opinion="范围与职责相符", by=cast.applicant
    )


def extended(cast, request, days=10):
    return extensions.ask(
        request=request,
        version=request.version,
        days=days,
        opinion="需跨系统核对",
        by=cast.provider_steward,
    )
