"""Entries as CKAN's packages."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from catalog.formats.ckan import shapes
from catalog.formats.ckan.query import Condition, parse, parse_words
from catalog.formats.ckan.refusals import NotFound, SearchQueryError
from catalog.formats.identifiers import GROUPS, name_of_code
from catalog.selectors import ckan

from .arguments import Arguments
from .caller import Caller

MOST_ROWS = 1000
USUAL_SORT = "score desc, metadata_modified desc"
SORT = re.compile(r"([\w.*-]+)\s+(asc|desc)", re.IGNORECASE)
EMPTY_QUESTIONS = ("", "*", "*:*", '""', "''")


def package_list(caller: Caller, given: Arguments) -> list[str]:
    rows = given.natural("limit", None)
    start = given.natural("offset", 0) or 0
    return [name_of_code(code) for code in ckan.codes_for(caller.party, start=start, rows=rows)]


def package_show(caller: Caller, given: Arguments) -> shapes.Shape:
    name = given.text("id") if given.has("id") else given.text("name_or_id")
    found = ckan.entry_named(caller.party, name or given.needed("id"))
    if found is None:
        raise NotFound
    return shapes.package(found, caller.base)


def package_search(caller: Caller, given: Arguments) -> Mapping[str, Any]:
    sort = given.text("sort").strip()
    sort = USUAL_SORT if sort in {"", "rank"} else sort
    found = ckan.found_for(
        caller.party,
        _conditions(given),
        order=_order(sort),
        start=given.natural("start", 0) or 0,
        rows=min(given.natural("rows", 10) or 0, MOST_ROWS),
        facets=_facets(given),
    )
    results = [shapes.package(resource, caller.base) for resource in found.resources]
    if fields := _fields(given):
        results = [{name: one[name] for name in fields if name in one} for one in results]
    return {
        "count": found.count,
        "results": results,
        "sort": sort,
        "facets": found.facets,
        "search_facets": {
            field: shapes.facet(field, counts, _words(field, counts))
            for field, counts in found.facets.items()
        },
    }


def _conditions(given: Arguments) -> Sequence[Condition]:
    conditions = []
    question = " ".join(given.joined("q")).strip()
    if question not in EMPTY_QUESTIONS:
        conditions.append(parse_words(question))
    filters = [*given.joined("fq"), *given.joined("fq_list")]
    conditions += [parse(one) for one in filters if one.strip() and one.strip() != "*:*"]
    return conditions


def _order(sort: str) -> Sequence[tuple[str, bool]]:
    """What Solr would sort by; fields that no entry has leave all in their places."""
    order = []
    for part in sort.split(","):
        asked = SORT.fullmatch(part.strip())
        if asked is None:
            raise SearchQueryError('Invalid "sort" parameter')
        if asked[1] in ckan.SORTABLE:
            order.append((asked[1], asked[2].lower() == "desc"))
    return order


def _facets(given: Arguments) -> ckan.FacetsAsked:
    fields = given.words("facet.field")
    least = given.natural("facet.mincount", 1)
    limit = given.whole("facet.limit", 50)
    if not given.flag("facet", default=True):
        return ckan.FacetsAsked()
    return ckan.FacetsAsked(
        fields=list(dict.fromkeys(fields))[:20],
        limit=50 if limit is None else limit,
        least=1 if least is None else least,
    )


def _fields(given: Arguments) -> Sequence[str]:
    return [name for one in given.joined("fl") for name in re.split(r"[,\s]+", one) if name]


def _words(field: str, counts: Mapping[str, int]) -> Mapping[str, str]:
    if field == "organization":
        return ckan.department_names(list(counts))
    if field == "groups":
        return {name: shapes.group(name)["title"] for name in counts if name in GROUPS}
    return {}
