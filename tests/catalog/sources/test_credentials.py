import pytest
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured
from django.test import override_settings

from catalog.sources import credentials
from catalog.sources.failures import SourceFailure


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
