"""What those who index the web are told: where the open entries are, and what is not for them."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.contrib.sitemaps import Sitemap, views
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from catalog.models import Resource
from catalog.querysets import ResourceQuerySet
from catalog.selectors.exchange import latest_change, open_entries

CLOSED = ("/accounts/", "/admin/", "/audit/", "/organisation/", "/sharing/", "/api/v1/")


class OpenEntries(Sitemap):  # type: ignore[type-arg]  # not subscriptable when it runs
    """Under the 50,000 addresses that a sitemap may hold."""

    limit = 40_000
    protocol = None

    def items(self) -> ResourceQuerySet:
        return open_entries()

    def lastmod(self, item: Resource) -> datetime:
        return item.updated_at

    def get_latest_lastmod(self) -> datetime | None:
        """Asked of the database: the inherited one would read every entry."""
        return latest_change()


SITEMAPS: "dict[str, type[Sitemap[Any]] | Sitemap[Any]]" = {"catalog": OpenEntries}


@login_not_required
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The sitemaps there are."""
    return views.index(request, sitemaps=SITEMAPS, sitemap_url_name="sitemap-section")


@login_not_required
@require_safe
def sitemap(request: HttpRequest, section: str) -> HttpResponse:
    return views.sitemap(request, sitemaps=SITEMAPS, section=section)


@login_not_required
@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    where = request.build_absolute_uri(reverse("sitemap"))
    lines: Iterable[str] = (
        "User-agent: *",
        *(f"Disallow: {path}" for path in CLOSED),
        "",
        f"Sitemap: {where}",
        "",
    )
    return HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")
