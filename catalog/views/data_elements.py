"""Pages of the data elements."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from catalog.selectors import standards as selectors
from catalog.services import data_elements
from catalog.standards.permissions import may_keep_standards
from portal.common.confirming import confirm_page
from portal.common.errors import DomainError
from portal.common.form_errors import add_refusal
from portal.common.http import PortalRequest

from .standard_forms import ElementForm, NoInputForm


@require_safe
def data_element_list(request: PortalRequest) -> HttpResponse:
    q = request.GET.get("q", "").strip()
    found = Paginator(selectors.data_elements(q), selectors.LISTS_PER_PAGE)
    context = {
        "page": found.get_page(request.GET.get("page")),
        "q": q,
        "may_keep": may_keep_standards(request.user),
    }
    return render(request, "catalog/standards/data_element_list.html", context)


@require_safe
def data_element(request: PortalRequest, pk: int) -> HttpResponse:
    element = selectors.data_element_of(pk)
    users = selectors.users_of_element(request.user, element)
    context = {
        "element": element,
        "current": element.current,
        "versions": selectors.versions_of_element(element),
        "users": users[: selectors.SHOWN_USERS],
        "may_keep": may_keep_standards(request.user),
    }
    return render(request, "catalog/standards/data_element.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def data_element_create(request: PortalRequest) -> HttpResponse:
    may_keep_standards(request.user).enforce()
    form = ElementForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            made = data_elements.create_element(
                identifier=form.cleaned_data["identifier"],
                data=form.data_of_element,
                by=request.user,
            )
        except DomainError as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("The data element is published."))
            return redirect(made)
    context = {"form": form, "element": None}
    status = 422 if form.errors else 200
    return render(request, "catalog/standards/data_element_form.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def data_element_edit(request: PortalRequest, pk: int) -> HttpResponse:
    may_keep_standards(request.user).enforce()
    element = selectors.data_element_of(pk)
    form = ElementForm(request.POST if request.method == "POST" else None, current=element.current)
    if form.is_valid():
        try:
            changed = data_elements.change_element(
                element=element,
                version=form.cleaned_data["version"] or 0,
                data=form.data_of_element,
                by=request.user,
            )
        except DomainError as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("The data element is published."))
            return redirect(changed)
    context = {"form": form, "element": element}
    status = 422 if form.errors else 200
    return render(request, "catalog/standards/data_element_form.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def data_element_retire(request: PortalRequest, pk: int) -> HttpResponse:
    may_keep_standards(request.user).enforce()
    element = selectors.data_element_of(pk)
    if NoInputForm(request.POST if request.method == "POST" else None).is_valid():
        data_elements.retire_element(element=element, by=request.user)
        messages.success(request, _("The data element is retired."))
        return redirect(element)
    return confirm_page(
        request,
        title=_("Retire %(list)s?") % {"list": element.identifier},
        consequences=[
            _("No data item can be bound to it any more; what is bound stays so."),
            _("It cannot be taken back."),
        ],
        confirm_label=_("Retire the data element"),
        back=element,
    )
