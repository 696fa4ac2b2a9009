"""Every page of the permission table in both languages in a real browser: no fault found by axe,
nothing cut off, and the navigation in the room that the way to the page names.

A new path joins by itself: the first of the cast who may open it looks at it.
"""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from tests.browser.axe import violations
from tests.permission_table import CAST, PATHS, address_of, rows
from tests.world import World, make_world

pytestmark = pytest.mark.django_db(transaction=True)

WIDE, NARROW = 1366, 390
# The navigation marks the page itself, or else the last of its items on the way to the page.
ROOM = """() => {
  const items = [...document.querySelectorAll("#nav a")].map((link) => link.pathname);
  const way = [...document.querySelectorAll(".crumbs a")].slice(1).map((link) => link.pathname);
  const room = [location.pathname, ...way.reverse()].find((path) => items.includes(path));
  const marked = document.querySelector("#nav [aria-current]")?.pathname;
  return !room || room === marked ? "" : `the navigation marks ${marked}, the way here ${room}`;
}"""
# The portal sends these to machines, or as a part of a page that another row of the table is.
NO_PAGES = ("api/", "healthz", "readyz", "metrics")


def openings(world: World) -> Iterator[tuple[str, str]]:
    """Who of the cast opens which address."""
    for path in PATHS:
        method, answers = rows()[path]
        if method == "GET" and 200 in answers and not path.startswith(NO_PAGES):
            yield CAST[answers.index(200)], address_of(world, path)


def test_every_page_is_for_everybody_wide_and_narrow(live_server, page: Page) -> None:
    world = make_world()
    seen, faults = 0, []

    for who, address in sorted(openings(world)):
        client = world.client(who)
        answer = client.get(address)
        answer.close()  # of a file that it would send
        if not answer.headers["Content-Type"].startswith("text/html"):
            continue
        if b"<html" not in b"".join(answer):
            continue
        page.context.clear_cookies()
        if "sessionid" in client.cookies:
            session = client.cookies["sessionid"].value
            cookie = {"name": "sessionid", "value": session, "url": live_server.url}
            page.context.add_cookies([cookie])
        for language in ("zh-hans", "en"):
            chosen = {"name": "django_language", "value": language, "url": live_server.url}
            page.context.add_cookies([chosen])
            page.set_viewport_size({"width": WIDE, "height": 800})
            page.goto(live_server.url + address)
            faults += [(who, language, address, fault) for fault in violations(page)]
            if strayed := page.evaluate(ROOM):
                faults.append((who, language, address, strayed))
            for width in (WIDE, NARROW):
                page.set_viewport_size({"width": width, "height": 800})
                if page.evaluate("document.documentElement.scrollWidth") > width:
                    faults.append((who, language, address, f"wider than {width} pixels"))
        seen += 1

    assert faults == []
    assert seen > 50
