from collections.abc import Callable
from datetime import datetime, time, timedelta

import pytest
from django.utils import timezone

from catalog.models import ResourceState
from portal.workdays.clocks import today
from sharing.models import Deadline, RefusalReason, SharingRequest
from sharing.services import requests
from tests.factories import ResourceFactory
from tests.sharing.conftest import (  # noqa: F401
    Cast,
    agreement,
    cast,
    data,
    draft,
    filled,
    freeze,
    received,
    resource,
    submitted,
)

Asked = Callable[..., SharingRequest]


@pytest.fixture
def asked(cast: Cast) -> Asked:  # noqa: F811
    """A received request for an entry of its own, its answer due and given as told, in days from today."""

    def make(*, due: int, met: int | None = None, **changes: object) -> SharingRequest:
        entry = ResourceFactory(
            department=changes.pop("provider", cast.civil), state=ResourceState.PUBLISHED
        )
        made = requests.start_request(resource=entry, data=data(), by=cast.applicant)
        made = requests.submit(request=made, version=made.version, by=cast.applicant)
        made = requests.approve(request=made, version=made.version, by=cast.head)
        day = today() + timedelta(days=due)
        given = None
        if met is not None:
            noon = datetime.combine(today() + timedelta(days=met), time(12))
            given = timezone.make_aware(noon, timezone.get_default_timezone())
        Deadline.objects.filter(request=made).update(due=day, met_at=given, **changes)
        return made

    return make


@pytest.fixture
def refused(cast: Cast, asked: Asked) -> SharingRequest:  # noqa: F811
    made = asked(due=3)
    return requests.refuse(
        request=made,
        version=made.version,
        reason=RefusalReason.SCOPE_TOO_LARGE,
        opinion="范围过大",
        by=cast.provider_head,
    )
