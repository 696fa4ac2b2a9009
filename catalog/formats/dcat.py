"""The catalogue as DCAT-AP 3.0.1 in RDF.

Everything that carries a name has an address of its own, so that two runs make the same graph and
nothing has to be held beyond one page. Rows are never part of it, nor a way to them: a distribution
leads to the entry's page, where they are asked for.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from urllib.parse import quote

from rdflib import DCAT, DCTERMS, FOAF, PROV, RDF, RDFS, SKOS, XSD, Graph, Literal, Namespace
from rdflib import URIRef as Iri
from rdflib.term import Node

from catalog.models import Resource, ResourceClass, SharingAttribute, SharingMode, UpdateFrequency
from catalog.selectors.exchange import FeedPage
from portal.organisation.models import Department

from .dcat_terms import FREQUENCIES, THEME_NAMES, access_right_of, authority, themes_of
from .ways import FILE_TYPE, MEDIA_TYPE, Way, ways_of
from .words import PORTAL, label, portal_name, sound

HYDRA = Namespace("http://www.w3.org/ns/hydra/core#")
DCATAP = Namespace("http://data.europa.eu/r5r/")
VCARD = Namespace("http://www.w3.org/2006/vcard/ns#")
ELI = Namespace("http://data.europa.eu/eli/ontology#")
FORMATS = {
    "jsonld": ("json-ld", "application/ld+json"),
    "ttl": ("turtle", "text/turtle"),
    "xml": ("xml", "application/rdf+xml"),
}
PREFIXES = {
    "dcat": DCAT,
    "dcatap": DCATAP,
    "dct": DCTERMS,
    "eli": ELI,
    "foaf": FOAF,
    "hydra": HYDRA,
    "prov": PROV,
    "skos": SKOS,
    "vcard": VCARD,
}
DECREE = {
    "zh": "政务数据共享条例（国务院令第809号）",
    "en": "Regulation on Government Data Sharing",
}


@dataclass(frozen=True, slots=True)
class Links:
    """Where the page, its neighbours and the portal are; `base` ends with a slash."""

    base: str
    this: str
    first: str
    last: str
    next: str | None
    previous: str | None
    size: int


def catalogue_graph(page: FeedPage, links: Links) -> Graph:
    """One page of the catalogue: each page is complete in itself."""
    writer = _Writer(links.base, page)
    catalogue = writer.catalogue(page.publisher)
    for resource in page.resources:
        writer.add(catalogue, DCAT.dataset, writer.dataset(resource))
    writer.paging(page, links)
    return writer.graph


def dataset_graph(page: FeedPage, *, base: str) -> Graph:
    """One entry, with all that it points to."""
    writer = _Writer(base, page)
    for resource in page.resources:
        writer.dataset(resource)
    return writer.graph


def fingerprint(graph: Graph) -> str:
    """The same for the same statements, in whatever order they are written out."""
    digest = hashlib.sha256()
    for line in sorted(" ".join(node.n3() for node in triple) for triple in graph):
        digest.update(line.encode())
    return digest.hexdigest()[:32]


def written(graph: Graph, form: str) -> bytes:
    """The graph in one of FORMATS, as UTF-8."""
    name = FORMATS[form][0]
    if form == "jsonld":
        context = {prefix: str(namespace) for prefix, namespace in PREFIXES.items()}
        return graph.serialize(format=name, encoding="utf-8", context=context)
    return graph.serialize(format=name, encoding="utf-8")


class _Writer:
    def __init__(self, base: str, page: FeedPage) -> None:
        self.base = base
        self.page = page
        self.catalogue_iri = Iri(f"{base}catalog/")
        self.graph = Graph(bind_namespaces="none")
        for prefix, namespace in PREFIXES.items():
            self.graph.bind(prefix, namespace)

    def add(self, subject: Node, predicate: Node, value: Node) -> None:
        self.graph.add((subject, predicate, value))

    def say(self, subject: Node, predicate: Node, text: str, language: str | None = "zh") -> None:
        """A text, where there is one."""
        if text := sound(text):
            self.add(subject, predicate, Literal(text, lang=language))

    def say_all(self, subject: Node, predicate: Node, texts: Mapping[str, str]) -> None:
        for language, text in texts.items():
            self.say(subject, predicate, text, language)

    def thing(self, iri: Iri, *kinds: Node) -> Iri:
        for kind in kinds:
            self.add(iri, RDF.type, kind)
        return iri

    def here(self, part: str) -> Iri:
        """Something that the catalogue names and that has no page of its own."""
        return Iri(f"{self.catalogue_iri}#{quote(part)}")

    def catalogue(self, publisher: Department | None) -> Iri:
        iri = self.thing(self.catalogue_iri, DCAT.Catalog)
        name = portal_name(PORTAL)
        self.say_all(iri, DCTERMS.title, name)
        self.say_all(iri, DCTERMS.description, name)
        self.add(iri, FOAF.homepage, self.thing(Iri(self.base), FOAF.Document))
        self.language(iri)
        self.add(iri, DCATAP.applicableLegislation, self.decree())
        if publisher is not None:
            agent = self.agent(publisher)
        else:
            agent = self.thing(self.here("publisher"), FOAF.Agent)
            self.say_all(agent, FOAF.name, name)
        self.add(iri, DCTERMS.publisher, agent)
        for kind in ResourceClass:
            self.class_concept(kind)
        self.add(iri, DCAT.themeTaxonomy, self.scheme())
        return iri

    def paging(self, page: FeedPage, links: Links) -> None:
        """Hydra as ckanext-dcat and udata read it: both names of the class, both names of links."""
        view = self.thing(Iri(links.this), HYDRA.PartialCollectionView, HYDRA.PagedCollection)
        self.add(self.catalogue_iri, HYDRA.view, view)
        self.add(self.catalogue_iri, HYDRA.totalItems, _whole(page.total))
        self.add(view, HYDRA.totalItems, _whole(page.total))
        self.add(view, HYDRA.itemsPerPage, _whole(links.size))
        for word, older, address in (
            ("first", "firstPage", links.first),
            ("last", "lastPage", links.last),
            ("next", "nextPage", links.next),
            ("previous", "previousPage", links.previous),
        ):
            if address is not None:
                self.add(view, HYDRA[word], Iri(address))
                self.add(view, HYDRA[older], Iri(address))

    def dataset(self, resource: Resource) -> Iri:
        page = f"{self.catalogue_iri}{resource.pk}/"
        iri = self.thing(Iri(f"{page}#dataset"), DCAT.Dataset)
        self.titles(iri, resource)
        self.say(iri, DCTERMS.identifier, resource.code, None)
        for tag in resource.tags:
            self.say(iri, DCAT.keyword, tag)
        self.add(iri, DCAT.landingPage, self.thing(Iri(page), FOAF.Document))
        self.language(iri)
        self.agents(iri, resource)
        self.contact(iri, page, resource)
        self.themes(iri, resource)
        self.cover(iri, page, resource)
        self.rights(iri, page, resource)
        self.origin(iri, page, resource)
        if resource.published_at is not None:
            self.add(iri, DCTERMS.issued, _moment(resource.published_at))
        self.add(iri, DCTERMS.modified, _moment(resource.updated_at))
        for code in resource.related_codes:
            if code in self.page.related:
                other = Iri(f"{self.catalogue_iri}{self.page.related[code]}/#dataset")
                self.add(iri, DCTERMS.relation, other)
        for way in ways_of(resource):
            self.add(iri, DCAT.distribution, self.distribution(page, resource, way))
        return iri

    def titles(self, iri: Iri, resource: Resource) -> None:
        self.say(iri, DCTERMS.title, resource.name)
        self.say(iri, DCTERMS.title, resource.name_en, "en")
        self.say(iri, DCTERMS.description, resource.abstract)
        for needed in (DCTERMS.title, DCTERMS.description):  # of each there must be one
            if (iri, needed, None) not in self.graph:
                self.say(iri, needed, sound(resource.name) or resource.code)

    def agents(self, iri: Iri, resource: Resource) -> None:
        self.add(iri, DCTERMS.publisher, self.agent(resource.department))
        if resource.source_department is not None:
            self.add(iri, DCTERMS.creator, self.agent(resource.source_department))

    def agent(self, department: Department) -> Iri:
        agent = self.thing(self.here(f"department-{department.uscc}"), FOAF.Agent)
        self.say(agent, FOAF.name, sound(department.name) or department.uscc)
        self.say(agent, DCTERMS.identifier, department.uscc, None)
        return agent

    def contact(self, iri: Iri, page: str, resource: Resource) -> None:
        department = resource.department
        card = self.thing(Iri(f"{page}#contact"), VCARD.Kind, VCARD.Organization)
        name = resource.contact_name or department.work_body or department.name
        self.say(card, VCARD.fn, name)
        self.say(card, VCARD["organization-name"], department.name)
        if number := re.sub(r"[^0-9+]", "", resource.contact_phone or department.phone):
            self.add(card, VCARD.hasTelephone, Iri(f"tel:{number}"))
        if resource.contact_email:
            self.add(card, VCARD.hasEmail, Iri(f"mailto:{quote(resource.contact_email, safe='@')}"))
        self.add(iri, DCAT.contactPoint, card)

    def themes(self, iri: Iri, resource: Resource) -> None:
        kind = ResourceClass(resource.resource_class)
        concept = self.thing(
            self.here(f"class-{kind.value}-{resource.classification}"), SKOS.Concept
        )
        code = f"{kind.value}{resource.classification}"
        name, name_en = self.page.classes.get(
            (resource.resource_class, resource.classification), (f"{label(kind)['zh']} {code}", "")
        )
        self.say(concept, SKOS.prefLabel, name)
        self.say(concept, SKOS.prefLabel, name_en, "en")
        self.say(concept, SKOS.notation, code, None)
        self.add(concept, SKOS.inScheme, self.scheme())
        self.add(concept, SKOS.broader, self.class_concept(kind))
        self.add(iri, DCAT.theme, concept)
        for word in themes_of(resource):
            theme = self.thing(authority("data-theme", word), SKOS.Concept)
            self.say(theme, SKOS.prefLabel, THEME_NAMES[word], "en")
            self.add(iri, DCAT.theme, theme)

    def class_concept(self, kind: ResourceClass) -> Iri:
        concept = self.thing(self.here(f"class-{kind.value}"), SKOS.Concept)
        self.say_all(concept, SKOS.prefLabel, label(kind))
        self.say(concept, SKOS.notation, kind.value, None)
        self.add(concept, SKOS.inScheme, self.scheme())
        self.add(concept, SKOS.topConceptOf, self.scheme())
        return concept

    def scheme(self) -> Iri:
        scheme = self.thing(self.here("classification"), SKOS.ConceptScheme)
        self.say(scheme, DCTERMS.title, "政务数据目录资源分类")
        self.say(scheme, DCTERMS.title, "Classification of government data resources", "en")
        return scheme

    def cover(self, iri: Iri, page: str, resource: Resource) -> None:
        frequency = FREQUENCIES[UpdateFrequency(resource.update_frequency)]
        often = self.thing(authority("frequency", frequency), DCTERMS.Frequency)
        self.add(iri, DCTERMS.accrualPeriodicity, often)
        if code := resource.spatial_code:
            place = self.thing(self.here(f"division-{code}"), DCTERMS.Location)
            self.say(place, DCTERMS.identifier, code, None)  # GB/T 2260
            self.say(place, SKOS.prefLabel, self.page.divisions.get(code, ""))
            self.add(iri, DCTERMS.spatial, place)
        if resource.temporal_from or resource.temporal_to:
            time = self.thing(Iri(f"{page}#time"), DCTERMS.PeriodOfTime)
            if resource.temporal_from:
                self.add(time, DCAT.startDate, _day(resource.temporal_from))
            if resource.temporal_to:
                self.add(time, DCAT.endDate, _day(resource.temporal_to))
            self.add(iri, DCTERMS.temporal, time)

    def rights(self, iri: Iri, page: str, resource: Resource) -> None:
        right = authority("access-right", access_right_of(resource))
        self.add(iri, DCTERMS.accessRights, self.thing(right, DCTERMS.RightsStatement))
        self.add(iri, DCATAP.applicableLegislation, self.decree())
        if resource.sharing_attribute == SharingAttribute.NOT_SHARED and resource.basis_title:
            basis = self.thing(Iri(f"{page}#basis"), ELI.LegalResource)
            self.say(basis, DCTERMS.title, f"{resource.basis_title} {resource.basis_article}")
            self.say(basis, DCTERMS.description, resource.not_shared_reason)
            self.add(iri, DCATAP.applicableLegislation, basis)

    def decree(self) -> Iri:
        decree = self.thing(self.here("decree-809"), ELI.LegalResource)
        self.say_all(decree, DCTERMS.title, DECREE)
        return decree

    def origin(self, iri: Iri, page: str, resource: Resource) -> None:
        told = "；".join(
            filter(None, map(sound, (resource.collection_basis, resource.source_system)))
        )
        if told:
            origin = self.thing(Iri(f"{page}#origin"), DCTERMS.ProvenanceStatement)
            self.say(origin, RDFS.label, told)
            self.add(iri, DCTERMS.provenance, origin)

    def distribution(self, page: str, resource: Resource, way: Way) -> Iri:
        iri = self.thing(Iri(f"{page}#{way.mode.value}"), DCAT.Distribution)
        self.say_all(iri, DCTERMS.title, label(SharingMode(way.mode)))
        self.add(iri, DCAT.accessURL, Iri(page))
        if way.format:
            file_type = self.thing(Iri(f"{FILE_TYPE}{way.format}"), DCTERMS.MediaTypeOrExtent)
            media = self.thing(Iri(f"{MEDIA_TYPE}{way.media_type}"), DCTERMS.MediaType)
            self.add(iri, DCTERMS.format, file_type)
            self.add(iri, DCAT.mediaType, media)
        shape = "table-schema.json" if way.mode == SharingMode.FILE else "schema.json"
        standard = self.thing(
            Iri(f"{self.base}api/v1/resources/{resource.pk}/{shape}"), DCTERMS.Standard
        )
        self.add(iri, DCTERMS.conformsTo, standard)
        terms = (
            resource.sharing_scope,
            resource.sharing_purpose,
            resource.sharing_conditions,
            resource.open_conditions,
        )
        if told := "；".join(filter(None, map(sound, terms))):
            rights = self.thing(Iri(f"{page}#terms"), DCTERMS.RightsStatement)
            self.say(rights, RDFS.label, told)
            self.add(iri, DCTERMS.rights, rights)
        return iri

    def language(self, iri: Iri) -> None:
        chinese = self.thing(authority("language", "ZHO"), DCTERMS.LinguisticSystem)
        self.add(iri, DCTERMS.language, chinese)


def _whole(number: int) -> Literal:
    return Literal(number, datatype=XSD.integer)


def _day(day: date) -> Literal:
    return Literal(day.isoformat(), datatype=XSD.date)


def _moment(moment: datetime) -> Literal:
    return Literal(moment.astimezone(UTC).isoformat(), datatype=XSD.dateTime)
