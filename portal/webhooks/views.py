"""Webhooks of a system: who they go to, what came of each, and what can be done about it."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.common.confirming import confirm_page
from portal.common.errors import DomainError
from portal.common.form_errors import add_refusal
from portal.common.http import PortalRequest
from portal.organisation.permissions import may_manage_systems

from . import selectors
from .forms import EndpointForm
from .models import Endpoint
from .services import endpoints

PER_PAGE = 30


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def endpoint_list(request: PortalRequest, pk: int) -> HttpResponse:
    """Shows a new secret once, in the answer to the POST."""
    system = selectors.system_of(request.user, pk)
    may_manage = may_manage_systems(request.user, system.department)
    new = None
    if request.method == "POST":
        may_manage.enforce()
    form = EndpointForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            new = endpoints.add(system=system, by=request.user, **form.cleaned_data)
        except DomainError as refusal:
            add_refusal(form, refusal)
        else:
            form = EndpointForm()
    context = {
        "system": system,
        "endpoints": selectors.endpoints_of(system),
        "may_manage": may_manage,
        "form": form,
        "new": new,
    }
    status = 422 if form.errors else 200
    return render(request, "webhooks/endpoint_list.html", context, status=status)


@never_cache
@require_safe
def endpoint(request: PortalRequest, pk: int, endpoint: int) -> HttpResponse:
    return _page(request, selectors.endpoint_of(request.user, pk, endpoint))


@require_POST
def endpoint_change(request: PortalRequest, pk: int, endpoint: int) -> HttpResponse:
    found = selectors.endpoint_of(request.user, pk, endpoint)
    may_manage_systems(request.user, found.system.department).enforce()
    form = EndpointForm(request.POST)
    if form.is_valid():
        try:
            endpoints.change(
                endpoint=found, version=_version(request), by=request.user, **form.cleaned_data
            )
        except DomainError as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("The webhook is changed."))
            return redirect(found)
    return _page(request, found, form=form, status=422)


@require_POST
def endpoint_test(request: PortalRequest, pk: int, endpoint: int) -> HttpResponse:
    found = selectors.endpoint_of(request.user, pk, endpoint)
    tried = endpoints.test(endpoint=found, by=request.user)
    if tried.delivered_at:
        messages.success(
            request,
            _("The system answered the test with HTTP %(status)s after %(ms)s ms.")
            % {"status": tried.status, "ms": tried.milliseconds},
        )
    else:
        messages.error(request, _("The test did not arrive: %(error)s") % {"error": tried.error})
    return redirect(found)


@require_POST
def endpoint_enable(request: PortalRequest, pk: int, endpoint: int) -> HttpResponse:
    return _act(request, pk, endpoint, endpoints.enable, _("The webhook is switched on."))


@require_POST
def endpoint_disable(request: PortalRequest, pk: int, endpoint: int) -> HttpResponse:
    return _act(request, pk, endpoint, endpoints.disable, _("The webhook is switched off."))


@never_cache
@require_POST
def endpoint_rotate(request: PortalRequest, pk: int, endpoint: int) -> HttpResponse:
    """Shows the new secret once, in the answer to the POST."""
    found = selectors.endpoint_of(request.user, pk, endpoint)
    new = endpoints.rotate(
        endpoint=found,
        version=_version(request),
        is_leaked="is_leaked" in request.POST,
        by=request.user,
    )
    return _page(request, new.endpoint, new=new)


@require_http_methods(["GET", "HEAD", "POST"])
def endpoint_remove(request: PortalRequest, pk: int, endpoint: int) -> HttpResponse:
    found = selectors.endpoint_of(request.user, pk, endpoint)
    may_manage_systems(request.user, found.system.department).enforce()
    if request.method == "POST":
        endpoints.remove(endpoint=found, version=found.version, by=request.user)
        messages.success(request, _("The webhook is removed."))
        return redirect("webhooks:endpoint_list", pk=pk)
    return confirm_page(
        request,
        title=_("Remove the webhook to %(url)s?") % {"url": found.url},
        consequences=[
            _("Nothing more is sent there, nor what waits."),
            _("Its deliveries stay in the audit trail alone."),
        ],
        confirm_label=_("Remove the webhook"),
        back=found,
    )


@require_POST
def delivery_replay(request: PortalRequest, pk: int, endpoint: int, delivery: int) -> HttpResponse:
    found = selectors.endpoint_of(request.user, pk, endpoint)
    endpoints.replay(endpoint=found, delivery=delivery, by=request.user)
    messages.success(request, _("The event is sent again."))
    return redirect(found)


def _act(
    request: PortalRequest, pk: int, endpoint: int, act: Callable[..., Endpoint], done: str
) -> HttpResponse:
    found = selectors.endpoint_of(request.user, pk, endpoint)
    act(endpoint=found, version=_version(request), by=request.user)
    messages.success(request, done)
    return redirect(found)


def _version(request: PortalRequest) -> int:
    """0, which no webhook has, for a form without one: the right is asked before it."""
    sent = request.POST.get("version", "")
    return int(sent) if sent.isdecimal() and len(sent) < 9 else 0


def _page(
    request: PortalRequest,
    found: Endpoint,
    *,
    form: EndpointForm | None = None,
    new: endpoints.NewEndpoint | None = None,
    status: int = 200,
) -> HttpResponse:
    context: dict[str, Any] = {
        "endpoint": found,
        "system": found.system,
        "may_manage": may_manage_systems(request.user, found.system.department),
        "form": form or EndpointForm(initial={"url": found.url, "events": found.events}),
        "new": new,
        "page": Paginator(selectors.deliveries_of(found), PER_PAGE).get_page(
            request.GET.get("page")
        ),
    }
    return render(request, "webhooks/endpoint.html", context, status=status)
