"""The keys that sign the heads of the trail: Ed25519, from the environment, newest first.

While two are given, both sign: whoever knows the older one learns to trust the newer. SM2 is not
offered: what outsiders check heads with knows none (cryptography has SM3 and SM4 alone).
"""

import base64
import binascii
import hashlib
from dataclasses import dataclass
from functools import lru_cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured


@dataclass(frozen=True, slots=True)
class PublicKey:
    """`key_id` names it: the first 16 hexadecimal digits of the SHA-256 of its 32 bytes."""

    raw: bytes

    @property
    def key_id(self) -> str:
        return hashlib.sha256(self.raw).hexdigest()[:16]

    def verifies(self, signature: bytes, content: bytes) -> bool:
        try:
            Ed25519PublicKey.from_public_bytes(self.raw).verify(signature, content)
        except (InvalidSignature, ValueError):
            return False
        return True


@dataclass(frozen=True, slots=True)
class SigningKey:
    public: PublicKey
    _private: Ed25519PrivateKey

    def sign(self, content: bytes) -> bytes:
        return self._private.sign(content)


def held() -> tuple[SigningKey, ...]:
    """Those of the environment, newest first; never none. Raises ImproperlyConfigured for an unfit one."""
    return _keys(tuple(settings.AUDIT_SIGNING_KEYS))


def new_key() -> str:
    """A fresh key as the environment takes it: 32 random bytes in URL-safe Base64."""
    return base64.urlsafe_b64encode(Ed25519PrivateKey.generate().private_bytes_raw()).decode()


def of_words(words: str) -> SigningKey:
    """The key that `new_key` wrote. Raises ImproperlyConfigured for anything else."""
    try:
        seed = base64.b64decode(words, altchars=b"-_", validate=True)
    except binascii.Error:
        seed = b""
    if len(seed) != 32:
        raise ImproperlyConfigured(
            "AUDIT_SIGNING_KEYS: each key is 32 random bytes in URL-safe Base64"
        )
    private = Ed25519PrivateKey.from_private_bytes(seed)
    return SigningKey(PublicKey(private.public_key().public_bytes_raw()), private)


@lru_cache(maxsize=8)
def _keys(given: tuple[str, ...]) -> tuple[SigningKey, ...]:
    found = tuple(of_words(words) for words in given)
    if not found:
        raise ImproperlyConfigured("AUDIT_SIGNING_KEYS: heads of the trail need a key to sign them")
    return found
