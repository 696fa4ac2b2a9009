"""The versions of a published entry, what differs between them, and the change of an entry."""

from collections.abc import Callable
from functools import wraps

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_http_methods, require_safe

from catalog.forms import DiscardForm, VersionForm
from catalog.parties import VISITOR, party_of
from catalog.selectors.comparison import compare, entry_rows, items_in
from catalog.selectors.resources import resource_page
from catalog.selectors.versions import Versions, change_of, versions_of
from catalog.services import versions as services
from catalog.snapshot import snapshot_in
from portal.common.confirming import confirm_page
from portal.common.errors import DomainError, NotFound
from portal.common.form_errors import add_refusal
from portal.common.http import PortalRequest

PAGE_SIZE = 20
OFFERED = 200  # versions among which two can be chosen at once

View = Callable[..., HttpResponse]


def _for_visitors_too(view: View) -> View:
    """A visitor is asked to sign in for all that is not open, whether it exists or not."""

    @login_not_required
    @require_safe
    @wraps(view)
    def answered(request: PortalRequest, **place: int) -> HttpResponse:
        try:
            return view(request, **place)
        except NotFound:
            if party_of(request.user) is VISITOR:
                return redirect_to_login(request.get_full_path())
            raise

    return answered


@_for_visitors_too
def version_list(request: PortalRequest, pk: int) -> HttpResponse:
    found = versions_of(party_of(request.user), pk)
    page = Paginator(found.listed, PAGE_SIZE).get_page(request.GET.get("page", "1"))
    context = {
        "versions": found,
        "resource": found.resource,
        "page": page,
        "numbers": _numbers(found),
    }
    return render(request, "catalog/versions.html", context)


@_for_visitors_too
def version(request: PortalRequest, pk: int, version: int) -> HttpResponse:
    found = versions_of(party_of(request.user), pk)
    shown = found.numbered(version)
    said = snapshot_in(shown)
    context = {
        "versions": found,
        "resource": found.resource,
        "version": shown,
        "name": said.entry.get("name", ""),
        "rows": entry_rows(said),
        "items": items_in(shown),
        "numbers": _numbers(found),
    }
    return render(request, "catalog/version.html", context)


@_for_visitors_too
def comparison(request: PortalRequest, pk: int) -> HttpResponse:
    """Two versions by `?before=1&after=2`, the last two unless said; of a change, all it changes."""
    party = party_of(request.user)
    if party is not VISITOR:
        page = resource_page(party, pk)
        if change := change_of(page.resource):
            context = {
                "change": change,
                "resource": change.resource,
                "live": change.live,
                "comparison": change.comparison,
                "rights": page.rights,
            }
            return render(request, "catalog/change.html", context)
    found = versions_of(party, pk)
    numbers = _numbers(found)
    context = {"versions": found, "resource": found.resource, "numbers": numbers}
    if len(numbers) > 1 or {"before", "after"} & set(request.GET):
        last = [*numbers, 0, 0]
        after = found.numbered(_number(request, "after", last[0]))
        before = found.numbered(_number(request, "before", last[1]))
        context |= {
            "before": before,
            "after": after,
            "comparison": compare(snapshot_in(before), snapshot_in(after)),
        }
    return render(request, "catalog/comparison.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def revise(request: PortalRequest, pk: int) -> HttpResponse:
    """Begin a change of a published entry."""
    page = resource_page(request.user, pk)
    page.rights.change.enforce()
    resource = page.resource
    form = VersionForm(
        request.POST if request.method == "POST" else None, initial={"version": resource.version}
    )
    if form.is_valid():
        try:
            change = services.start_revision(
                resource=resource, version=form.cleaned_data["version"], by=request.user
            )
        except DomainError as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("The change is a draft now: write what is to be new."))
            return redirect("catalog:resource_edit", change.pk)
    return confirm_page(
        request,
        title=_('Change "%(name)s"?') % {"name": resource.name},
        consequences=[
            _("A draft that says what the entry says now is made; you change the draft."),
            _("Until the change is published, everybody goes on seeing the entry as it is."),
            _("The change is assessed, approved and reviewed as the entry was."),
        ],
        form=form,
        confirm_label=_("Begin the change"),
        back=resource,
        is_danger=False,
        template="catalog/change_confirm.html",
        resource=resource,
        step_label=_("Begin the change"),
    )


@require_http_methods(["GET", "HEAD", "POST"])
def discard(request: PortalRequest, pk: int) -> HttpResponse:
    """Give up a change of a published entry."""
    page = resource_page(request.user, pk)
    page.rights.discard.enforce()
    resource = page.resource
    form = DiscardForm(
        request.POST if request.method == "POST" else None, initial={"version": resource.version}
    )
    if form.is_valid():
        try:
            gone = services.discard_revision(
                resource=resource, by=request.user, **form.cleaned_data
            )
        except DomainError as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("The change is discarded. The entry stays as it is."))
            return redirect("catalog:resource", gone.revision_of_id)
    return confirm_page(
        request,
        title=_('Discard the change of "%(name)s"?') % {"name": resource.name},
        consequences=[
            _("The published entry stays as it is."),
            _("The change stays on record and can be read, but not taken up again."),
        ],
        form=form,
        confirm_label=_("Discard the change"),
        back=resource,
        template="catalog/change_confirm.html",
        resource=resource,
        step_label=pgettext("change of an entry", "Discard"),
    )


def _numbers(found: Versions) -> list[int]:
    return list(found.listed.values_list("number", flat=True)[:OFFERED])


def _number(request: PortalRequest, name: str, otherwise: int) -> int:
    given = request.GET.get(name, "")
    return int(given) if given.isdecimal() and len(given) < 7 else otherwise
