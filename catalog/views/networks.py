"""The networks that sources may lie in: administrators look, the security administrator decides."""

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from catalog.selectors.networks import networks_for, open_networks
from catalog.services import networks
from catalog.sources.permissions import may_open_networks, may_see_networks
from portal.common.errors import DomainError
from portal.common.form_errors import add_refusal
from portal.common.http import PortalRequest


class NetworkForm(forms.Form):
    network = forms.CharField(
        label=gettext_lazy("Network"),
        max_length=50,
        help_text=gettext_lazy("For example 10.20.0.0/16, or 10.20.3.7/32 for one address."),
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=300,
        help_text=gettext_lazy("Which source lies there, and on what request it is opened."),
    )


class ReasonForm(forms.Form):
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=300)


@require_http_methods(["GET", "HEAD", "POST"])
def network_list(request: PortalRequest) -> HttpResponse:
    may_see_networks(request.user).enforce()
    form = NetworkForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            networks.open_network(**form.cleaned_data, by=request.user)
        except DomainError as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("The network is open for sources from now on."))
            return redirect("catalog:network_list")
    found = networks_for(request.user)
    context = {
        "form": form,
        "fixed": settings.SOURCE_ALLOWED_NETWORKS,
        "open": [one for one in found if one.removed_at is None],
        "closed": [one for one in found if one.removed_at is not None],
        "may_open": may_open_networks(request.user),
    }
    status = 422 if form.errors else 200
    return render(request, "sources/network_list.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def network_close(request: PortalRequest, pk: int) -> HttpResponse:
    may_see_networks(request.user).enforce()
    found = get_object_or_404(open_networks(request.user), pk=pk)
    may_open_networks(request.user).enforce()
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            networks.close_network(
                network=found, reason=form.cleaned_data["reason"], by=request.user
            )
        except DomainError as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("The network is closed for sources from now on."))
            return redirect("catalog:network_list")
    context = {"form": form, "network": found}
    status = 422 if form.errors else 200
    return render(request, "sources/network_close.html", context, status=status)
