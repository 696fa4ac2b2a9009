"""The networks of sources are the security administrator's: opened and closed with a reason."""

import pytest
from django.urls import reverse
from rest_framework.test import APIClient

from audit.models import Entry
from catalog.models import AllowedNetwork
from catalog.services.networks import close_network, open_network
from catalog.sources.network import is_allowed
from portal.common.errors import Invalid, NotAllowed, WrongState
from portal.organisation.models import DutyKind
from tests.factories import UserFactory


@pytest.fixture
def security(db):
    return UserFactory(duties=[DutyKind.SECURITY_ADMIN])


def test_an_opened_network_lets_sources_in_until_it_is_closed(security):
    assert not is_allowed("10.20.3.7")

    # when opened
    opened = open_network(network="10.20.0.0/16", reason="民政厅 业务库", by=security)

    # then
    assert is_allowed("10.20.3.7")
    assert not is_allowed("10.21.0.1")

    # when closed
    close_network(network=opened, reason="迁移 完成", by=security)

    # then nothing gets in, both acts are on record, and the row tells the story
    assert not is_allowed("10.20.3.7")
    acts = Entry.objects.filter(action__startswith="catalog.network.").order_by("pk")
    assert [(one.action, one.data["reason"]) for one in acts] == [
        ("catalog.network.open", "民政厅 业务库"),
        ("catalog.network.close", "迁移 完成"),
    ]
    opened.refresh_from_db()
    assert (opened.removed_by, opened.removal_reason) == (security, "迁移 完成")
    with pytest.raises(WrongState):
        close_network(network=opened, reason="x", by=security)


@pytest.mark.parametrize(
    ("network", "reason", "field"),
    [
        ("10.20.0.1/16", "r", "network"),  # bits set beyond the prefix
        ("somewhere", "r", "network"),
        ("169.254.169.254/32", "r", "network"),
        ("0.0.0.0/0", "r", "network"),
        ("203.0.113.0/24", "r", "network"),  # outside of the bound
        ("10.1.0.0/16", " ", "reason"),
        ("10.1.0.0/16", "<b>x</b>", "reason"),
    ],
)
def test_what_must_never_be_open_is_refused(security, settings, network, reason, field):
    settings.SOURCE_NETWORKS_BOUND = ["10.0.0.0/8", "169.254.0.0/16", "0.0.0.0/0"]
    if network.startswith("203"):
        settings.SOURCE_NETWORKS_BOUND = ["10.0.0.0/8"]

    with pytest.raises(Invalid) as refused:
        open_network(network=network, reason=reason, by=security)

    assert list(refused.value.fields) == [field]
    assert AllowedNetwork.objects.count() == 0


def test_a_network_is_open_once(security):
    open_network(network="10.1.0.0/16", reason="一", by=security)

    with pytest.raises(Invalid):
        open_network(network=" 10.1.0.0/16 ", reason="二", by=security)
    assert AllowedNetwork.objects.count() == 1


@pytest.mark.parametrize("duty", [DutyKind.SYSTEM_ADMIN, DutyKind.AUDIT_ADMIN, DutyKind.STEWARD])
def test_nobody_else_opens_or_closes(security, duty):
    person = UserFactory(duties=[duty])
    opened = open_network(network="10.1.0.0/16", reason="一", by=security)

    with pytest.raises(NotAllowed):
        open_network(network="10.2.0.0/16", reason="二", by=person)
    with pytest.raises(NotAllowed):
        close_network(network=opened, reason="二", by=person)

    assert AllowedNetwork.objects.filter(removed_at__isnull=True).count() == 1


def test_the_page_opens_and_closes(client, security):
    # given
    client.force_login(security)
    page = reverse("catalog:network_list")

    # when
    wrong = client.post(page, {"network": "169.254.0.0/16", "reason": "r"})
    right = client.post(page, {"network": "10.9.0.0/16", "reason": "省 医保局"})

    # then
    assert wrong.status_code == 422
    assert right.status_code == 302
    shown = client.get(page).content.decode()
    assert "10.9.0.0/16" in shown
    assert "127.0.0.0/8" in shown
    opened = AllowedNetwork.objects.get()
    client.post(reverse("catalog:network_close", args=[opened.pk]), {"reason": "迁移"})
    assert "迁移" in client.get(page).content.decode()
    assert client.get(reverse("catalog:network_close", args=[opened.pk])).status_code == 404


def test_other_administrators_read_why_not(client, security):
    client.force_login(UserFactory(duties=[DutyKind.AUDIT_ADMIN]))
    page = client.get(reverse("catalog:network_list"), HTTP_ACCEPT_LANGUAGE="en")
    assert "This is for the security administrator." in page.content.decode()

    client.force_login(UserFactory(duties=[DutyKind.STEWARD]))
    assert client.get(reverse("catalog:network_list")).status_code == 403


def test_the_api_does_the_same(security):
    api = APIClient()
    api.force_login(security)
    made = api.post(
        "/api/v1/source-networks/", {"network": "10.1.0.0/16", "reason": "一"}, format="json"
    )
    assert made.status_code == 201

    closed = api.post(
        f"/api/v1/source-networks/{made.data['id']}/close/", {"reason": "二"}, format="json"
    )

    assert closed.status_code == 200
    assert [one["removal_reason"] for one in api.get("/api/v1/source-networks/").data] == ["二"]
