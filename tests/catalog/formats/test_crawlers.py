"""Sitemap and robots.txt: open entries, found in pages; nothing else is named."""

import xml.etree.ElementTree as ET

from django.test import Client

from catalog.models import ResourceState
from catalog.views.crawlers import OpenEntries
from tests.catalog.formats.test_dcat import FREE
from tests.factories import ResourceFactory

NAMESPACE = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


def addresses(path: str) -> list[str]:
    answer = Client().get(path)
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/xml"
    return [one.text for one in ET.fromstring(answer.content).iter(f"{NAMESPACE}loc")]  # noqa: S314


def test_the_sitemap_names_every_open_entry_and_nothing_else(db, monkeypatch):
    monkeypatch.setattr(OpenEntries, "limit", 2)
    opened = [
        ResourceFactory(state=ResourceState.PUBLISHED, is_open=True, **FREE) for _ in range(3)
    ]
    ResourceFactory(state=ResourceState.PUBLISHED)
    ResourceFactory(state=ResourceState.DRAFT, is_open=True, **FREE)

    index = addresses("/sitemap.xml")

    assert index == [
        "http://testserver/sitemap-catalog.xml",
        "http://testserver/sitemap-catalog.xml?p=2",
    ]
    named = [address for one in index for address in addresses(one)]
    assert named == [f"http://testserver/catalog/{one.pk}/" for one in opened]


def test_a_sitemap_takes_the_queries_of_a_page_and_reads_no_texts(db, django_assert_num_queries):
    for _ in range(5):
        ResourceFactory(state=ResourceState.PUBLISHED, is_open=True, **FREE)

    with django_assert_num_queries(2) as asked:
        assert len(addresses("/sitemap-catalog.xml")) == 5
    assert not any("abstract" in one["sql"] for one in asked.captured_queries)


def test_a_section_or_page_that_there_is_not_is_not_found(db):
    assert Client().get("/sitemap-people.xml").status_code == 404
    assert Client().get("/sitemap-catalog.xml?p=99").status_code == 404
    assert addresses("/sitemap.xml") == ["http://testserver/sitemap-catalog.xml"]


def test_robots_are_led_to_the_sitemap_and_kept_from_what_needs_signing_in(db):
    told = Client().get("/robots.txt").content.decode()

    assert "Sitemap: http://testserver/sitemap.xml" in told
    assert "Disallow: /sharing/" in told
    assert "Disallow: /catalog" not in told
