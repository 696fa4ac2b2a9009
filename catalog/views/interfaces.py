"""Pages of a resource's interface: where it is, which calls it allows, open or closed."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from catalog.interfaces.breaker import is_resting
from catalog.models import PublishedInterface, Resource
from catalog.selectors import sync
from catalog.selectors.interfaces import interface_of
from catalog.services import interface_trials, interfaces
from catalog.sources.permissions import may_set_up
from portal.common.errors import DomainError
from portal.common.form_errors import add_refusal
from portal.common.http import PortalRequest

from .interface_forms import CallForm, InterfaceForm, TrialForm


@require_safe
def interface(request: PortalRequest, pk: int) -> HttpResponse:
    return _page(request, _resource(request, pk))


@sensitive_post_parameters("headers")
@require_http_methods(["GET", "HEAD", "POST"])
def interface_edit(request: PortalRequest, pk: int) -> HttpResponse:
    """Register the interface of a resource that has none, or change it."""
    resource = _resource(request, pk)
    may_set_up(request.user, resource).enforce()
    found = interface_of(resource)
    form = InterfaceForm(request.POST if request.method == "POST" else None, interface=found)
    if form.is_valid():
        try:
            if found is None:
                interfaces.register(resource=resource, data=form.data_of_interface, by=request.user)
            else:
                interfaces.change(
                    interface=found,
                    version=form.cleaned_data["version"] or 0,
                    data=form.data_of_interface,
                    by=request.user,
                )
        except DomainError as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("The interface is saved."))
            return redirect("catalog:interface", pk=pk)
    context = {"form": form, "resource": resource, "interface": found}
    status = 422 if form.errors else 200
    return render(request, "sources/interface_form.html", context, status=status)


@require_POST
def interface_allow(request: PortalRequest, pk: int) -> HttpResponse:
    resource = _resource(request, pk)
    may_set_up(request.user, resource).enforce()
    found = _interface(resource)
    form = CallForm(request.POST)
    if form.is_valid():
        try:
            interfaces.allow_call(
                interface=found,
                version=form.cleaned_data["version"],
                data=form.data_of_call,
                by=request.user,
            )
        except DomainError as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("The call is allowed from now on."))
            return redirect("catalog:interface", pk=pk)
    return _page(request, resource, form=form, status=422)


@require_POST
def interface_forbid(request: PortalRequest, pk: int, call: int) -> HttpResponse:
    found = _interface(_resource(request, pk))
    interfaces.forbid_call(
        interface=found, call_id=call, version=_version(request), by=request.user
    )
    messages.success(request, _("The call is no longer passed on."))
    return redirect("catalog:interface", pk=pk)


@require_http_methods(["GET", "HEAD", "POST"])
def interface_try(request: PortalRequest, pk: int, call: int) -> HttpResponse:
    """Call the provider now and tell how that went, without a value of a row."""
    resource = _resource(request, pk)
    may_set_up(request.user, resource).enforce()
    calls = _interface(resource).calls.select_related("interface__resource")
    allowed = get_object_or_404(calls, pk=call)
    form = TrialForm(request.POST if request.method == "POST" else None, call=allowed)
    trial = None
    if form.is_valid():
        try:
            trial = interface_trials.try_call(
                call=allowed,
                path=form.cleaned_data["path"],
                given=form.parameters,
                by=request.user,
            )
        except DomainError as refusal:
            add_refusal(form, refusal)
    labels = dict(resource.items.values_list("column", "name"))
    context = {
        "resource": resource,
        "call": allowed,
        "form": form,
        "trial": trial,
        "filled": [(labels[name], name, count) for name, count in trial.filled.items()]
        if trial
        else [],
    }
    status = 422 if form.errors else 200
    return render(request, "sources/interface_try.html", context, status=status)


@require_POST
def interface_open(request: PortalRequest, pk: int) -> HttpResponse:
    found = _interface(_resource(request, pk))
    interfaces.open_interface(interface=found, version=_version(request), by=request.user)
    messages.success(request, _("Who holds an agreement can call the interface now."))
    return redirect("catalog:interface", pk=pk)


@require_POST
def interface_close(request: PortalRequest, pk: int) -> HttpResponse:
    found = _interface(_resource(request, pk))
    interfaces.close_interface(interface=found, version=_version(request), by=request.user)
    messages.success(request, _("The interface is closed."))
    return redirect("catalog:interface", pk=pk)


def _page(
    request: PortalRequest, resource: Resource, *, form: CallForm | None = None, status: int = 200
) -> HttpResponse:
    found = interface_of(resource)
    context = {
        "resource": resource,
        "interface": found,
        "calls": list(found.calls.all()) if found else [],
        "is_resting": found is not None and is_resting(found.pk),
        "may_set_up": may_set_up(request.user, resource),
        "form": form or CallForm(initial={"version": found.version if found else 0}),
    }
    return render(request, "sources/interface.html", context, status=status)


def _resource(request: PortalRequest, pk: int) -> Resource:
    found: Resource = get_object_or_404(sync.resources_for(request.user), pk=pk)
    return found


def _interface(resource: Resource) -> PublishedInterface:
    return get_object_or_404(PublishedInterface, resource=resource)


def _version(request: PortalRequest) -> int:
    given = request.POST.get("version", "")
    return int(given) if given.isascii() and given.isdecimal() and len(given) < 10 else -1
