"""Secrets encrypted at rest: credentials of sources, secrets of webhooks.

The keys come from `SOURCE_CREDENTIAL_KEYS`, newest first: the first one seals, all of them open, so
a key is changed by putting a new one in front. Without any, a key is derived from `SECRET_KEY`;
production settings refuse that. `SOURCE_CREDENTIAL_CIPHER` says how is sealed: Fernet (AES-128 and
HMAC-SHA-256) or SM4 (GB/T 32907, in GCM), under keys derived from the same; what either has sealed
opens whatever the setting is, for what SM4 sealed bears its name.
"""

import base64
import binascii
import os
import re
from collections.abc import Iterator

from cryptography.exceptions import InvalidTag
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

KEY = re.compile(r"[A-Za-z0-9_-]{43}=")
FERNET = "fernet"
SM4 = "sm4"
SM4_PREFIX = b"sm4.1."
NONCE_BYTES = 12
TAG_BYTES = 16


class SealBroken(Exception):
    """No key opens it: the secret must be entered, or made, again."""


def seal(secret: str) -> bytes:
    key = _keys()[0]
    if _cipher() == SM4:
        return _sm4_sealed(key, secret.encode())
    return Fernet(key).encrypt(secret.encode())


def unseal(sealed: bytes | memoryview) -> str:
    """The secret. Raises `SealBroken` when no key opens it."""
    return _opened(bytes(sealed))[1]


def resealed(sealed: bytes | memoryview) -> bytes | None:
    """The same secret under the newest key, by the cipher that is set; None when it is already.

    Raises `SealBroken` when no key opens it.
    """
    held = bytes(sealed)
    place, secret = _opened(held)
    if place == 0 and held.startswith(SM4_PREFIX) == (_cipher() == SM4):
        return None
    return seal(secret)


def _opened(sealed: bytes) -> tuple[int, str]:
    """Which of the keys opens it, by its place, and the secret."""
    way = _sm4_opened if sealed.startswith(SM4_PREFIX) else _fernet_opened
    for place, key in enumerate(_keys()):
        for secret in way(key, sealed):
            return place, secret.decode()
    raise SealBroken


def _fernet_opened(key: str, sealed: bytes) -> Iterator[bytes]:
    try:
        yield Fernet(key).decrypt(sealed)
    except InvalidToken:
        return


def _sm4_sealed(key: str, secret: bytes) -> bytes:
    nonce = os.urandom(NONCE_BYTES)
    box = Cipher(algorithms.SM4(_sm4_key(key)), modes.GCM(nonce)).encryptor()
    box.authenticate_additional_data(SM4_PREFIX)
    sealed = box.update(secret) + box.finalize()
    return SM4_PREFIX + base64.urlsafe_b64encode(nonce + box.tag + sealed)


def _sm4_opened(key: str, sealed: bytes) -> Iterator[bytes]:
    try:
        held = base64.b64decode(sealed.removeprefix(SM4_PREFIX), altchars=b"-_", validate=True)
    except binascii.Error:
        return
    nonce, tag = held[:NONCE_BYTES], held[NONCE_BYTES : NONCE_BYTES + TAG_BYTES]
    if len(tag) < TAG_BYTES:
        return
    box = Cipher(algorithms.SM4(_sm4_key(key)), modes.GCM(nonce, tag)).decryptor()
    box.authenticate_additional_data(SM4_PREFIX)
    try:
        yield box.update(held[NONCE_BYTES + TAG_BYTES :]) + box.finalize()
    except InvalidTag:
        return


def _sm4_key(key: str) -> bytes:
    """SM4 takes 16 bytes; never the ones that Fernet uses."""
    derived = HKDF(algorithm=SHA256(), length=16, salt=None, info=b"sealing with SM4")
    return derived.derive(base64.urlsafe_b64decode(key))


def _keys() -> list[str]:
    keys = list(settings.SOURCE_CREDENTIAL_KEYS) or [_development_key()]
    if not all(KEY.fullmatch(key) for key in keys):
        raise ImproperlyConfigured(
            "SOURCE_CREDENTIAL_KEYS: each key is 32 random bytes in URL-safe Base64"
        )
    return keys


def _cipher() -> str:
    cipher: str = settings.SOURCE_CREDENTIAL_CIPHER
    if cipher not in {FERNET, SM4}:
        raise ImproperlyConfigured("SOURCE_CREDENTIAL_CIPHER: fernet or sm4")
    return cipher


def _development_key() -> str:
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"sources of the portal")
    return base64.urlsafe_b64encode(derived.derive(settings.SECRET_KEY.encode())).decode()
