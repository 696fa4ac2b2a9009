"""The register of source departments (Decree 809, Art. 19)."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_http_methods, require_safe

from catalog.forms.one_source import AppointForm, ReasonsForm
from catalog.one_source.permissions import check_acknowledge, may_appoint, may_oversee
from catalog.selectors import duplicates as selectors
from catalog.services import source_register as register
from portal.common.confirming import confirm_page
from portal.common.errors import DomainError
from portal.common.form_errors import add_refusal
from portal.common.http import PortalRequest

PAGE_SIZE = 30


@require_safe
def source_register(request: PortalRequest) -> HttpResponse:
    q = request.GET.get("q", "").strip()[:100]
    page = Paginator(selectors.register(q=q), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {"page": page, "q": q, "may_appoint": may_oversee(request.user)}
    return render(request, "catalog/one_source/register.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def source_appoint(request: PortalRequest) -> HttpResponse:
    may_oversee(request.user).enforce()
    form = AppointForm(
        request.POST if request.method == "POST" else None,
        departments=selectors.departments_of(request.user.department.region),
        initial={"name": request.GET.get("name", "")[:100]},
    )
    if form.is_valid():
        try:
            made = register.appoint(by=request.user, **form.cleaned_data)
        except DomainError as refusal:
            add_refusal(form, refusal)
        else:
            words = _("%(department)s is now the source department of %(datum)s.")
            parts = {"department": made.department, "datum": made.name}
            messages.success(request, words % parts)
            return redirect("catalog:source_register")
    return confirm_page(
        request,
        title=_("Appoint a source department"),
        consequences=[
            _("An earlier appointment for the datum ends."),
            _("Entries of other departments that hold the datum have to link to it or justify."),
        ],
        form=form,
        confirm_label=pgettext("a source department", "Appoint"),
        back=reverse("catalog:source_register"),
        back_label=_("Source register"),
        is_danger=False,
    )


@require_http_methods(["GET", "HEAD", "POST"])
def source_withdraw(request: PortalRequest, pk: int) -> HttpResponse:
    appointment = selectors.appointment_of(pk)
    may_appoint(request.user, appointment.department).enforce()
    register.check_in_force(appointment)
    form = ReasonsForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            register.withdraw(appointment=appointment, by=request.user, **form.cleaned_data)
        except DomainError as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("The appointment has ended."))
            return redirect("catalog:source_register")
    return confirm_page(
        request,
        title=_("Withdraw the appointment for %(datum)s?") % {"datum": appointment.name},
        consequences=[_("The datum then has no source department. The history is kept.")],
        form=form,
        confirm_label=_("Withdraw the appointment"),
        back=reverse("catalog:source_register"),
        back_label=_("Source register"),
    )


@require_http_methods(["GET", "HEAD", "POST"])
def source_acknowledge(request: PortalRequest, pk: int) -> HttpResponse:
    appointment = selectors.appointment_of(pk)
    check_acknowledge(request.user, appointment)
    if request.method == "POST":
        register.acknowledge(appointment=appointment, by=request.user)
        messages.success(request, _("The appointment is acknowledged."))
        return redirect("catalog:source_register")
    return confirm_page(
        request,
        title=_("Your department is the source of %(datum)s") % {"datum": appointment.name},
        consequences=[
            _("It collects the datum for all departments and is its single sharing service."),
            _("It keeps the data complete, accurate and usable (Art. 19)."),
        ],
        confirm_label=_("Acknowledge"),
        back=reverse("catalog:source_register"),
        back_label=_("Source register"),
        is_danger=False,
    )
