"""The requester's table: who registers it, and what becomes of its password."""

import io
import zipfile

import pytest
from cryptography.fernet import Fernet

from catalog.services.credential_rotation import rotate_credentials
from portal.common.errors import Invalid, NotAllowed, WrongState
from portal.common.sealing import unseal
from sharing.delivery import pushing
from sharing.models import Pull, Push, PushState, PushTarget
from sharing.services import evidence, push_targets, pushes
from tests.sharing.conftest import agreed_on

from .homes import PASSWORD

pytestmark = pytest.mark.django_db(transaction=True)


def test_only_the_requesters_people_set_a_target_up(cast, batch, postgresql):
    for stranger in (cast.provider_steward, cast.officer, cast.stranger):
        with pytest.raises(NotAllowed):
            postgresql.register(batch, stranger)
    assert not PushTarget.objects.exists()


def test_another_mode_than_batch_exchange_is_not_pushed(cast, resource, filled, postgresql):
    agreement = agreed_on(cast, filled)

    with pytest.raises(NotAllowed):
        postgresql.register(agreement, cast.applicant)

    assert not PushTarget.objects.exists()


def test_a_changed_place_wants_its_password_again(cast, batch, postgresql):
    # given
    target = postgresql.register(batch, cast.applicant)

    # when
    with pytest.raises(Invalid) as refused:
        push_targets.set_target(
            agreement=batch,
            version=target.version,
            data=postgresql.data(host="localhost", password=None),
            by=cast.applicant,
        )

    # then
    assert list(refused.value.fields) == ["password"]
    target.refresh_from_db()
    assert target.host == "127.0.0.1"


def test_one_push_at_a_time(cast, batch, postgresql):
    postgresql.register(batch, cast.applicant)
    pushes.start(agreement=batch, by=cast.applicant)

    with pytest.raises(WrongState):
        pushes.start(agreement=batch, by=cast.applicant)

    assert Push.objects.count() == 1


def test_a_removed_target_is_pushed_into_no_longer_and_its_password_is_forgotten(
    cast, batch, postgresql
):
    # given
    postgresql.register(batch, cast.applicant)
    push = pushes.start(agreement=batch, by=cast.applicant)

    # when
    push_targets.remove_target(agreement=batch, by=cast.applicant)
    pushing.execute(push_id=push.pk)

    # then
    push.refresh_from_db()
    assert (push.state, push.failure_code) == (PushState.STOPPED, "target_removed")
    assert bytes(PushTarget.objects.get().sealed_password) == b""
    assert not Pull.objects.exists()


def test_who_removes_a_target_that_was_changed_meanwhile_is_told_so(
    cast, batch, postgresql, client
):
    # given
    postgresql.register(batch, cast.applicant)
    client.force_login(cast.applicant)
    address = f"/api/v1/agreements/{batch.number}/push-target/"
    version = client.get(address).json()["version"]

    # when
    late = client.delete(address, headers={"If-Match": f'"{version + 1}"'})
    stands = PushTarget.objects.get().removed_at
    removed = client.delete(address, headers={"If-Match": f'"{version}"'})

    # then
    assert (late.status_code, stands, removed.status_code) == (412, None, 204)
    assert PushTarget.objects.get().removed_at is not None


def test_the_evidence_of_the_case_holds_the_target_and_not_its_password(cast, batch, postgresql):
    # given
    target = postgresql.register(batch, cast.applicant)

    # when
    taken = evidence.take(number=batch.request.number, by=cast.officer)

    # then
    with zipfile.ZipFile(io.BytesIO(taken.content)) as pack:
        everything = b"".join(pack.read(name) for name in pack.namelist())
    assert target.relation.encode() in everything
    assert PASSWORD.encode() not in everything
    assert b"sealed_password" not in everything


def test_a_new_key_seals_the_passwords_of_targets_anew(cast, batch, postgresql, settings):
    # given
    old, new = (Fernet.generate_key().decode() for _ in range(2))
    settings.SOURCE_CREDENTIAL_KEYS = [old]
    postgresql.register(batch, cast.applicant)

    # when
    settings.SOURCE_CREDENTIAL_KEYS = [new, old]
    rotated = rotate_credentials()

    # then
    assert rotated.resealed == 1
    settings.SOURCE_CREDENTIAL_KEYS = [new]
    assert unseal(PushTarget.objects.get().sealed_password) == PASSWORD
