"""Turns what a service tells the trail into plain JSON, and keeps secrets out of it."""

import math
import re
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

from django.utils.duration import duration_iso_string
from django.utils.functional import Promise

SECRET_KEY_NAME = re.compile(r"(^|_)(password|passwd|secret|token|api_?key|private_?key)s?$")
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def text(value: object) -> str:
    r"""`value` in characters that PostgreSQL can keep: NUL and lone surrogates become `\uXXXX`."""
    return UNSTORABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", str(value))


def plain(value: Any) -> Any:
    """`value` made of dict, list, str, int, float, bool and None, all of which PostgreSQL can keep.

    Decimals become text, so that no digit is lost. Raises ValueError for a key that names a secret,
    and for a type that has no agreed form (a model: record its key or its words).
    """
    if isinstance(value, Enum):
        return plain(value.value)
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, str | Decimal | UUID | Promise):
        return text(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return duration_iso_string(value)
    if isinstance(value, Mapping):
        return _plain_mapping(value)
    if isinstance(value, set | frozenset):
        return sorted((plain(inner) for inner in value), key=str)
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    raise ValueError(f"the audit trail keeps no {type(value).__name__}")


def _plain_mapping(value: Mapping[Any, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, inner in value.items():
        name = text(plain(key))
        if names_a_secret(name):
            raise ValueError(f"{name!r} names a secret: the audit trail keeps none")
        if name in found:
            raise ValueError(f"two keys of the same name: {name!r}")
        found[name] = plain(inner)
    return found


def names_a_secret(key: str) -> bool:
    """Whether `key` holds what must not be written down: password, clientSecret, access-token."""
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", key).replace("-", "_").replace(" ", "_")
    return SECRET_KEY_NAME.search(snake.lower()) is not None
