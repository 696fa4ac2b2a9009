"""`/oauth/token/`: only client credentials, throttled by client and address, nothing left unrecorded."""

import base64

import pytest
from django.core.cache import cache
from django.utils import timezone
from oauth2_provider.models import get_access_token_model

from audit.models import Entry
from portal.organisation.api.token import FAILURES_ALLOWED
from portal.organisation.models import DutyKind
from portal.organisation.services import systems
from tests.factories import InformationSystemFactory, UserFactory

pytestmark = pytest.mark.django_db
TOKEN = "/oauth/token/"
ME = "/api/v1/me/"


@pytest.fixture(autouse=True)
def _nothing_counted():
    cache.clear()
    yield
    cache.clear()


def client_of_new_system() -> systems.NewClient:
    head = UserFactory(duties=[DutyKind.WORK_BODY_HEAD])
    system = InformationSystemFactory(department=head.department)
    return systems.issue_client(system=system, by=head)


def ask(client, client_id: str, client_secret: str, **form: str):
    coded = base64.b64encode(f"{client_id}:{client_secret}".encode()).decode()
    return client.post(
        TOKEN,
        {"grant_type": "client_credentials", **form},
        headers={"Authorization": f"Basic {coded}"},
    )


def ask_from(client, client_id: str, address: str):
    coded = base64.b64encode(f"{client_id}:wrong".encode()).decode()
    return client.post(
        TOKEN,
        {"grant_type": "client_credentials"},
        headers={"Authorization": f"Basic {coded}", "X-Forwarded-For": address},
    )


def test_a_client_that_fails_too_often_waits_and_others_do_not(client) -> None:
    failing, other = client_of_new_system(), client_of_new_system()
    for _try in range(FAILURES_ALLOWED):
        assert ask(client, failing.client_id, "wrong").status_code == 401

    answer = ask(client, failing.client_id, failing.client_secret)

    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "300"
    assert ask(client, other.client_id, other.client_secret).status_code == 200
    denied = Entry.objects.filter(action="organisation.token.deny")
    assert denied.count() == FAILURES_ALLOWED


def test_a_caller_cannot_choose_the_address_that_the_trail_keeps(client) -> None:
    failing = client_of_new_system()

    ask_from(client, failing.client_id, "203.0.113.7")

    assert Entry.objects.get(action="organisation.token.deny").ip == "127.0.0.1"


def test_no_other_address_gives_new_tries(client) -> None:
    failing = client_of_new_system()
    for number in range(FAILURES_ALLOWED):
        assert ask_from(client, failing.client_id, f"203.0.113.{number}").status_code == 401

    assert ask_from(client, failing.client_id, "203.0.113.250").status_code == 429


def test_behind_a_proxy_that_overwrites_it_the_header_is_the_address(client, settings) -> None:
    settings.IPWARE_META_PRECEDENCE_ORDER = ("HTTP_X_FORWARDED_FOR",)
    failing = client_of_new_system()

    ask_from(client, failing.client_id, "203.0.113.7")

    assert Entry.objects.get(action="organisation.token.deny").ip == "203.0.113.7"


@pytest.mark.parametrize("field", ["client_id", "client_secret", "scope"])
def test_a_text_that_the_database_cannot_keep_is_a_bad_request(client, field) -> None:
    new = client_of_new_system()
    form = {"client_id": new.client_id, "client_secret": new.client_secret, "scope": "read"}

    answer = client.post(TOKEN, {"grant_type": "client_credentials"} | form | {field: "\x00"})

    assert answer.status_code == 400
    assert answer.json() == {"error": "invalid_request"}
    assert not get_access_token_model().objects.exists()


def test_a_client_id_with_nul_in_the_header_is_a_bad_request(client) -> None:
    assert ask(client, "a\x00b", "x").status_code == 400


@pytest.mark.parametrize("grant", ["password", "authorization_code", "refresh_token", "implicit"])
def test_no_other_grant_gives_a_token(client, grant) -> None:
    new = client_of_new_system()

    answer = ask(client, new.client_id, new.client_secret, grant_type=grant, code="x")

    assert answer.status_code in {400, 401}
    assert not get_access_token_model().objects.exists()


def test_a_token_to_read_does_not_act(client) -> None:
    new = client_of_new_system()
    bearer = ask(client, new.client_id, new.client_secret).json()["access_token"]
    headers = {"Authorization": f"Bearer {bearer}"}

    assert client.get(ME, headers=headers).status_code == 200
    refused = client.post(ME, {}, content_type="application/json", headers=headers)

    assert refused.status_code == 403
    assert "write" in refused.json()["message"]


def test_a_token_ends_with_its_time_and_with_its_credentials(client) -> None:
    new = client_of_new_system()
    bearer = ask(client, new.client_id, new.client_secret).json()["access_token"]

    get_access_token_model().objects.update(expires=timezone.now())

    answer = client.get(ME, headers={"Authorization": f"Bearer {bearer}"})
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert set(answer.json()) == {"code", "message", "fields"}


def test_tokens_and_secrets_are_stored_hashed(client) -> None:
    new = client_of_new_system()

    bearer = ask(client, new.client_id, new.client_secret).json()["access_token"]

    stored = get_access_token_model().objects.get()
    assert bearer not in str(vars(stored))
    assert new.client_secret not in str(vars(stored.application))
    assert bearer not in str(list(Entry.objects.values()))
