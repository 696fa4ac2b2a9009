"""What a page changes, a program may change too: every POST of the pages has its address in the API."""

import re
from collections.abc import Iterator
from typing import Any

from django.test import RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver

ROOMS = (
    "sharing.views",
    "sharing.matching.views",
    "portal.clocks.views",
    "portal.webhooks.views",
    "portal.supervision.views",
    "portal.organisation.views.calendar",
    "catalog.views.interfaces",
)
# Of a page that is no act of its own in the API: which address does it, by which method.
ELSEWHERE: dict[str, tuple[str, str]] = {
    "sharing/requests/new/<int:pk>/": ("post", "requests/"),
    "sharing/requests/<str:number>/edit/<str:step>/": ("patch", "requests/<str:number>/"),
    "sharing/requests/<str:number>/edit/files/": ("post", "requests/<str:number>/files/"),
    "sharing/requests/<str:number>/files/<int:pk>/remove/": (
        "delete",
        "requests/<str:number>/files/<int:pk>/",
    ),
    "sharing/requests/<str:number>/check/": ("post", "requests/<str:number>/submit/"),
    "sharing/requests/<str:number>/write/": ("post", "requests/<str:number>/notes/"),
    "sharing/requests/basket/": ("post", "applications/"),
    "sharing/requests/basket/add/<int:pk>/": ("post", "basket/"),
    "sharing/requests/basket/take/<int:pk>/": ("delete", "basket/<int:pk>/"),
    "sharing/templates/<str:kind>/write/": ("post", "terms-templates/<str:kind>/"),
    "sharing/demands/new/": ("post", "demands/"),
    "sharing/challenges/new/<int:pk>/": ("post", "challenges/"),
    "sharing/agreements/<str:number>/data/try/": ("post", "agreements/<str:number>/rows/"),
    "sharing/agreements/<str:number>/data/prepare/": ("post", "agreements/<str:number>/exports/"),
    "sharing/agreements/<str:number>/push/target/": (
        "put",
        "agreements/<str:number>/push-target/",
    ),
    "sharing/agreements/<str:number>/push/test/": (
        "post",
        "agreements/<str:number>/push-target/test/",
    ),
    "sharing/agreements/<str:number>/push/start/": ("post", "agreements/<str:number>/pushes/"),
    "sharing/agreements/<str:number>/push/remove/": (
        "delete",
        "agreements/<str:number>/push-target/",
    ),
    "organisation/calendar/": ("post", "calendars/"),
    "organisation/calendar/preview/": ("post", "calendars/preview/"),
    "organisation/systems/<int:pk>/webhooks/<int:endpoint>/change/": (
        "patch",
        "systems/<int:pk>/webhooks/<int:endpoint>/",
    ),
    "notices/<int:pk>/open/": ("post", "notices/<int:pk>/read/"),
    "catalog/<int:pk>/interface/edit/": ("put", "resources/<int:pk>/interface/"),
}


def views(resolver: URLResolver, before: str = "") -> Iterator[tuple[str, Any]]:
    for one in resolver.url_patterns:
        path = before + str(one.pattern)
        if isinstance(one, URLResolver):
            yield from views(one, path)
        elif isinstance(one, URLPattern):
            yield path, one.callback


def takes_post(path: str, view: Any) -> bool:
    """What the view says of itself when it is asked in a way that it does not know."""
    given = dict.fromkeys(re.findall(r"<(?:\w+:)?(\w+)>", path), "1")
    answer = view(RequestFactory().generic("TRACE", "/"), **given)
    assert answer.status_code == 405, path
    return "POST" in answer["Allow"]


def test_every_act_of_a_page_is_an_act_of_the_api():
    # given
    known = {
        path.removeprefix("api/v1/"): view.cls
        for path, view in views(get_resolver())
        if path.startswith("api/v1/") and hasattr(view, "cls")
    }
    acts = [
        path
        for path, view in views(get_resolver())
        if getattr(view, "__module__", "").startswith(ROOMS) and takes_post(path, view)
    ]

    # when
    missing = {}
    for path in acts:
        usual = path.removeprefix("sharing/").removeprefix("organisation/")
        usual = re.sub("^catalog/<int:pk>/", "resources/<int:pk>/", usual)
        how, address = ELSEWHERE.get(path, ("post", usual))
        if not hasattr(known.get(address), how):
            missing[path] = f"{how} {address}"

    # then
    assert missing == {}
    assert len(acts) > 60
    assert set(ELSEWHERE) <= set(acts)
