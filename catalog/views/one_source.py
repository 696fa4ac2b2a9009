"""Pages of "one datum, one source" (Decree 809, Art. 19)."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from catalog.one_source.permissions import may_appoint, may_oversee
from catalog.one_source.score import THRESHOLD
from catalog.permissions import may_edit, may_see_work, standing_of
from catalog.selectors import duplicates as selectors
from catalog.selectors.resources import resource_for
from catalog.services import one_source
from portal.common.errors import DomainError, NotFound
from portal.common.form_errors import add_refusal
from portal.common.http import PortalRequest

PAGE_SIZE = 30
MOST_SHOWN = 100


class AppointForm(forms.Form):
    """The lead collector of a datum; whom it may be depends on the officer's region."""

    name = forms.CharField(label=gettext_lazy("Datum"), max_length=100)
    department = forms.ModelChoiceField(  # type: ignore[var-annotated]  # not subscriptable when it runs
        label=gettext_lazy("Source department"), queryset=None
    )
    basis = forms.CharField(
        label=gettext_lazy("Basis"), max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, *args: Any, departments: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["department"].queryset = departments  # type: ignore[attr-defined]


class ReasonsForm(forms.Form):
    reasons = forms.CharField(
        label=gettext_lazy("Reasons"), max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )


class AnswerForm(forms.Form):
    """What the steward does about one duplicate."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    column = forms.CharField(max_length=60, widget=forms.HiddenInput)
    other = forms.IntegerField(widget=forms.HiddenInput)
    how = forms.ChoiceField(
        choices=[("link", gettext_lazy("Link")), ("justify", gettext_lazy("Justify"))],
        widget=forms.HiddenInput,
    )
    words = forms.CharField(label=gettext_lazy("Justification"), max_length=1000, required=False)


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
            made = one_source.appoint(by=request.user, **form.cleaned_data)
        except DomainError as refusal:
            add_refusal(form, refusal)
        else:
            words = _("%(department)s is now the source department of %(datum)s.")
            parts = {"department": made.department, "datum": made.name}
            messages.success(request, words % parts)
            return redirect("catalog:source_register")
    context = {
        "title": _("Appoint a source department"),
        "consequences": [
            _("The appointment before it ends."),
            _("Entries of other departments that hold the datum have to link to it or justify."),
        ],
        "form": form,
        "confirm_label": _("Appoint"),
        "back_url": reverse("catalog:source_register"),
        "is_danger": False,
    }
    status = 422 if form.errors else 200
    return render(request, "components/confirm_page.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def source_withdraw(request: PortalRequest, pk: int) -> HttpResponse:
    appointment = selectors.appointment_of(pk)
    may_appoint(request.user, appointment.department).enforce()
    form = ReasonsForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            one_source.withdraw(appointment=appointment, by=request.user, **form.cleaned_data)
        except DomainError as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("The appointment has ended."))
            return redirect("catalog:source_register")
    context = {
        "title": _("Withdraw the appointment for %(datum)s?") % {"datum": appointment.name},
        "consequences": [_("The datum then has no source department. The history is kept.")],
        "form": form,
        "confirm_label": _("Withdraw the appointment"),
        "back_url": reverse("catalog:source_register"),
    }
    status = 422 if form.errors else 200
    return render(request, "components/confirm_page.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def source_acknowledge(request: PortalRequest, pk: int) -> HttpResponse:
    appointment = selectors.appointment_of(pk)
    if request.method == "POST":
        one_source.acknowledge(appointment=appointment, by=request.user)
        messages.success(request, _("The appointment is acknowledged."))
        return redirect("catalog:source_register")
    context = {
        "title": _("Your department is the source of %(datum)s") % {"datum": appointment.name},
        "consequences": [
            _("It collects the datum for all departments and is its single sharing service."),
            _("It keeps the data complete, accurate and usable (Art. 19)."),
        ],
        "confirm_label": _("Acknowledge"),
        "back_url": reverse("catalog:source_register"),
        "is_danger": False,
    }
    return render(request, "components/confirm_page.html", context)


@require_safe
def duplicate_list(request: PortalRequest) -> HttpResponse:
    """All open duplicates that the competent department sees."""
    may_oversee(request.user).enforce()
    least = request.GET.get("least", "")
    found = selectors.open_duplicates(
        request.user, least=int(least) if least.isdecimal() and len(least) < 4 else THRESHOLD
    )
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "catalog/one_source/duplicates.html", {"page": page})


@require_http_methods(["GET", "HEAD", "POST"])
def entry_duplicates(request: PortalRequest, pk: int) -> HttpResponse:
    """What other departments provide already, for the people who work on the entry."""
    resource = resource_for(request.user, pk)
    if not may_see_work(standing_of(request.user, resource)):
        raise NotFound(_("There is no such resource."))
    form = None
    if request.method == "POST":
        form = AnswerForm(request.POST)
        if form.is_valid():
            try:
                _answer(request, resource, form.cleaned_data)
            except DomainError as refusal:
                add_refusal(form, refusal)
            else:
                messages.success(request, _("Your answer is saved."))
                return redirect("catalog:entry_duplicates", pk=pk)
    found = selectors.duplicates_of(resource, party=request.user)
    context = {
        "resource": resource,
        "listed": found[:MOST_SHOWN],
        "hidden": max(0, len(found) - MOST_SHOWN),
        "threshold": THRESHOLD,
        "may_answer": may_edit(request.user, resource),
        "form": form,
    }
    status = 422 if form is not None and form.errors else 200
    return render(request, "catalog/one_source/entry.html", context, status=status)


def _answer(request: PortalRequest, resource: Any, given: dict[str, Any]) -> None:
    how, words = given["how"], given["words"]
    asked = {
        "resource": resource,
        "version": given["version"],
        "column": given["column"],
        "other": selectors.other_entry(request.user, given["other"]),
        "by": request.user,
    }
    if how == "link":
        one_source.link(**asked)
    else:
        one_source.justify(**asked, words=words)
