"""The catalogue as DCAT-AP 3, for other catalogues to read; visitors get its open part."""

from datetime import datetime, time
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.http import http_date
from django.utils.translation import gettext as _
from rdflib import Graph
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.views import APIView

from catalog.formats import dcat
from catalog.parties import party_of
from catalog.selectors.exchange import FeedPage, entry_page, feed_page
from portal.common.errors import Invalid, NotFound

from .negotiation import FixedForm
from .resources import ResourceView

PAGE_SIZE = 100
HTML = "text/html"
MEDIA_TYPES = {media_type: form for form, (_name, media_type) in dcat.FORMATS.items()}


class CatalogueFeed(APIView):
    """One page of the catalogue. `modified_since` leaves out what has not changed since.

    It cannot tell of entries that left the catalogue: who keeps a copy reads it whole at times.
    """

    permission_classes = [AllowAny]
    content_negotiation_class = FixedForm
    schema = None
    form = "ttl"

    def get(self, request: Request) -> HttpResponse:
        size = _number(request, "limit", default=PAGE_SIZE, most=PAGE_SIZE)
        after = _number(request, "after", default=0, least=0) or None
        since = _since(request.query_params.get("modified_since", ""))
        page = feed_page(
            party_of(request.user),
            size=size,
            number=_number(request, "page", default=1),
            after=after,
            since=since,
        )
        number = _number(request, "page", default=1)
        links = dcat.Links(
            base=request.build_absolute_uri("/"),
            this=self.address(request, page=number, after=after),
            first=self.address(request, page=1),
            last=self.address(request, page=page.last),
            next=None
            if page.after is None
            else self.address(request, page=number + 1, after=page.after),
            previous=self.address(request, page=number - 1) if number > 1 else None,
            size=size,
        )
        return answer(request, dcat.catalogue_graph(page, links), self.form, page)

    def address(self, request: Request, *, page: int, after: int | None = None) -> str:
        asked: dict[str, Any] = {
            name: request.query_params[name]
            for name in ("modified_since", "limit")
            if name in request.query_params
        }
        asked["page"] = page
        if after is not None:
            asked["after"] = after
        path = reverse(f"catalogue-{self.form}")
        return request.build_absolute_uri(f"{path}?{urlencode(asked)}")


class CatalogueByAccept(CatalogueFeed):
    """The form that the caller accepts; who asks for none of them gets the page for people."""

    def get(self, request: Request) -> HttpResponse:
        chosen = request.get_preferred_type([HTML, *MEDIA_TYPES])
        answered: HttpResponse
        if chosen in MEDIA_TYPES:
            self.form = MEDIA_TYPES[chosen]
            answered = super().get(request)
        else:
            answered = HttpResponseRedirect(reverse("catalog:resource_list"))
        patch_vary_headers(answered, ["Accept"])
        return answered


class DatasetFeed(ResourceView):
    """One published entry, for who came upon its address in the catalogue."""

    content_negotiation_class = FixedForm
    schema = None
    form = "ttl"

    def get(self, request: Request, pk: int) -> HttpResponse:
        resource = self.found(pk)
        if not resource.is_published:
            raise NotFound(_("There is no such resource."))
        page = entry_page(party_of(request.user), resource)
        graph = dcat.dataset_graph(page, base=request.build_absolute_uri("/"))
        return answer(request, graph, self.form, page)


def answer(request: Request, graph: Graph, form: str, page: FeedPage) -> HttpResponse:
    """The graph, or 304 when the caller has it.

    The tag is that of the statements themselves, so it changes with whatever changes one of them: a
    date alone would not tell that an entry has gone.
    """
    tag = f'W/"{dcat.fingerprint(graph)}-{form}"'
    held = [one.strip() for one in request.headers.get("If-None-Match", "").split(",")]
    if tag in held:
        answered = HttpResponse(status=304)
    else:
        answered = HttpResponse(
            dcat.written(graph, form), content_type=f"{dcat.FORMATS[form][1]}; charset=utf-8"
        )
    answered["ETag"] = tag
    if page.resources:
        latest = max(resource.updated_at for resource in page.resources)
        answered["Last-Modified"] = http_date(latest.timestamp())
    answered["Cache-Control"] = "private, no-cache"
    patch_vary_headers(answered, ["Authorization", "Cookie"])
    return answered


def _number(
    request: Request, name: str, *, default: int, least: int = 1, most: int = 2**31 - 1
) -> int:
    """A number in the address; what is over the most counts as the most."""
    given = request.query_params.get(name, "")
    if not given:
        return default
    if not (given.isascii() and given.isdecimal() and len(given) < 20 and int(given) >= least):
        words = _("A whole number, %(least)s or more.") % {"least": least}
        raise Invalid(_("The input has errors."), fields={name: [words]})
    return min(int(given), most)


def _since(given: str) -> datetime | None:
    """A day or a moment (ISO 8601); without an offset it is the portal's own time."""
    if not given:
        return None
    try:
        day = parse_date(given)
        if "T" in given:  # then a space can only be the "+" of an offset, as addresses write it
            given = given.replace(" ", "+")
        moment = datetime.combine(day, time()) if day else parse_datetime(given)
    except ValueError:
        moment = None
    if moment is None:
        words = _("A day or a moment, such as 2026-11-23 or 2026-11-23T08:00:00+08:00.")
        raise Invalid(_("The input has errors."), fields={"modified_since": [words]})
    return moment if timezone.is_aware(moment) else timezone.make_aware(moment)
