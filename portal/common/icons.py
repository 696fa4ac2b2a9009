"""The icons that the sprite holds."""

import re
from functools import cache
from pathlib import Path

from django.contrib.staticfiles import finders

SPRITE = "vendor/icons.svg"


class UnknownIcon(LookupError):
    """A template names an icon that the sprite does not hold."""


@cache
def names() -> frozenset[str]:
    found = finders.find(SPRITE)
    if found is None:
        raise UnknownIcon(f"{SPRITE} is not among the static files")
    return frozenset(re.findall(r'<symbol id="([^"]+)"', Path(found).read_text(encoding="utf-8")))


def check(name: str) -> str:
    """`name` itself, when the sprite holds it."""
    if name not in names():
        raise UnknownIcon(
            f"no icon {name!r}: add it to static/vendor/VERSIONS.toml and run vendor_assets"
        )
    return name
