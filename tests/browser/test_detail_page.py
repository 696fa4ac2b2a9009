"""The rows of an entry in a real browser: asked for by keyboard, in place, wide and narrow."""

import pytest
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page, expect

from audit.models import Entry
from tests.browser.axe import violations
from tests.catalog.conftest import at
from tests.catalog.profile.conftest import Shelf
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db(transaction=True)
ITEMS = [
    {"name": "名称", "column": "name"},
    {"name": "床位数", "column": "beds", "type": "I"},
    {"name": "联系人", "column": "person", "is_personal": True, "masking_rule": "person_name"},
]


def test_sample_profile_and_lineage_are_for_everybody(live_server, page: Page) -> None:
    shelf = Shelf()
    resource = shelf.put(
        [("甲" if number % 2 else "乙", number, "欧阳修") for number in range(200)], ITEMS
    )
    shelf.profile(resource)
    person = UserFactory()
    client = Client()
    client.force_login(person)
    session = client.cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])

    # the lineage comes by itself, the rows do not
    page.goto(live_server.url + at("resource", resource.pk))
    expect(page.locator("#lineage svg.chart-flow")).to_be_visible()
    expect(page.locator("#profile svg.spark")).to_have_count(1)
    assert not Entry.objects.filter(action="catalog.sample.look").exists()

    # asked for by keyboard, they stand in their place and have the focus
    page.locator("#sample-rows a").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#sample-rows tbody tr")).to_have_count(10)
    assert page.url == live_server.url + at("resource", resource.pk)
    expect(page.locator("#sample-rows .sample-table")).to_be_focused()
    assert page.locator("#sample-rows").get_by_text("欧**").count() == 10
    assert Entry.objects.get(action="catalog.sample.look").actor_id == str(person.pk)

    # nothing is cut off, and axe finds no fault
    lineage = reverse("sharing:resource_lineage", args=[resource.pk])
    for address in (
        "",
        at("resource_profile", resource.pk),
        at("resource_sample", resource.pk),
        lineage,
    ):
        if address:
            page.goto(live_server.url + address)
        for width in (1366, 390):
            page.set_viewport_size({"width": width, "height": 800})
            assert violations(page) == [], (width, address)
            wide = page.evaluate("document.documentElement.scrollWidth")
            assert wide <= width, (width, address)
