"""Pages of RDF from a stranger, read without asking anybody else and without unfolding anything.

A JSON-LD document may name contexts at other addresses, and an XML document may declare entities
that grow or that lie in files: both are refused before a parser of RDF sees the page.
"""

import json
from collections.abc import Mapping
from urllib.parse import urlsplit
from xml.parsers import expat
from xml.sax import SAXException

from rdflib import Graph
from rdflib.exceptions import Error
from rdflib.plugins.parsers.notation3 import BadSyntax

from catalog.sources.failures import SourceFailure

JSON_LD, TURTLE, XML = "json-ld", "turtle", "xml"
BY_TYPE: Mapping[str, str] = {
    "application/ld+json": JSON_LD,
    "application/json": JSON_LD,
    "text/turtle": TURTLE,
    "application/x-turtle": TURTLE,
    "application/n-triples": TURTLE,
    "application/rdf+xml": XML,
    "application/xml": XML,
    "text/xml": XML,
}
BY_ENDING: Mapping[str, str] = {
    "jsonld": JSON_LD,
    "json": JSON_LD,
    "ttl": TURTLE,
    "nt": TURTLE,
    "rdf": XML,
    "xml": XML,
}
# Whatever a parser of rdflib comes to grief over when a document is not what it says.
BROKEN = (
    Error,
    BadSyntax,
    SAXException,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    AssertionError,
    RecursionError,
)


def graph_of(body: bytes, *, kind: str, address: str) -> Graph:
    """The statements of the page; `kind` is its media type. Raises SourceFailure."""
    form = form_of(body, kind=kind, address=address)
    if form == JSON_LD:
        _refuse_far_contexts(body)
    elif form == XML:
        _refuse_declarations(body)
    graph = Graph(bind_namespaces="none")
    try:
        graph.parse(data=body, format=form, publicID=address)
    except BROKEN:
        raise SourceFailure("rdf_broken", form=form) from None
    return graph


def form_of(body: bytes, *, kind: str, address: str) -> str:
    """What the server says; else what the address ends in; else how the page begins."""
    ending = urlsplit(address).path.rpartition(".")[2].lower()
    start = body[:200].removeprefix(b"\xef\xbb\xbf").lstrip()
    guessed = JSON_LD if start[:1] in {b"{", b"["} else XML if start[:5] == b"<?xml" else TURTLE
    return BY_TYPE.get(kind) or BY_ENDING.get(ending) or guessed


def _refuse_far_contexts(body: bytes) -> None:
    try:
        waiting = [json.loads(body)]
    except (ValueError, RecursionError):
        raise SourceFailure("rdf_broken", form=JSON_LD) from None
    while waiting:
        node = waiting.pop()
        if isinstance(node, list):
            waiting += node
        elif isinstance(node, dict):
            contexts = node.get("@context")
            told = contexts if isinstance(contexts, list) else [contexts]
            if "@import" in node or any(isinstance(one, str) for one in told):
                raise SourceFailure("rdf_far_context")
            waiting += node.values()


def _refuse_declarations(body: bytes) -> None:
    parser = expat.ParserCreate()

    def declared(*_told: object) -> None:
        raise SourceFailure("rdf_declares")

    parser.StartDoctypeDeclHandler = declared
    parser.EntityDeclHandler = declared
    try:
        parser.Parse(body, True)  # noqa: FBT003
    except expat.ExpatError:
        raise SourceFailure("rdf_broken", form=XML) from None
