import base64
from datetime import timedelta

import pytest
from django.utils import timezone
from oauth2_provider.models import get_access_token_model

from audit.models import Entry
from portal.common.errors import DomainError, Invalid, NotAllowed
from portal.organisation.models import ApiKey, DutyKind
from portal.organisation.services import systems
from tests.factories import InformationSystemFactory, UserFactory

pytestmark = pytest.mark.django_db
ME = "/api/v1/me/"


@pytest.fixture
def head():
    return UserFactory(duties=[DutyKind.WORK_BODY_HEAD])


@pytest.fixture
def system(head):
    return InformationSystemFactory(department=head.department)


def basic(client) -> str:
    pair = f"{client.client_id}:{client.client_secret}"
    return "Basic " + base64.b64encode(pair.encode()).decode()


def token(client, credentials, **form):
    return client.post(
        "/oauth/token/",
        {"grant_type": "client_credentials", **form},
        headers={"Authorization": basic(credentials)},
    )


def test_a_key_signs_the_system_in_and_is_stored_only_as_its_hash(client, system, head) -> None:
    new = systems.issue_api_key(system=system, days=30, by=head)

    answer = client.get(ME, headers={"Authorization": f"Api-Key {new.secret}"})

    assert answer.status_code == 200
    assert answer.json()["kind"] == "system"
    assert answer.json()["name"] == system.name
    stored = ApiKey.objects.get()
    assert bytes(stored.digest) == systems.digest(new.secret)
    assert new.secret not in repr(new)
    assert new.secret not in str(list(Entry.objects.values()))
    assert stored.last_used_at is not None


def test_using_a_key_is_noted_once_a_minute_at_most(client, system, head) -> None:
    new = systems.issue_api_key(system=system, days=30, by=head)
    client.get(ME, headers={"Authorization": f"Api-Key {new.secret}"})
    first = ApiKey.objects.get().last_used_at

    client.get(ME, headers={"Authorization": f"Api-Key {new.secret}"})

    assert ApiKey.objects.get().last_used_at == first


@pytest.mark.parametrize("case", ["expired", "revoked", "closed system", "unknown"])
def test_a_key_that_is_not_live_is_refused_with_401(client, system, head, case) -> None:
    new = systems.issue_api_key(system=system, days=30, by=head)
    secret = new.secret
    match case:
        case "expired":
            ApiKey.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
        case "revoked":
            systems.revoke_api_key(key=new.key, by=head)
        case "closed system":
            systems.deactivate_system(system=system, by=head)
        case "unknown":
            secret += "x"

    answer = client.get(ME, headers={"Authorization": f"Api-Key {secret}"})

    assert answer.status_code == 401
    assert answer.json()["code"] == "authentication_failed"
    assert set(answer.json()) == {"code", "message", "fields"}


@pytest.mark.parametrize("days", [0, 366, -1])
def test_a_key_lives_at_most_a_year(system, head, days) -> None:
    with pytest.raises(Invalid) as refused:
        systems.issue_api_key(system=system, days=days, by=head)

    assert list(refused.value.fields) == ["days"]
    assert not ApiKey.objects.exists()


@pytest.mark.parametrize("who", ["another department's head", "own staff"])
def test_only_the_departments_steward_or_head_issues_keys(system, who) -> None:
    by = (
        UserFactory(duties=[DutyKind.WORK_BODY_HEAD])
        if who == "another department's head"
        else UserFactory(department=system.department, duties=[DutyKind.STAFF])
    )

    with pytest.raises(NotAllowed):
        systems.issue_api_key(system=system, days=30, by=by)

    assert not ApiKey.objects.exists()
    assert not Entry.objects.exists()


def test_client_credentials_get_a_token_that_signs_the_system_in(client, system, head) -> None:
    new = systems.issue_client(system=system, by=head)

    answer = token(client, new)

    assert answer.status_code == 200
    bearer = answer.json()["access_token"]
    me = client.get(ME, headers={"Authorization": f"Bearer {bearer}"})
    assert me.json()["name"] == system.name
    system.refresh_from_db()
    assert system.application.client_secret != new.client_secret
    assert Entry.objects.filter(action="organisation.token.issue").count() == 1


def test_a_wrong_client_secret_gets_no_token_and_is_recorded(client, system, head) -> None:
    new = systems.issue_client(system=system, by=head)
    wrong = systems.NewClient(client_id=new.client_id, client_secret="wrong")

    answer = token(client, wrong)

    assert answer.status_code == 401
    assert not get_access_token_model().objects.exists()
    assert Entry.objects.get(action="organisation.token.deny").result == "denied"


def test_renewing_the_credentials_ends_the_old_ones_and_their_tokens(client, system, head) -> None:
    old = systems.issue_client(system=system, by=head)
    bearer = token(client, old).json()["access_token"]

    new = systems.issue_client(system=system, by=head)

    assert client.get(ME, headers={"Authorization": f"Bearer {bearer}"}).status_code == 401
    assert token(client, old).status_code == 401
    assert token(client, new).status_code == 200


def test_a_closed_system_gets_no_new_credentials(system, head) -> None:
    systems.deactivate_system(system=system, by=head)

    with pytest.raises(DomainError) as refused:
        systems.issue_client(system=system, by=head)

    assert refused.value.code == "closed"


def test_a_system_cannot_manage_credentials(client, system, head) -> None:
    new = systems.issue_api_key(system=system, days=30, by=head)

    answer = client.post(
        f"/api/v1/systems/{system.pk}/keys/",
        {"days": 30},
        content_type="application/json",
        headers={"Authorization": f"Api-Key {new.secret}"},
    )

    assert answer.status_code == 403
    assert ApiKey.objects.count() == 1
