"""Secrets and signatures as Standard Webhooks has them, so that its libraries verify ours."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterable

START = "whsec_"


def new_secret() -> str:
    return START + base64.b64encode(secrets.token_bytes(32)).decode()


def signatures(known: Iterable[str], *, event_id: str, timestamp: int, body: bytes) -> str:
    """The header `webhook-signature` by each of the secrets that hold: any of them verifies it."""
    return " ".join(
        signature(one, event_id=event_id, timestamp=timestamp, body=body) for one in known
    )


def signature(secret: str, *, event_id: str, timestamp: int, body: bytes) -> str:
    """One signature of this body, sent at this second."""
    key = base64.b64decode(secret.removeprefix(START))
    signed = f"{event_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
