import io
import json

import pytest
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.test import override_settings

from audit.models import Entry
from catalog.sources import credentials
from catalog.sources.failures import SourceFailure
from portal.common.sealing import SealBroken, resealed, seal, unseal
from tests.factories import SourceFactory


def test_a_sealed_password_opens_and_does_not_show():
    sealed = credentials.seal("s3crét 密码")

    assert b"s3cr" not in sealed
    assert credentials.unseal(memoryview(sealed)) == "s3crét 密码"
    assert credentials.seal("s3crét 密码") != sealed


def test_a_new_key_in_front_still_opens_what_the_old_one_sealed():
    old, new = (Fernet.generate_key().decode() for _ in range(2))
    with override_settings(SOURCE_CREDENTIAL_KEYS=[old]):
        sealed = credentials.seal("x")

    with override_settings(SOURCE_CREDENTIAL_KEYS=[new, old]):
        assert credentials.unseal(sealed) == "x"
        resealed = credentials.seal("x")
    with override_settings(SOURCE_CREDENTIAL_KEYS=[new]):
        assert credentials.unseal(resealed) == "x"


@pytest.mark.parametrize("sealed", [b"", b"rubbish"])
def test_what_no_key_opens_must_be_entered_again(sealed):
    with pytest.raises(SourceFailure) as failure:
        credentials.unseal(sealed)

    assert (failure.value.code, failure.value.heals) == ("credentials_unreadable", False)


@override_settings(SOURCE_CREDENTIAL_KEYS=["short"])
def test_a_bad_key_is_refused_without_being_shown():
    with pytest.raises(ImproperlyConfigured) as error:
        credentials.seal("x")

    assert "short" not in str(error.value)


@pytest.fixture
def old_and_new():
    return [Fernet.generate_key().decode() for _ in range(2)]


@override_settings(SOURCE_CREDENTIAL_CIPHER="sm4")
def test_sm4_seals_and_each_cipher_opens_what_the_other_sealed():
    by_sm4 = seal("密码 s3cret")
    with override_settings(SOURCE_CREDENTIAL_CIPHER="fernet"):
        by_fernet = seal("other")
        assert unseal(by_sm4) == "密码 s3cret"

    assert by_sm4.startswith(b"sm4.1.")
    assert b"s3cret" not in by_sm4
    assert by_sm4 != seal("密码 s3cret")
    assert unseal(memoryview(by_fernet)) == "other"


@override_settings(SOURCE_CREDENTIAL_CIPHER="sm4")
@pytest.mark.parametrize("place", [6, 20, 40, -2])
def test_what_was_tampered_with_does_not_open(place):
    sealed = bytearray(seal("a secret of some length"))
    sealed[place] = ord("A") if sealed[place] != ord("A") else ord("B")

    with pytest.raises(SealBroken):
        unseal(bytes(sealed))
    for broken in (b"sm4.1.", b"sm4.1.AAAA", b"sm4.1.\xff"):
        with pytest.raises(SealBroken):
            unseal(broken)


@override_settings(SOURCE_CREDENTIAL_CIPHER="rot13")
def test_an_unknown_cipher_is_refused():
    with pytest.raises(ImproperlyConfigured):
        seal("x")


def rotate() -> str:
    out = io.StringIO()
    call_command("rotate_source_credentials", stdout=out)
    return out.getvalue().strip()


def test_rotation_seals_everything_under_the_newest_key_and_may_run_again(db, old_and_new):
    # given
    old, new = old_and_new
    with override_settings(SOURCE_CREDENTIAL_KEYS=[old]):
        source = SourceFactory(sealed_password=credentials.seal("p@ss"))
        SourceFactory(sealed_password=b"")

    # when
    with override_settings(SOURCE_CREDENTIAL_KEYS=[new, old], SOURCE_CREDENTIAL_CIPHER="sm4"):
        first, second = rotate(), rotate()
        source.refresh_from_db()
        assert resealed(source.sealed_password) is None

    # then
    assert first.splitlines()[0] == "1 secrets sealed anew, 0 were so already"
    assert second.splitlines()[0] == "0 secrets sealed anew, 1 were so already"
    with override_settings(SOURCE_CREDENTIAL_KEYS=[new]):
        assert credentials.unseal(source.sealed_password) == "p@ss"
    entry = Entry.objects.get()
    assert (entry.action, entry.actor_id) == ("catalog.credential.reseal", "")
    assert "p@ss" not in json.dumps(entry.data)


def test_a_secret_that_no_key_opens_is_told_and_left(db, old_and_new):
    old, new = old_and_new
    with override_settings(SOURCE_CREDENTIAL_KEYS=[old]):
        lost = SourceFactory(sealed_password=credentials.seal("lost"))
    before = bytes(lost.sealed_password)
    with override_settings(SOURCE_CREDENTIAL_KEYS=[Fernet.generate_key().decode()]):
        other = SourceFactory(sealed_password=credentials.seal("kept"))
        key = override_settings(SOURCE_CREDENTIAL_KEYS=[new])
        with key, pytest.raises(CommandError) as told:
            rotate()

    lost.refresh_from_db()
    assert str(told.value).startswith(
        f"No key opens the secrets of: catalog.Source {lost.pk}, catalog.Source {other.pk}."
    )
    assert bytes(lost.sealed_password) == before
