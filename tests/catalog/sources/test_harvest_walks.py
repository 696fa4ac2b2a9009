"""Walks through other portals' catalogues: whole, or refused with the reason; nobody else is asked."""

import json

import pytest

from catalog.sources.connector import place_of
from catalog.sources.failures import SourceFailure
from catalog.sources.harvest.dataset import (
    Dataset,
    day_of,
    fields_of,
    format_of,
    frequency_of,
    plain,
)
from catalog.sources.kinds import kind_of
from tests.factories import ResourceFactory

from .fetching import file_source
from .file_servers import WebServer, as_json
from .harvest_portal import CKAN_SEARCH, package, serve, serve_packages, turtle

# rdflib's own reader of JSON-LD still uses what rdflib has deprecated.
pytestmark = [
    pytest.mark.django_db,
    pytest.mark.filterwarnings("ignore:ConjunctiveGraph:DeprecationWarning"),
]


@pytest.fixture
def portal():
    with WebServer().running() as server:
        yield server


@pytest.fixture
def ckan(resource, portal):
    return file_source(resource.department, "ckan", address=portal.url, secret="a token")


@pytest.fixture
def dcat(resource, portal):
    return file_source(resource.department, "dcat", address=f"{portal.url}/page1")


def walked(source):
    return kind_of(source.kind).walked(place_of(source), lambda count: None)


def refused(source) -> tuple[str, dict]:
    with pytest.raises(SourceFailure) as failure:
        walked(source)
    return failure.value.code, dict(failure.value.data)


def test_all_packages_of_a_ckan_portal_come_page_after_page(ckan, portal):
    serve_packages(portal, [package(n) for n in range(250)], most=60)

    found = walked(ckan)

    assert found.count == len(found.datasets) == 250
    assert found.datasets["id-7"] == Dataset(
        identifier="id-7",
        title="数据集7",
        page=f"{portal.url}/dataset/set-7",
        description="<p>第 7 个 &amp; 其余</p>",
        keywords=("民政", "统计"),
        frequency="daily",
        formats=frozenset({"CSV", "PDF"}),
    )
    assert len(portal.asked) == 5
    assert {headers["Authorization"] for _path, headers in portal.asked} == {"a token"}


def test_an_entry_takes_plain_words_and_codes_from_a_dataset():
    told = fields_of(
        Dataset(
            identifier="x",
            title="  数据\n集 ",
            title_en="Set",
            description="<p>甲 &amp; 乙</p>\u200b\n\n\n丙" + "长" * 3000,
            keywords=("统计", "民政", "统计", "x" * 31, ""),
            frequency="http://publications.europa.eu/resource/authority/frequency/ANNUAL",
            formats=frozenset({"PDF", "https://www.iana.org/assignments/media-types/text/csv"}),
            temporal_from="2024-01-01T00:00:00Z",
            temporal_to="soon",
        ),
        catalogue="data.example.cn",
    )

    assert len(told.pop("abstract")) == 2000
    assert told == {
        "name": "数据 集",
        "name_en": "Set",
        "tags": ["民政", "统计"],
        "update_frequency": "6",
        "data_format": "2",
        "temporal_from": "2024-01-01",
        "temporal_to": None,
        "source_system": "data.example.cn",
    }


@pytest.mark.parametrize(
    ("told", "code"),
    [("daily", "2"), ("R/P1M", "4"), ("UPDATE_CONT", "1"), ("now and then", "9"), ("", "9")],
)
def test_frequencies_are_known_by_several_names(told, code):
    assert frequency_of(told) == code


def test_what_nothing_is_known_of_is_an_electronic_file():
    assert format_of([]) == format_of(["?"]) == "1"
    assert day_of("2024-02-30") is None
    assert plain("a\r\nb\u202e &lt;") == "a\nb <"


def test_a_catalogue_in_turtle_is_walked_by_its_links(dcat, portal):
    # given a portal that gives its next page relative to the page
    serve(portal, "/page1", turtle(portal, 1, 2, following="page2"))
    serve(portal, "/page2", turtle(portal, 3, total=3))

    # when
    found = walked(dcat)

    # then
    assert list(found.datasets) == [f"{portal.url}/d/{n}" for n in (1, 2, 3)]
    assert found.datasets[f"{portal.url}/d/3"] == Dataset(
        identifier=f"{portal.url}/d/3",
        title="数据集3",
        title_en="Set 3",
        page=f"{portal.url}/d/3",
        description="第3个",
        keywords=("民政",),
        frequency="http://publications.europa.eu/resource/authority/frequency/MONTHLY",
        formats=frozenset({"http://www.iana.org/assignments/media-types/text/csv"}),
        temporal_from="2024-01-01",
        temporal_to="2024-12-31",
    )


def test_the_next_page_keeps_scheme_and_port_that_the_steward_named(dcat, portal):
    # given a portal behind a proxy, which does not know how it is called
    serve(portal, "/page1", turtle(portal, 1, following="http://127.0.0.1:1/page2"))
    serve(portal, "/page2", turtle(portal, 2))

    assert walked(dcat).count == 2


def test_json_ld_and_rdf_xml_say_the_same(dcat, portal):
    from rdflib import Graph

    graph = Graph().parse(data=turtle(portal, 1, 2, total=2), format="turtle")
    serve(portal, "/page1", turtle(portal, 1, 2, total=2))
    by_turtle = walked(dcat).datasets

    serve(portal, "/page1", graph.serialize(format="json-ld"), "application/ld+json")
    by_json = walked(dcat).datasets
    serve(portal, "/page1", graph.serialize(format="xml"), "application/rdf+xml; charset=utf-8")
    by_xml = walked(dcat).datasets
    serve(portal, "/page1", graph.serialize(format="xml"), "application/octet-stream")
    by_look = walked(dcat).datasets

    assert by_json == by_xml == by_look == by_turtle
    assert len(by_turtle) == 2


def test_a_dataset_without_address_and_identifier_is_told_and_left_out(dcat, portal):
    serve(
        portal,
        "/page1",
        turtle(portal, 1) + '\n[] a dcat:Dataset ; dct:title "无名"@zh .'
        '\n[] a dcat:Dataset ; dct:title "有号"@zh ; dct:identifier "n-1" .',
    )

    found = walked(dcat)

    assert found.unnamed == ["无名"]
    assert sorted(found.datasets) == [f"{portal.url}/d/1", "n-1"]


def loop(portal):
    serve(portal, "/page1", turtle(portal, 1, following=f"{portal.url}/page2"))
    serve(portal, "/page2", turtle(portal, 2, following=f"{portal.url}/page1"))


def self_loop(portal):
    serve(portal, "/page1", turtle(portal, 1, following=f"{portal.url}/page1"))


def endless(portal):
    def give(handler):
        number = int(handler.query.get("n", "0"))
        body = turtle(portal, 1, following=f"{portal.url}/page1?n={number + 1}")
        handler.answer(body.encode(), Content_Type="text/turtle")

    portal.paths["/page1"] = give


def several_next(portal):
    serve(
        portal,
        "/page1",
        turtle(portal, 1, following=f"{portal.url}/a")
        + f"\n<#other> hydra:next <{portal.url}/b> .",
    )


def strays(portal):
    serve(portal, "/page1", turtle(portal, 1, following="http://192.0.2.7/page2"))


def page_of_a_sign_in(portal):
    serve(portal, "/page1", "<html><body>sign in</body></html>", "text/html; charset=utf-8")


def page_called_turtle(portal):
    serve(portal, "/page1", "<html><body>sign in</body></html>")


def broken_json(portal):
    serve(portal, "/page1", '{"@graph": [', "application/ld+json")


def deep_json(portal):
    serve(portal, "/page1", "[" * 100_000, "application/ld+json")


def far_context(portal):
    told = {"@context": f"{portal.url}/context.jsonld", "@graph": []}
    serve(portal, "/page1", json.dumps(told), "application/ld+json")


def far_context_inside(portal):
    told = {"@context": {"a": {"@id": "http://a/", "@context": [f"{portal.url}/c"]}}, "@graph": []}
    serve(portal, "/page1", json.dumps(told), "application/ld+json")


def growing_entities(portal):
    serve(
        portal,
        "/page1",
        '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><x>&b;</x>',
        "application/rdf+xml",
    )


def entities_in_utf16(portal):
    text = '<?xml version="1.0" encoding="utf-16"?><!DOCTYPE x [<!ENTITY a SYSTEM "/etc/passwd">]>'
    serve(portal, "/page1", f"{text}<x>&a;</x>".encode("utf-16"), "application/rdf+xml")


def broken_xml(portal):
    serve(portal, "/page1", "<rdf:RDF>", "application/rdf+xml")


def fewer_than_announced(portal):
    serve(portal, "/page1", turtle(portal, 1, 2, total=5))


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (loop, "harvest_loop"),
        (self_loop, "harvest_loop"),
        (endless, "harvest_endless"),
        (several_next, "harvest_paging"),
        (strays, "harvest_strays"),
        (page_of_a_sign_in, "markup_instead"),
        (page_called_turtle, "rdf_broken"),
        (broken_json, "rdf_broken"),
        (deep_json, "rdf_broken"),
        (far_context, "rdf_far_context"),
        (far_context_inside, "rdf_far_context"),
        (growing_entities, "rdf_declares"),
        (entities_in_utf16, "rdf_declares"),
        (broken_xml, "rdf_broken"),
        (fewer_than_announced, "harvest_count"),
    ],
)
def test_a_wrong_catalogue_is_refused_with_the_reason(dcat, portal, wrong, code):
    wrong(portal)

    assert refused(dcat)[0] == code
    assert not [path for path, _headers in portal.asked if not path.startswith("/page")]


def test_pages_and_catalogues_that_are_too_large_are_refused(dcat, portal, settings):
    serve(portal, "/page1", turtle(portal, 1, 2, 3))
    settings.HARVEST_MOST_DATASETS = 2
    assert refused(dcat) == ("harvest_too_many", {"most": 2})

    settings.SOURCE_PAGE_MOST_BYTES = 100
    assert refused(dcat)[0] == "file_too_large"


def test_a_walk_ends_when_its_time_is_up(dcat, portal, settings):
    serve(portal, "/page1", turtle(portal, 1, following="page2"))
    settings.HARVEST_SECONDS = 0
    assert refused(dcat) == ("harvest_too_slow", {"count": 1})


def test_networks_that_are_not_open_are_closed_to_harvests(resource, portal, settings):
    settings.SOURCE_ALLOWED_NETWORKS = ["198.51.100.0/24"]
    for kind in ("ckan", "dcat"):
        source = file_source(resource.department, kind, address=portal.url)
        assert refused(source)[0] == "network_not_allowed"
    assert portal.asked == []


def test_a_redirect_into_a_closed_network_is_not_followed(dcat, portal):
    portal.paths["/page1"] = lambda handler: handler.redirect("http://169.254.169.254/latest/")
    assert refused(dcat)[0] == "network_not_allowed"


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (lambda h: h.answer(b"<html>", Content_Type="text/html"), "markup_instead"),
        (as_json({"success": False}), "no_ckan"),
        (as_json({"success": True, "result": {"count": 3}}), "page_without_rows"),
        (as_json({"success": True, "result": {"count": 9, "results": [package(1)]}}), None),
        (as_json({"success": True, "result": {"count": 3, "results": []}}), "harvest_count"),
    ],
)
def test_a_portal_that_answers_wrongly_is_refused(ckan, portal, answer, code):
    portal.paths[CKAN_SEARCH] = answer
    # A portal that gives the first page for ever is found by its second page.
    assert refused(ckan)[0] == (code or "harvest_endless")


def test_the_test_of_the_connection_names_the_catalogue(dcat, portal):
    from catalog.sources.connector import connect

    serve(portal, "/page1", turtle(portal, 1))
    with connect(dcat) as connector:
        assert connector.check() == "DCAT · 别处的目录"
        assert connector.relations() == []
        with pytest.raises(SourceFailure) as failure:
            connector.columns("x")
    assert failure.value.code == "no_rows_there"


def test_every_failure_has_words():
    from catalog.sources.words import explain

    codes = [
        ("harvest_too_many", {"most": 1}),
        ("harvest_endless", {"page": 1}),
        ("harvest_loop", {"page": 1}),
        ("harvest_paging", {}),
        ("harvest_strays", {"host": "x"}),
        ("harvest_too_slow", {"count": 1}),
        ("harvest_count", {"announced": 2, "count": 1}),
        ("harvest_refused", {"why": "x"}),
        ("harvest_empty", {"before": 1}),
        ("rdf_broken", {"form": "turtle"}),
        ("rdf_far_context", {}),
        ("rdf_declares", {}),
        ("no_rows_there", {}),
        ("broken_off", {}),
    ]
    unknown = explain("there is no such code", {}).what
    for code, data in codes:
        assert explain(code, data).what != unknown


def test_a_source_of_datasets_gives_no_rows(dcat, steward):
    from catalog.services import sync_jobs
    from portal.common.errors import Invalid

    resource = ResourceFactory(department=dcat.department)
    with pytest.raises(Invalid) as refusal:
        sync_jobs.set_up_job(
            resource=resource, source=dcat, relation="x", mapping={}, version=0, by=steward
        )
    assert list(refusal.value.fields) == ["mode"]
