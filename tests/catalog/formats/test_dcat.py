"""The catalogue as DCAT-AP 3: official shapes, paging, what is told to whom, and when it changed.

The shapes in data/dcat-ap-3.0.1 are those of the European Commission, CC BY 4.0 (see the README there).
"""

import datetime as dt
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyshacl import validate
from rdflib import DCAT, DCTERMS, FOAF, RDF, SH, Graph, Literal, URIRef

from catalog.formats.dcat import FORMATS, HYDRA, Links, catalogue_graph, written
from catalog.models import (
    BasisKind,
    Resource,
    ResourceClass,
    ResourceState,
    SharingAttribute,
    SharingMode,
    UpdateFrequency,
)
from catalog.parties import VISITOR, party_of
from catalog.selectors.exchange import feed_page
from catalog.services.visibility import project
from tests.factories import DepartmentFactory, ResourceFactory, UserFactory

# rdflib's own reader of JSON-LD still uses what rdflib has deprecated; we only write it.
pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph:DeprecationWarning")

SHAPES = Path(__file__).parent / "data" / "dcat-ap-3.0.1"
BASE = "http://testserver/"
PAGE = Links(
    base=BASE,
    this=f"{BASE}catalog.ttl?page=1",
    first=f"{BASE}catalog.ttl?page=1",
    last=f"{BASE}catalog.ttl?page=9",
    next=f"{BASE}catalog.ttl?page=2&after=7",
    previous=None,
    size=100,
)
ODD = "甲<乙>&\"丙'\\ \u202e{x}\n\x0b\ufffe𠮷\u3000%20|^`"
NOT_SHARED = {
    "sharing_attribute": SharingAttribute.NOT_SHARED,
    "sharing_scope": "",
    "sharing_purpose": "",
    "not_shared_reason": "涉及个人隐私",
    "basis_kind": BasisKind.LAW,
    "basis_title": "中华人民共和国个人信息保护法",
    "basis_article": "第二十八条",
}
FREE = {
    "sharing_attribute": SharingAttribute.UNCONDITIONAL,
    "sharing_scope": "",
    "sharing_purpose": "",
}
FULL = {
    "name_en": "Codes of administrative divisions",
    "tags": ["人口", "医疗", "区划", "其他"],
    "source_system": "人口库",
    "collection_basis": "《户口登记条例》第三条",
    "spatial_code": "990000",
    "temporal_from": dt.date(2020, 1, 1),
    "temporal_to": dt.date(2025, 12, 31),
    "open_conditions": "注明来源",
    "contact_name": "陈静",
    "contact_phone": "0591-1234 5678 转 9",
    "contact_email": "a b+c@example.gov.cn",
    "published_at": timezone.now(),
}


@lru_cache
def shapes(*names: str) -> Graph:
    """Files of the release as one graph, without the few references to shapes that none defines.

    `ranges.ttl` refers to shapes of `dcat-ap-SHACL.ttl`, so it only means something beside it.
    """
    graph = Graph()
    for name in names:
        graph.parse(SHAPES / name)
    for triple in list(graph.triples((None, SH.property, None))):
        if (triple[2], SH.path, None) not in graph:
            graph.remove(triple)
    return graph


RELEASE = (
    ("shapes.ttl",),
    ("range.ttl",),
    ("dcat-ap-SHACL.ttl",),
    ("dcat-ap-SHACL.ttl", "ranges.ttl"),
)


def check(graph: Graph) -> None:
    for names in RELEASE:
        conforms, _report, words = validate(graph, shacl_graph=shapes(*names))
        assert conforms, f"{names}\n{words}"


def an_open(**about) -> Resource:
    about = {**FREE, "is_open": True, "state": ResourceState.PUBLISHED, **about}
    return ResourceFactory(**about)


def read(client: Client, address: str = "/catalog.ttl", form: str = "ttl") -> Graph:
    answer = client.get(address)
    assert answer.status_code == 200, answer.content
    return Graph().parse(data=answer.content, format=FORMATS[form][0])


def datasets(graph: Graph) -> list[str]:
    return sorted(str(one) for one in graph.subjects(RDF.type, DCAT.Dataset))


def iri(resource: Resource) -> URIRef:
    return URIRef(f"{BASE}catalog/{resource.pk}/#dataset")


@pytest.fixture
def diverse(db) -> list[Resource]:
    """Entries that differ in all that the catalogue can say of one, and some that say little."""
    department = DepartmentFactory(phone="0591-87654321", work_body="")
    odd = DepartmentFactory(name=ODD[:9], phone="无")
    common = {"state": ResourceState.PUBLISHED, "department": department}
    entries = [
        ResourceFactory(**common, **FULL, source_department=odd),
        ResourceFactory(**common, **FREE, is_open=True, abstract="", sharing_modes=[]),
        ResourceFactory(**common, **NOT_SHARED, temporal_from=dt.date(2020, 1, 1)),
        ResourceFactory(
            **{**common, "department": odd},
            name=ODD,
            name_en=ODD,
            abstract=ODD,
            tags=[ODD[:20]],
            collection_basis=ODD,
            sharing_conditions=ODD,
            contact_name=ODD,
            contact_phone=ODD[:20],
        ),
        ResourceFactory(**common, name="\x0b", abstract="\x0b", temporal_to=dt.date(2021, 1, 1)),
    ]
    for frequency in UpdateFrequency:
        entries.append(ResourceFactory(**common, update_frequency=frequency, spatial_code="35"))
    for kind, mode in zip(ResourceClass, SharingMode, strict=True):
        entries.append(ResourceFactory(**common, resource_class=kind, sharing_modes=[mode]))
    entries[0].related_codes = [entries[1].code, entries[2].code, "没有/这个"]
    entries[0].save(update_fields=["related_codes"])
    return entries


@pytest.mark.parametrize("form", FORMATS)
def test_every_page_conforms_to_the_official_shapes(diverse, form):
    client = Client()
    client.force_login(UserFactory())
    address, seen = f"/catalog.{form}?limit=6", []

    while address:
        graph = read(client, address, form)
        check(graph)
        seen += datasets(graph)
        following = list(graph.objects(None, HYDRA.next))
        address = str(following[0]).removeprefix("http://testserver") if following else ""

    assert sorted(seen) == sorted(str(iri(one)) for one in diverse)


@pytest.fixture
def one(db) -> Resource:
    return an_open()


texts = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=40)


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    name=texts,
    texts=st.lists(texts, min_size=4, max_size=4),
    tags=st.lists(texts.map(lambda text: text[:30]), max_size=3),
)
def test_whatever_the_texts_say_the_graph_can_be_read_again_in_every_form(one, name, texts, tags):
    resource = Resource.objects.select_related("department").get()
    resource.name, resource.tags = name, tags
    resource.name_en, resource.abstract, resource.collection_basis, resource.contact_phone = texts
    resource.contact_email, resource.spatial_code = texts[0], texts[1]
    resource.classification = texts[2]
    page = replace(feed_page(VISITOR, size=1, since=None), resources=[resource])
    graph = catalogue_graph(page, PAGE)

    for form, (name_in_rdflib, _media_type) in FORMATS.items():
        again = Graph().parse(data=written(graph, form), format=name_in_rdflib)
        assert len(again) == len(graph), form
        assert len(list(again.objects(iri(resource), DCTERMS.title))) >= 1


def test_an_entry_tells_what_our_words_mean_in_europe(diverse):
    client = Client()
    client.force_login(UserFactory())
    graph = read(client)
    full, bare, barred = map(iri, diverse[:3])
    table = "http://publications.europa.eu/resource/authority/"

    assert set(graph.objects(full, DCTERMS.title)) == {
        Literal(diverse[0].name, lang="zh"),
        Literal("Codes of administrative divisions", lang="en"),
    }
    assert {str(one) for one in graph.objects(full, DCAT.theme) if table in str(one)} == {
        f"{table}data-theme/{word}" for word in ("SOCI", "HEAL", "GOVE")
    }
    rights = [str(graph.value(one, DCTERMS.accessRights)) for one in (full, bare, barred)]
    assert rights == [
        f"{table}access-right/{word}" for word in ("RESTRICTED", "PUBLIC", "NON_PUBLIC")
    ]
    assert str(graph.value(full, DCTERMS.accrualPeriodicity)) == f"{table}frequency/ANNUAL"
    assert set(graph.objects(full, DCTERMS.relation)) == {bare, barred}
    place = graph.value(full, DCTERMS.spatial)
    assert graph.value(place, DCTERMS.identifier) == Literal("990000")
    assert set(graph.objects(full, DCAT.distribution / DCAT.accessURL)) == {
        URIRef(f"{BASE}catalog/{diverse[0].pk}/")
    }
    assert list(graph.objects(barred, DCAT.distribution)) == []
    agent = graph.value(full, DCTERMS.publisher)
    assert graph.value(agent, DCTERMS.identifier) == Literal(diverse[0].department.uscc)
    assert (agent, RDF.type, FOAF.Agent) in graph


def test_visitors_read_the_open_part_and_departments_what_they_see(db):
    shown, hidden = an_open(), ResourceFactory(state=ResourceState.PUBLISHED)
    draft = ResourceFactory()
    shown.related_codes = [hidden.code]
    shown.save(update_fields=["related_codes"])
    provider = Client()
    provider.force_login(UserFactory(department=draft.department))

    visitor = read(Client())

    assert datasets(visitor) == [str(iri(shown))]
    assert hidden.code not in visitor.serialize(format="ttl")
    assert datasets(read(provider)) == sorted([str(iri(shown)), str(iri(hidden))])
    assert Client().get(f"/catalog/{shown.pk}.ttl").status_code == 200
    assert Client().get(f"/catalog/{hidden.pk}.ttl").status_code == 401
    assert provider.get(f"/catalog/{draft.pk}.ttl").status_code == 404


def test_following_next_meets_each_entry_once_though_entries_come_and_go(db):
    entries = [an_open() for _ in range(7)]
    client = Client()
    first = read(client, "/catalog.ttl?limit=3")
    Resource.objects.filter(pk=entries[1].pk).update(state=ResourceState.WITHDRAWN, visible_to=[])

    seen = datasets(first)
    address = str(next(first.objects(None, HYDRA.next)))
    while address:
        graph = read(client, address.removeprefix("http://testserver"))
        seen += datasets(graph)
        address = str(next(graph.objects(None, HYDRA.next), ""))

    assert sorted(seen) == sorted(str(iri(one)) for one in entries)


def test_pages_can_be_asked_by_number_and_say_how_many_there_are(db):
    entries = [an_open() for _ in range(5)]

    second = read(Client(), "/catalog.xml?limit=2&page=2", "xml")
    beyond = read(Client(), "/catalog.xml?limit=2&page=9", "xml")

    assert datasets(second) == sorted(str(iri(one)) for one in entries[2:4])
    view = next(second.subjects(RDF.type, HYDRA.PagedCollection))
    assert (view, RDF.type, HYDRA.PartialCollectionView) in second
    assert second.value(view, HYDRA.totalItems).toPython() == 5
    assert "page=3" in str(second.value(view, HYDRA.last))
    assert "page=1" in str(second.value(view, HYDRA.previous))
    assert datasets(beyond) == []
    assert list(beyond.objects(None, HYDRA.next)) == []


@pytest.mark.parametrize(
    "since", ["2026-02-01", "2026-02-01T08:00:00+08:00", "2026-02-01T00:00:00Z"]
)
def test_modified_since_leaves_out_what_has_not_changed(db, since):
    old, new = an_open(), an_open()
    moment = dt.datetime(2026, 2, 1, tzinfo=dt.UTC)
    Resource.objects.filter(pk=old.pk).update(updated_at=moment - dt.timedelta(days=1))
    Resource.objects.filter(pk=new.pk).update(updated_at=moment)

    graph = read(Client(), f"/catalog.ttl?modified_since={since}&limit=1")

    assert datasets(graph) == [str(iri(new))]
    assert f"modified_since={since[:10]}" in str(next(graph.objects(None, HYDRA.first)))


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("modified_since=yesterday", "modified_since"),
        ("modified_since=2026-13-01", "modified_since"),
        ("page=0", "page"),
        ("page=x", "page"),
        ("limit=-1", "limit"),
        ("after=%E5%8D%81", "after"),
    ],
)
def test_what_cannot_be_understood_is_refused_by_its_name(db, query, field):
    answer = Client().get(f"/catalog.jsonld?{query}")

    assert answer.status_code == 422
    assert list(answer.json()["fields"]) == [field]


def test_the_address_without_ending_answers_in_the_form_that_is_accepted(db):
    an_open()
    for form, (_name, media_type) in FORMATS.items():
        answer = Client().get("/catalog", headers={"Accept": media_type})
        assert answer["Content-Type"].startswith(media_type)
        assert "Accept" in answer["Vary"]
        assert Graph().parse(data=answer.content, format=FORMATS[form][0])
    for accept in ("text/html,application/xhtml+xml,*/*;q=0.8", "*/*", ""):
        answer = Client().get("/catalog", headers={"Accept": accept})
        assert (answer.status_code, answer["Location"]) == (302, "/catalog/")


def test_the_tag_holds_while_nothing_visible_changes_and_changes_with_all_that_does(db):
    first, second = an_open(tags=["甲"]), an_open()
    client = Client()

    def tag() -> str:
        answer = client.get("/catalog.ttl")
        again = client.get("/catalog.ttl", headers={"If-None-Match": answer["ETag"]})
        assert (again.status_code, again.content) == (304, b"")
        return answer["ETag"]

    held = [tag(), tag()]
    assert held[0] == held[1]
    assert client.get("/catalog.xml")["ETag"] != held[0]
    Resource.objects.filter(pk=first.pk).update(tags=["乙"])  # though no date changed
    held.append(tag())
    first.department.name = "更名后的厅"
    first.department.save()
    held.append(tag())
    second.is_open = False
    second.save(update_fields=["is_open"])
    project(second)
    held.append(tag())
    assert len(set(held)) == 4
    stale = client.get("/catalog.ttl", headers={"If-None-Match": f'W/"x", {held[0]}'})
    assert stale.status_code == 200
    assert {"Authorization", "Cookie"} <= {one.strip() for one in stale["Vary"].split(",")}
    assert stale["Cache-Control"] == "private, no-cache"


def test_the_number_of_queries_is_that_of_a_page_whatever_its_size(db):
    def queries(size: int) -> int:
        with CaptureQueriesContext(
            connection,
        ) as asked:
            graph = catalogue_graph(feed_page(party_of(person), size=size, since=None), PAGE)
        assert len(datasets(graph)) == size
        return len(asked)

    person = UserFactory()
    for _ in range(12):
        an_open(**FULL | {"source_department": DepartmentFactory(), "related_codes": ["1/1"]})

    assert queries(2) == queries(12) == 6
