"""The datasets of a DCAT catalogue: JSON-LD, Turtle or RDF/XML, page after page by Hydra's links."""

from collections.abc import Iterable, Sequence
from urllib.parse import urlsplit

from django.conf import settings
from rdflib import DCAT, DCTERMS, FOAF, RDF, Graph, Literal, Namespace, URIRef
from rdflib.term import Node

from catalog.sources import web
from catalog.sources.connector import Place
from catalog.sources.failures import SourceFailure
from catalog.sources.http_file import MARKUP, auth_headers

from .dataset import Dataset, Walked
from .rdf import graph_of
from .walking import Seen, Walk, page_address

HYDRA = Namespace("http://www.w3.org/ns/hydra/core#")
SCHEMA = Namespace("http://schema.org/")
SKOS_LABEL = URIRef("http://www.w3.org/2004/02/skos/core#prefLabel")
ACCEPT = "application/ld+json, text/turtle;q=0.9, application/rdf+xml;q=0.8"


def walk(place: Place, seen: Seen) -> Walked:
    """All datasets from the source's address on."""
    address = place.settings["address"]
    ending = Walk(seen)
    asked = {address}
    while True:
        graph = page_at(place, address)
        datasets = [
            _dataset(graph, one)
            for one in sorted(set(graph.subjects(RDF.type, DCAT.Dataset)), key=str)
        ]
        following = _next(graph, address, place)
        if following in asked:
            raise SourceFailure("harvest_loop", page=ending.pages + 1)
        ending.take(datasets, is_last=not following)
        if not following:
            return ending.ended(_announced(graph))
        asked.add(following)
        address = following


def page_at(place: Place, address: str) -> Graph:
    headers = {"Accept": ACCEPT, **auth_headers(place)}
    with web.get(address, headers) as answer:
        kind = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if kind in MARKUP:
            raise SourceFailure("markup_instead")
        body = answer.body(most=settings.SOURCE_PAGE_MOST_BYTES)
    return graph_of(body, kind=kind, address=address)


def _next(graph: Graph, address: str, place: Place) -> str:
    """Where the next page is. Raises SourceFailure when it lies on another server."""
    found: dict[str, set[str]] = {}
    for word in (HYDRA.next, HYDRA.nextPage):
        for view, target in graph.subject_objects(word):
            found.setdefault(str(view), set()).add(str(target))
    if not found:
        return ""
    targets = found.get(address) or set().union(*found.values())
    if len(targets) > 1:
        raise SourceFailure("harvest_paging")
    return _at_home(targets.pop(), place)


def _at_home(told: str, place: Place) -> str:
    """The address on the server that the steward named, by the scheme and port named there.

    Portals behind a proxy often write their own pages' addresses with http and another port.
    """
    if not web.is_address(told):
        raise SourceFailure("address_wrong")
    home, there = urlsplit(place.settings["address"]), urlsplit(told)
    if (there.hostname or "").lower() != (home.hostname or "").lower():
        raise SourceFailure("harvest_strays", host=there.hostname or "")
    return there._replace(scheme=home.scheme, netloc=home.netloc, fragment="").geturl()


def _announced(graph: Graph) -> int | None:
    told = {str(one) for one in graph.objects(None, HYDRA.totalItems)}
    if len(told) != 1:
        return None
    number = told.pop()
    return int(number) if number.isdigit() else None


def _dataset(graph: Graph, subject: Node) -> Dataset:
    identifier = str(subject) if isinstance(subject, URIRef) else ""
    titles = _texts(graph, subject, DCTERMS.title)
    page = next(iter(_words(graph, subject, DCAT.landingPage)), "") or identifier
    return Dataset(
        identifier=identifier or next(iter(_words(graph, subject, DCTERMS.identifier)), ""),
        title=_chosen(titles),
        title_en=_chosen([one for one in titles if _language(one) == "en"]),
        page=page_address(page),
        description=_chosen(_texts(graph, subject, DCTERMS.description)),
        keywords=tuple(_keywords(graph, subject)),
        frequency=next(iter(_words(graph, subject, DCTERMS.accrualPeriodicity)), ""),
        formats=frozenset(_formats(graph, subject)),
        temporal_from=min(_days(graph, subject, "startDate"), default=""),
        temporal_to=max(_days(graph, subject, "endDate"), default=""),
    )


def _texts(graph: Graph, subject: Node, word: URIRef) -> list[Literal]:
    return [one for one in graph.objects(subject, word) if isinstance(one, Literal)]


def _words(graph: Graph, subject: Node, word: URIRef) -> list[str]:
    return sorted(str(one) for one in graph.objects(subject, word))


def _language(text: Literal) -> str:
    return (text.language or "").lower().partition("-")[0]


def _chosen(texts: Sequence[Literal]) -> str:
    """Chinese before what has no language, before English, before all others."""
    order = {"zh": 0, "": 1, "en": 2}
    ranked = sorted((order.get(_language(one), 3), str(one)) for one in texts)
    return ranked[0][1] if ranked else ""


def _keywords(graph: Graph, subject: Node) -> list[str]:
    found = _texts(graph, subject, DCAT.keyword)
    chinese = [one for one in found if _language(one) == "zh"]
    return sorted(str(one) for one in chinese or found)


def _formats(graph: Graph, subject: Node) -> Iterable[str]:
    for distribution in graph.objects(subject, DCAT.distribution):
        for word in (DCTERMS["format"], DCAT.mediaType):
            for told in graph.objects(distribution, word):
                yield str(told)
                yield from (str(one) for one in graph.objects(told, SKOS_LABEL))
        if (distribution, DCAT.accessService, None) in graph:
            yield "api"


def _days(graph: Graph, subject: Node, word: str) -> list[str]:
    """Of all times that the dataset covers."""
    return [
        str(one)
        for time in graph.objects(subject, DCTERMS.temporal)
        for name in (DCAT[word], SCHEMA[word])
        for one in graph.objects(time, name)
    ]


def title_of(graph: Graph) -> str:
    """What the catalogue calls itself; else where its home is."""
    for catalogue in sorted(graph.subjects(RDF.type, DCAT.Catalog), key=str):
        if title := _chosen(_texts(graph, catalogue, DCTERMS.title)):
            return title
        for home in _words(graph, catalogue, FOAF.homepage):
            return home
    return ""
