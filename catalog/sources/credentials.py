"""Passwords of sources, encrypted at rest.

The keys come from `SOURCE_CREDENTIAL_KEYS`, newest first: the first one seals, all of them open, so
a key is changed by putting a new one in front. Without any, a key is derived from `SECRET_KEY`;
production settings refuse that.
"""

import base64
import re

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from .failures import SourceFailure

KEY = re.compile(r"[A-Za-z0-9_-]{43}=")


def seal(password: str) -> bytes:
    return _box().encrypt(password.encode())


def unseal(sealed: bytes | memoryview) -> str:
    """The password. Raises SourceFailure when no key opens it: then it must be entered again."""
    try:
        return _box().decrypt(bytes(sealed)).decode()
    except InvalidToken:
        raise SourceFailure("credentials_unreadable") from None


def _box() -> MultiFernet:
    keys = list(settings.SOURCE_CREDENTIAL_KEYS) or [_development_key()]
    if not all(KEY.fullmatch(key) for key in keys):
        raise ImproperlyConfigured(
            "SOURCE_CREDENTIAL_KEYS: each key is 32 random bytes in URL-safe Base64"
        )
    return MultiFernet([Fernet(key) for key in keys])


def _development_key() -> str:
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"sources of the portal")
    return base64.urlsafe_b64encode(derived.derive(settings.SECRET_KEY.encode())).decode()
