"""How entries, departments and what belongs to them are called in other systems.

A name is for addresses and search, and tells the code; an id is a UUID that no other portal gives
out. Both can be read back, so that nothing has to be stored for those who ask by one of them.
"""

import hashlib
import re
import uuid
from enum import IntEnum
from functools import lru_cache

from catalog.models import Resource, ResourceClass, SharingMode
from portal.organisation.models import Department

MODES = tuple(SharingMode)
GROUPS = {
    "basic": ResourceClass.BASIC,
    "theme": ResourceClass.THEME,
    "department": ResourceClass.DEPARTMENT,
}
GROUP_NAMES = {value: name for name, value in GROUPS.items()}
ESCAPED = re.compile(r"_([0-9a-f]+)_")
LARGEST_KEY = 2**48 - 1


class Kind(IntEnum):
    """What a UUID stands for; it is part of it. Ways of sharing count from WAY upwards."""

    ENTRY = 1
    DEPARTMENT = 2
    GROUP = 3
    TAG = 4
    WAY = 16


def name_of_code(code: str) -> str:
    """A resource code in letters that CKAN takes: 307012001/000015 becomes 307012001-000015.

    Codes of other schemes may hold anything: what is neither a small letter nor a digit nor "/" is
    written as its number between underscores, so that two codes never share a name.
    """
    return "".join(
        letter
        if letter.isascii() and (letter.islower() or letter.isdecimal())
        else "-"
        if letter == "/"
        else f"_{ord(letter):x}_"
        for letter in code
    )


def code_of_name(name: str) -> str | None:
    """The code that has this name; None when no code can."""
    try:
        code = ESCAPED.sub(lambda found: chr(int(found[1], 16)), name.replace("-", "/"))
    except (ValueError, OverflowError):
        return None
    return code if name_of_code(code) == name else None


def name_of_department(department: Department) -> str:
    """Its unified social credit code, in small letters: unique in the whole country."""
    return department.uscc.lower()


def id_of_entry(resource: Resource) -> str:
    return _id(Kind.ENTRY, resource.pk, _salt(resource))


def id_of_way(resource: Resource, mode: str) -> str:
    """Of one way in which the entry's data is shared."""
    return _id(Kind.WAY + MODES.index(SharingMode(mode)), resource.pk, _salt(resource))


def id_of_department(department: Department) -> str:
    return _id(Kind.DEPARTMENT, department.pk, department.uscc)


def id_of_group(name: str) -> str:
    return _id(Kind.GROUP, int(GROUPS[name]), name)


@lru_cache(maxsize=4096)
def id_of_tag(tag: str) -> str:
    return _id(Kind.TAG, 0, tag)


def key_in(given: str) -> tuple[int, int] | None:
    """Kind and key in an id, for the look-up; whether the rest is right, the caller compares."""
    try:
        read = uuid.UUID(given)
    except ValueError:
        return None
    return (read.int >> 64) & 0xFFF, read.int >> 80


def _salt(resource: Resource) -> str:
    return f"{resource.code} {resource.created_at.timestamp()}"


def _id(kind: int, key: int, salt: str) -> str:
    """A UUID of version 8 (RFC 9562): key, kind, and 62 bits that tell it from other portals' ones."""
    rest = int.from_bytes(hashlib.sha256(f"{kind} {salt}".encode()).digest()[:8], "big")
    number = key << 80 | 8 << 76 | kind << 64 | 0b10 << 62 | rest >> 2
    return str(uuid.UUID(int=number))
