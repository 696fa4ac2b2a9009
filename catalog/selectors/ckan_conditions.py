"""What a CKAN query asks, as conditions on entries that one may see.

The fields are those of CKAN's search schema, and ours beside them. A field that nobody knows matches
nothing, as its catch-all field of that schema does.
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils import timezone

from catalog import search
from catalog.formats.ckan.moments import moment
from catalog.formats.ckan.query import (
    ANY_TEXT,
    All,
    Any_,
    Condition,
    Everything,
    Match,
    Not,
    Range,
)
from catalog.formats.ckan.refusals import SearchError
from catalog.formats.identifiers import GROUPS, Kind, code_of_name, key_in
from catalog.formats.ways import BY_FORMAT
from catalog.models import Resource, SharingAttribute

MOST_TEXTS = 32
NOTHING = Q(pk__in=[])
EVERYTHING = ~NOTHING
DATES = {"metadata_modified": "updated_at", "metadata_created": "created_at"}
# String fields: what they are called in CKAN and here.
COLUMNS = {
    "code": "code",
    "data_format": "data_format",
    "grade": "grade",
    "sharing_attribute": "sharing_attribute",
    "spatial_code": "spatial_code",
    "title_string": "name",
    "update_frequency": "update_frequency",
}
TEXTS = {
    "title": ("name", "name_en"),
    "notes": ("abstract",),
    "author": ("department__name", "department__short_name"),
    "maintainer": ("contact_name", "department__work_body"),
}


def compiled(condition: Condition) -> Q:
    return _Compiler(now=timezone.now()).of(condition)


class _Compiler:
    def __init__(self, *, now: datetime) -> None:
        self.now = now
        self.texts = 0

    def of(self, condition: Condition) -> Q:
        match condition:
            case Everything():
                return EVERYTHING
            case Not(part=part):
                return ~self.of(part)
            case All(parts=parts):
                found = EVERYTHING
                for part in parts:
                    found &= self.of(part)
                return found
            case Any_(parts=parts):
                found = NOTHING
                for part in parts:
                    found |= self.of(part)
                return found
            case Range():
                return self.range(condition)
            case Match():
                return self.match(condition)

    def match(self, asked: Match) -> Q:
        field = asked.field.removeprefix("extras_")
        if field in DATES:
            if asked.pattern == "*":
                return EVERYTHING
            return Q(**{DATES[field]: moment(asked.text, now=self.now)})
        if field == ANY_TEXT:
            return EVERYTHING if asked.pattern == "*" else self.text(asked.text)
        if field in COLUMNS:
            return _column(COLUMNS[field], asked)
        if field in TEXTS:
            return _text(TEXTS[field], asked)
        if field in EXACT:
            return EXACT[field](asked)
        return NOTHING

    def text(self, words: str) -> Q:
        """By the portal's own search, so that CKAN's clients find what its pages find."""
        self.texts += 1
        if self.texts > MOST_TEXTS:
            raise SearchError("too many boolean clauses")
        terms = search.parse(words)
        if not terms:
            return NOTHING
        return Q(pk__in=search.matching(Resource.objects.all(), terms).values("pk"))

    def range(self, asked: Range) -> Q:
        field = asked.field.removeprefix("extras_")
        ends: dict[str, Any] = {
            "gte" if asked.with_low else "gt": asked.low,
            "lte" if asked.with_high else "lt": asked.high,
        }
        ends = {how: end for how, end in ends.items() if end is not None}
        if field in DATES:
            column = DATES[field]
            ends = {how: moment(end, now=self.now) for how, end in ends.items()}
        elif field in COLUMNS:
            column = COLUMNS[field]
        else:
            is_known = field in EXACT or field in TEXTS or field == ANY_TEXT
            return EVERYTHING if is_known and not ends else NOTHING
        return Q(**{f"{column}__{how}": end for how, end in ends.items()}) & EVERYTHING


def _column(column: str, asked: Match) -> Q:
    if asked.pattern is None:
        return Q(**{column: asked.text})
    if asked.pattern == "*":
        return ~Q(**{column: ""})
    return Q(**{f"{column}__regex": _regex(asked.pattern)})


def _text(columns: tuple[str, ...], asked: Match) -> Q:
    """Each word of it somewhere in the texts."""
    found = EVERYTHING
    for word in asked.text.replace("*", " ").replace("?", " ").split() or [""]:
        somewhere = NOTHING
        for column in columns:
            somewhere |= Q(**{f"{column}__icontains": word})
        found &= somewhere
    return found


def _regex(pattern: str) -> str:
    """The wildcards of a term as a regular expression of the whole value."""
    said = re.sub(
        r"\\(.)|([*?])|(.)",
        lambda found: (
            {"*": ".*", "?": "."}[found[2]] if found[2] else re.escape(found[1] or found[3])
        ),
        pattern,
        flags=re.DOTALL,
    )
    return f"^(?:{said})$"


def _by_id(kind: Kind, column: str) -> Callable[[Match], Q]:
    def condition(asked: Match) -> Q:
        if asked.pattern == "*":
            return EVERYTHING
        read = key_in(asked.text)
        return Q(**{column: read[1]}) if read and read[0] == kind else NOTHING

    return condition


def _name(asked: Match) -> Q:
    if asked.pattern is not None:
        return Q(code__regex=_regex(asked.pattern.replace("-", "/")))
    code = code_of_name(asked.text)
    return NOTHING if code is None else Q(code=code)


def _organization(asked: Match) -> Q:
    if asked.pattern is not None:
        return Q(department__uscc__iregex=_regex(asked.pattern))
    is_small = asked.text == asked.text.lower()
    return Q(department__uscc=asked.text.upper()) if is_small else NOTHING


def _groups(asked: Match) -> Q:
    if asked.pattern is not None:
        fits = re.compile(_regex(asked.pattern))
        return Q(resource_class__in=[GROUPS[name] for name in GROUPS if fits.match(name)])
    return Q(resource_class=GROUPS[asked.text]) if asked.text in GROUPS else NOTHING


def _tags(asked: Match) -> Q:
    if asked.pattern == "*":
        return ~Q(tags=[])
    return Q(tags__contains=[asked.text])


def _formats(asked: Match) -> Q:
    shared = ~Q(sharing_attribute=SharingAttribute.NOT_SHARED)
    if asked.pattern == "*":
        return shared & Q(sharing_modes__overlap=list(BY_FORMAT.values()))
    mode = BY_FORMAT.get(asked.text.upper())
    return NOTHING if mode is None else shared & Q(sharing_modes__contains=[mode])


def _one_of(values: Mapping[str, Q]) -> Callable[[Match], Q]:
    def condition(asked: Match) -> Q:
        return EVERYTHING if asked.pattern == "*" else values.get(asked.text.lower(), NOTHING)

    return condition


EXACT: Mapping[str, Callable[[Match], Q]] = {
    "capacity": _one_of({"public": Q(is_open=True), "private": Q(is_open=False)}),
    "dataset_type": _one_of({"dataset": EVERYTHING}),
    "groups": _groups,
    "id": _by_id(Kind.ENTRY, "pk"),
    "name": _name,
    "organization": _organization,
    "owner_org": _by_id(Kind.DEPARTMENT, "department"),
    "private": _one_of({"true": Q(is_open=False), "false": Q(is_open=True)}),
    "res_format": _formats,
    "state": _one_of({"active": EVERYTHING}),
    "tags": _tags,
    "type": _one_of({"dataset": EVERYTHING}),
}
