"""The data of an agreement: first rows, downloads, prepared exports, the call to copy; who drew what."""

import json
import time
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST, require_safe

from portal.common import svg
from portal.common.errors import DomainError
from portal.common.form_errors import add_refusal
from portal.common.http import PortalRequest
from sharing import canaries, presentation
from sharing.call_examples import examples, interface_example
from sharing.delivery import downloads, exports, files, pages, prepared
from sharing.delivery.answers import given_file, streamed
from sharing.delivery.formats import FORMATS
from sharing.delivery_forms import ExportForm, TryForm
from sharing.selectors.drawn import drawn
from sharing.selectors.prepared import exports_for

from .agreements import page_of

PREPARED_SHOWN = 20


@require_safe
def agreement_data(request: PortalRequest, number: str) -> HttpResponse:
    return _page(request, number)


@require_POST
def agreement_try(request: PortalRequest, number: str) -> HttpResponse:
    """The call itself, with the person as caller: it counts, and is recorded."""
    page_of(request, number)
    form = TryForm(request.POST)
    told: dict[str, Any] = {"try_form": form}
    status = 422
    if form.is_valid():
        began = time.monotonic()
        try:
            body = pages.rows(number=number, party=request.user, asked=form.parameters())
        except DomainError as refusal:
            told["refusal"] = refusal
            told["refused_fields"] = [
                (name, words) for name, faults in refusal.fields.items() for words in faults
            ]
            status = told["tried"] = refusal.status
        else:
            status = told["tried"] = 200
            told["answer"] = answer = json.loads(body)
            told["rows"] = [list(row.items()) for row in answer["rows"]]
            told["size"] = len(body)
        told["seconds"] = round(time.monotonic() - began, 3)
    return _page(request, number, status=status, **told)


@require_POST
def agreement_prepare(request: PortalRequest, number: str) -> HttpResponse:
    page_of(request, number)
    form = ExportForm(request.POST)
    if form.is_valid():
        kind, asked = form.parameters()
        try:
            _export, is_new = prepared.ask(
                number=number, party=request.user, format=FORMATS[kind], asked=asked
            )
        except DomainError as refusal:
            add_refusal(form, refusal)
        else:
            words = (
                _("The export is being prepared.")
                if is_new
                else _("The rows have not changed: the export that there is has them.")
            )
            messages.success(request, words)
            return redirect(reverse("sharing:agreement_data", args=[number]) + "#prepared")
    return _page(request, number, status=422, export_form=form)


@require_safe
def agreement_prepared(request: PortalRequest, number: str) -> HttpResponse:
    """The list alone, which the page asks for again while something is under way."""
    page = page_of(request, number)
    context = {"agreement": page.agreement, **_prepared(request, number)}
    return render(request, "sharing/agreement_prepared.html", context)


@require_GET
def agreement_download(request: PortalRequest, number: str) -> HttpResponseBase:
    """The same stream as the API's, for a person of the requester."""
    form = ExportForm({"format": "csv", "query": "", **request.GET.dict()})
    if not form.is_valid():
        raise Http404(number)
    kind, asked = form.parameters()
    stream = exports.export(number=number, party=request.user, format=FORMATS[kind], asked=asked)
    return streamed(stream)


@require_GET
def agreement_file(request: PortalRequest, number: str, export: UUID) -> HttpResponseBase:
    stream = downloads.file_of(
        number=number,
        party=request.user,
        export=export,
        range=request.headers.get("Range", ""),
        if_range=request.headers.get("If-Range", ""),
    )
    return given_file(stream)


@require_GET
def agreement_shared_file(request: PortalRequest, number: str, name: str) -> HttpResponseBase:
    version = request.GET.get("version", "")
    if version and not (version.isascii() and version.isdecimal() and len(version) < 10):
        raise Http404(version)
    stream = files.file_of(
        number=number,
        party=request.user,
        name=name,
        version=int(version) if version else None,
        range=request.headers.get("Range", ""),
        if_range=request.headers.get("If-Range", ""),
    )
    return given_file(stream)


@require_safe
def agreement_drawn(request: PortalRequest, number: str) -> HttpResponse:
    """Who drew what of this, when, and how much."""
    page = page_of(request, number)
    found = drawn(page.agreement)
    parts = [svg.Part(f"{day:%m-%d}", rows, "run") for day, rows in found.by_day if rows]
    context = {
        "page": page,
        "agreement": page.agreement,
        "drawn": found,
        "chart": svg.bars(parts, id="drawn-chart", title=_("Rows drawn by day")),
        "standing": presentation.agreement_standing(page),
    }
    return render(request, "sharing/agreement_drawn.html", context)


def _page(request: PortalRequest, number: str, *, status: int = 200, **told: Any) -> HttpResponse:
    page = page_of(request, number)
    agreement = page.agreement
    host = request.build_absolute_uri("/").rstrip("/")
    has_rows = agreement.resource.has_rows
    called = interface_example(agreement, host=host)
    of_rows = examples(agreement, host=host) if has_rows else []
    context = {
        "page": page,
        "agreement": agreement,
        "standing": presentation.agreement_standing(page),
        **_prepared(request, number),
        "files": files.shown(agreement),
        "has_rows": has_rows,
        "is_called": called is not None,
        "examples": [*([called] if called else []), *of_rows],
        "try_form": TryForm(),
        "export_form": ExportForm(auto_id="export_%s"),
        "formats": [value for value, _label in ExportForm.base_fields["format"].choices],  # type: ignore[attr-defined]
        "columns": [one.item for one in page.items],
        "canary": canaries.told(agreement) if page.may_list else None,
        **told,
    }
    return render(request, "sharing/agreement_data.html", context, status=status)


def _prepared(request: PortalRequest, number: str) -> dict[str, Any]:
    found = exports_for(request.user, number)
    shown = [] if found is None else list(found[:PREPARED_SHOWN])
    return {"prepared": shown, "is_under_way": any(one.is_under_way for one in shown)}
