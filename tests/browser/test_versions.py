"""The pages of versions and changes in a real browser, wide and narrow."""

import pytest
from django.test import Client
from playwright.sync_api import Page

from catalog.entry import ItemData
from catalog.models import Resource
from portal.organisation.models import User
from tests.browser.axe import violations
from tests.catalog.conftest import at, cast, committed_cast, published
from tests.catalog.versions.conftest import changed, filled, items_of, waiting

__all__ = ["cast", "committed_cast"]

pytestmark = pytest.mark.django_db(transaction=True)
LEVEL = ItemData(name="级别", column="level", type="I")


def test_versions_and_changes_are_for_everybody(committed_cast, live_server, page: Page) -> None:
    people = committed_cast
    live = filled(published(people))
    live = changed(people, live, abstract="第二版摘要，更为详细。", tags=("区划", "代码"))
    other = published(people, name="机构名录")
    change: Resource = waiting(
        people, live, abstract="第三版摘要", items=[*items_of(live)[:1], LEVEL]
    )

    def sound(who: User, *addresses: str) -> None:
        client = Client()
        client.force_login(who)
        session = client.cookies["sessionid"].value
        page.context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
        for width in (1366, 390):
            page.set_viewport_size({"width": width, "height": 800})
            for address in addresses:
                page.goto(live_server.url + address)
                assert violations(page) == [], (width, address)
                wide = page.evaluate("document.documentElement.scrollWidth")
                assert wide <= width, (width, address)

    sound(
        people.steward,
        at("resource_versions", live.pk),
        at("resource_version", live.pk, 1),
        at("resource_compare", live.pk),
        at("resource_compare", other.pk),
        at("resource_compare", change.pk),
        at("resource", change.pk),
        at("resource_discard", change.pk),
        at("resource_revise", other.pk),
    )
    sound(people.officer, at("resource_decide", change.pk))
