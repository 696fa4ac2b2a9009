"""A provider with an interface, and an agreement to call it."""

from collections.abc import Iterator

import pytest
import redis
from django.conf import settings as current

from catalog.models import PublishedInterface
from catalog.services import interfaces
from catalog.services.interfaces import CallData, InterfaceData
from sharing.models import Agreement
from tests.sharing.conftest import agreed_on
from tests.sharing.test_delivery_api import with_key

from .provider import Provider, serving

SECRET = "Bearer the provider's own secret"


@pytest.fixture
def provider() -> Iterator[Provider]:
    with serving() as made:
        yield made


@pytest.fixture
def interface(cast, resource, provider) -> PublishedInterface:
    """Open, with a list and one person to ask for, and a search by POST."""
    by = cast.provider_steward
    data = InterfaceData(provider.address, seconds=3, headers={"Authorization": SECRET})
    made = interfaces.register(resource=resource, data=data, by=by)
    for call in (
        CallData("GET", "persons", parameters=["year", "area"], most_rows=10),
        CallData("GET", "persons/{code}", most_rows=1),
        CallData("POST", "search", parameters=["names"], rows_path="data.items"),
    ):
        made.refresh_from_db()
        interfaces.allow_call(interface=made, version=made.version, data=call, by=by)
    made.refresh_from_db()
    made = interfaces.open_interface(interface=made, version=made.version, by=by)
    server = redis.Redis.from_url(current.REDIS_URL)
    keys = [f"portal:interface:{made.pk}:{name}" for name in ("failures", "resting", "probe")]
    server.delete(*keys)
    return made


@pytest.fixture
def agreement(cast, interface) -> Agreement:
    """Active without a row in the store: the interface is what is delivered."""
    made = agreed_on(cast, interface.resource)
    assert made.is_active
    return made


@pytest.fixture
def caller(cast):
    return with_key(cast.system)


def path(agreement: Agreement, last: str) -> str:
    return f"/api/v1/agreements/{agreement.number}/interface/{last}"
