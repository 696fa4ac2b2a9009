"""Passwords of sources, encrypted at rest: see `portal.common.sealing`."""

from portal.common.sealing import SealBroken, seal
from portal.common.sealing import unseal as opened

from .failures import SourceFailure

__all__ = ["seal", "unseal"]


def unseal(sealed: bytes | memoryview) -> str:
    """The password. Raises SourceFailure when no key opens it: then it must be entered again."""
    try:
        return opened(sealed)
    except SealBroken:
        raise SourceFailure("credentials_unreadable") from None
