from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.common.confirming import confirm_page
from portal.common.errors import DomainError
from portal.common.form_errors import add_refusal
from portal.common.http import PortalRequest
from portal.organisation import permissions, selectors
from portal.organisation.forms import KeyForm, SystemForm
from portal.organisation.services import systems

PER_PAGE = 50


@require_http_methods(["GET", "HEAD", "POST"])
def system_list(request: PortalRequest) -> HttpResponse:
    """Our systems, and a form to register one more."""
    form = SystemForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            made = systems.register_system(
                department=request.user.department, by=request.user, **form.cleaned_data
            )
        except DomainError as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("The system is registered. Issue its credentials here."))
            return redirect("organisation:system", pk=made.pk)
    found = selectors.systems_for(request.user)
    context = {
        "page": Paginator(found, PER_PAGE).get_page(request.GET.get("page")),
        "form": form,
        "may_manage": permissions.may_manage_systems(request.user, request.user.department),
    }
    status = 422 if form.errors else 200
    return render(request, "organisation/system_list.html", context, status=status)


@never_cache
@require_safe
def system(request: PortalRequest, pk: int) -> HttpResponse:
    return _page(request, pk)


@never_cache
@require_POST
def key_issue(request: PortalRequest, pk: int) -> HttpResponse:
    """Shows the new key once, in the answer to the POST: it is stored nowhere."""
    found = get_object_or_404(selectors.systems_for(request.user), pk=pk)
    permissions.may_manage_systems(request.user, found.department).enforce()
    form = KeyForm(request.POST)
    if form.is_valid():
        try:
            new = systems.issue_api_key(
                system=found, days=form.cleaned_data["days"], by=request.user
            )
        except DomainError as refusal:
            add_refusal(form, refusal)
        else:
            return _page(request, pk, new_key=new)
    return _page(request, pk, form=form, status=422)


@never_cache
@require_POST
def client_issue(request: PortalRequest, pk: int) -> HttpResponse:
    """Shows the new client secret once, in the answer to the POST."""
    found = get_object_or_404(selectors.systems_for(request.user), pk=pk)
    return _page(request, pk, new_client=systems.issue_client(system=found, by=request.user))


@require_http_methods(["GET", "HEAD", "POST"])
def client_revoke(request: PortalRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(selectors.systems_for(request.user), pk=pk)
    permissions.may_manage_systems(request.user, found.department).enforce()
    if request.method == "POST":
        systems.revoke_client(system=found, by=request.user)
        messages.success(request, _("The client credentials and their tokens have ended."))
        return redirect("organisation:system", pk=pk)
    return confirm_page(
        request,
        title=_("Revoke the client credentials of %(system)s?") % {"system": found.name},
        consequences=[_("Tokens in use end at once; the system cannot get new ones.")],
        confirm_label=_("Revoke the credentials"),
        back=found,
    )


@require_http_methods(["GET", "HEAD", "POST"])
def key_revoke(request: PortalRequest, pk: int, prefix: str) -> HttpResponse:
    found = get_object_or_404(selectors.systems_for(request.user), pk=pk)
    permissions.may_manage_systems(request.user, found.department).enforce()
    key = get_object_or_404(found.api_keys, prefix=prefix)
    if request.method == "POST":
        systems.revoke_api_key(key=key, by=request.user)
        messages.success(request, _("The key is revoked."))
        return redirect("organisation:system", pk=pk)
    return confirm_page(
        request,
        title=_("Revoke the API key %(prefix)s…?") % {"prefix": key.prefix},
        consequences=[_("The next call with this key is refused.")],
        confirm_label=_("Revoke the key"),
        back=found,
    )


@require_http_methods(["GET", "HEAD", "POST"])
def system_close(request: PortalRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(selectors.systems_for(request.user), pk=pk)
    permissions.may_manage_systems(request.user, found.department).enforce()
    if request.method == "POST":
        systems.deactivate_system(system=found, by=request.user)
        messages.success(request, _("The system is closed."))
        return redirect("organisation:system_list")
    return confirm_page(
        request,
        title=_("Close the system %(system)s?") % {"system": found.name},
        consequences=[
            _("All its keys, client credentials and tokens end at once."),
            _("Agreements of the department stay; another system can use them."),
        ],
        confirm_label=_("Close the system"),
        back=found,
    )


def _page(
    request: PortalRequest,
    pk: int,
    *,
    form: KeyForm | None = None,
    new_key: systems.NewApiKey | None = None,
    new_client: systems.NewClient | None = None,
    status: int = 200,
) -> HttpResponse:
    found = get_object_or_404(selectors.systems_for(request.user), pk=pk)
    context = {
        "system": found,
        "keys": found.api_keys.select_related("created_by"),
        "form": form or KeyForm(),
        "new_key": new_key,
        "new_client": new_client,
        "may_manage": permissions.may_manage_systems(request.user, found.department),
    }
    return render(request, "organisation/system.html", context, status=status)
