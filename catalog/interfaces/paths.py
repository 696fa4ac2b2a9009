"""Paths that an interface allows: fixed segments, and such as the caller fills in."""

import re
from collections.abc import Iterable
from urllib.parse import quote, urlsplit

from catalog.models import InterfaceCall, PublishedInterface

FIXED = re.compile(r"[A-Za-z0-9._~-]{1,80}")
VARIABLE = re.compile(r"\{[a-z][a-z0-9_]{0,39}\}")
PARAMETER = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,59}")
LONGEST_VALUE = 200
DOTS = {".", ".."}


def is_template(path: str) -> bool:
    """Whether it is a path of fixed and variable segments that leads nowhere but down."""
    segments = path.removesuffix("/").split("/")
    return all(
        (FIXED.fullmatch(one) and one not in DOTS) or VARIABLE.fullmatch(one) for one in segments
    )


def matched(calls: Iterable[InterfaceCall], method: str, path: str) -> InterfaceCall | None:
    """The call that is meant; of several the one that fills in least."""
    fitting = [one for one in calls if one.method == method and _fits(one.path, path)]
    return min(fitting, key=lambda one: one.path.count("{"), default=None)


def address_of(interface: PublishedInterface, path: str) -> str:
    """Where the call goes. `path` is as `matched` took it: each of its segments is written as a value."""
    parts = urlsplit(interface.address)
    written = "/".join(quote(one, safe="") for one in path.split("/"))
    return parts._replace(path=f"{parts.path.rstrip('/')}/{written}").geturl()


def _fits(template: str, path: str) -> bool:
    wanted, given = template.split("/"), path.split("/")
    return len(wanted) == len(given) and all(map(_fills, wanted, given))


def _fills(wanted: str, given: str) -> bool:
    if not wanted.startswith("{"):
        return wanted == given
    return (
        0 < len(given) <= LONGEST_VALUE
        and given not in DOTS
        and given.isprintable()
        and "\\" not in given
    )
