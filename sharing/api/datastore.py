"""`datastore_search` of CKAN's Action API: rows for who holds a live agreement, through its view."""

import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from catalog.api.ckan.actions import Written
from catalog.api.ckan.arguments import Arguments
from catalog.api.ckan.caller import Caller
from catalog.formats.ckan.refusals import NotAuthorized, NotFound, NotNow, ValidationError
from catalog.parties import Visitor
from catalog.selectors import ckan
from catalog.store.columns import Column
from portal.common.errors import DomainError, Invalid, NotAllowed
from portal.common.errors import NotFound as NoSuch
from sharing.delivery import pages
from sharing.selectors.agreements import agreement_on

USUAL = 100
FARTHEST = 2**31 - 1
UNSERVED = {
    "q": "Rows are not searched for words: use filters",
    "full_text": "Rows are not searched for words: use filters",
    "sort": "Rows come in the order of their key",
    "distinct": "Rows come as they are, each with its key",
}
# PostgreSQL's own short names, as CKAN's datastore tells them.
TYPES = {
    "bigint": "int8",
    "boolean": "bool",
    "date": "date",
    "double precision": "float8",
    "timestamp with time zone": "timestamptz",
}


def datastore_search(caller: Caller, given: Arguments) -> Written:
    """Rows of a resource, for who holds a live agreement on it (Decree 809, Art. 20 to 22).

    `resource_id`; `fields`, `filters`, `limit` (usually 100, at most 10000), `offset`,
    `include_total`. Follow `_links.next`: it goes on behind the last row, and costs less than
    `offset` alone. Each call counts against the agreed quotas.
    """
    wanted = (given.text("resource_id") if given.has("resource_id") else given.text("id")).strip()
    wanted = wanted or given.needed("resource_id")
    found = ckan.way_named(caller.party, wanted)
    if found is None:
        raise NotFound(f'Resource "{wanted}" was not found.')
    party = caller.party
    if isinstance(party, Visitor):
        raise _under_agreements_alone(caller)
    agreement = agreement_on(party, found[0])
    if agreement is None:
        raise _under_agreements_alone(caller)
    question = _question(given)
    try:
        page = pages.page(
            number=agreement.number, party=party, question=question, query=_noted(given)
        )
    except DomainError as refusal:
        raise _as_ckan_says(refusal) from refusal
    start = given.natural("offset", 0) or 0
    result = {
        "include_total": question.is_counted,
        "limit": int(question.limit),
        "offset": start,
        "records_format": "objects",
        "resource_id": wanted,
        "agreement": agreement.number,
        "total_estimation_threshold": None,
        "fields": [{"id": column.name, "type": _type(column)} for column in page.columns],
        "_links": _links(given, wanted, start, page),
    }
    if page.total is not None:
        result |= {"total": page.total, "total_was_estimated": False}
    # The rows are as PostgreSQL wrote them: to read and write them again would cost, and round numbers.
    return Written(f'{json.dumps(result)[:-1]}, "records": {page.document}}}')


def _under_agreements_alone(caller: Caller) -> NotAuthorized:
    return NotAuthorized(
        "rows leave this portal under a live agreement only; with one, read them here or at "
        f"{caller.base}api/v1/agreements/{{number}}/rows/"
    )


def _question(given: Arguments) -> pages.Question:
    for name, words in UNSERVED.items():
        if given.given.get(name) not in (None, "", False, [], {}, "false", "False"):
            raise ValidationError(**{name: [words]})
    if given.text("records_format") not in ("", "objects"):
        raise ValidationError(records_format=["Rows come as objects: take export.csv for a table"])
    limit = given.natural("limit", USUAL)
    after = given.text("after") or None
    offset = given.natural("offset", 0) or 0
    return pages.Question(
        fields=[
            name.strip()
            for one in given.joined("fields")
            for name in one.split(",")
            if name.strip()
        ],
        limit=str(min(USUAL if limit is None else limit, pages.MOST)),
        after=after,
        filters=_filters(given),
        start=0 if after else min(offset, FARTHEST),
        least=0,
        is_counted=given.flag("include_total", default=True),
    )


def _filters(given: Arguments) -> Mapping[str, Sequence[str]]:
    """A value or several of a column; several mean any of them."""
    asked = given.given.get("filters")
    if isinstance(asked, str) and asked.strip():
        try:
            asked = json.loads(asked, parse_float=str, parse_int=str)
        except (ValueError, RecursionError):
            raise ValidationError(filters=["Could not parse as valid JSON"]) from None
    if asked in (None, "", {}):
        return {}
    if not isinstance(asked, dict):
        raise ValidationError(filters=["Not a json object"])
    filters = {}
    for name, values in asked.items():
        several = values if isinstance(values, list) else [values]
        if not several or not all(isinstance(one, str | int | float) for one in several):
            raise ValidationError(filters=[f"{name}: a text, a number, or a list of them"])
        filters[name] = [str(one).lower() if isinstance(one, bool) else str(one) for one in several]
    return filters


def _as_ckan_says(refusal: DomainError) -> NotAuthorized | ValidationError | NotNow:
    if isinstance(refusal, NotAllowed | NoSuch):
        return NotAuthorized(str(refusal.message))
    if isinstance(refusal, Invalid):
        errors: dict[str, list[str]] = {}
        for name, words in refusal.fields.items():
            is_argument = name in pages.RESERVED
            field = name if is_argument else "filters"
            told = [str(one) for one in words]
            if not is_argument and name != "filter":
                told = [f"{name}: {one}" for one in told]
            errors.setdefault(field, []).extend(told)
        return ValidationError(**errors)
    return NotNow(str(refusal.message), status=refusal.status, retry_after=refusal.retry_after)


def _type(column: Column) -> str:
    return TYPES.get(column.type, "numeric" if column.type.startswith("numeric") else "text")


def _noted(given: Arguments) -> str:
    known = ("fields", "filters", "limit", "offset", "after")
    return "&".join(
        ["datastore_search", *(f"{name}={given.given[name]}" for name in known if given.has(name))]
    )


def _links(given: Arguments, wanted: str, start: int, page: pages.Page) -> dict[str, str]:
    """`next` has both the place and, for clients that reckon with it, how many rows came before."""
    kept: dict[str, Any] = {"resource_id": wanted}
    for name in ("fields", "filters", "limit", "include_total"):
        value = given.given.get(name)
        if value not in (None, ""):
            kept[name] = value if isinstance(value, str | int) else json.dumps(value)
    path = reverse("ckan-action", args=["datastore_search"])
    links = {"start": f"{path}?{urlencode(kept)}"}
    if page.after is not None:
        place = {"after": page.after, "offset": start + page.count}
        links["next"] = f"{path}?{urlencode({**kept, **place})}"
    return links
