"""The basket, and the application that is made of it: several requests of one purpose."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from catalog.selectors.resources import resource_for
from portal.common.confirming import confirm_page
from portal.common.decisions import Decision
from portal.common.errors import DomainError
from portal.common.form_errors import add_refusal
from portal.common.http import PortalRequest
from sharing.application_forms import ApprovalForm, BasketForm, PurposeForm, ReturnForm, SeenForm
from sharing.selectors.applications import ApplicationPage, application_page, basket_of
from sharing.services import applications

ask = require_http_methods(["GET", "HEAD", "POST"])


@ask
def basket(request: PortalRequest) -> HttpResponse:
    """What was put aside, and the purpose that is said once for all of it."""
    lines = basket_of(request.user)
    form = BasketForm(
        request.POST if request.method == "POST" else None,
        user=request.user,
        resources=[line.resource for line in lines if line.may],
    )
    if form.is_valid():
        try:
            made = applications.make(parts=form.parts(), by=request.user)
        except DomainError as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("Made. Now choose the data items of each request."))
            return redirect(made)
    context = {"form": form, "lines": lines}
    return render(request, "sharing/basket.html", context, status=422 if form.errors else 200)


@require_POST
def basket_add(request: PortalRequest, pk: int) -> HttpResponse:
    resource = resource_for(request.user, pk)
    applications.put_in_basket(resource=resource, by=request.user)
    messages.success(request, _('"%(name)s" is in your basket.') % {"name": resource})
    return redirect("sharing:basket")


@require_POST
def basket_take(request: PortalRequest, pk: int) -> HttpResponse:
    applications.take_from_basket(resource_ids=[pk], by=request.user)
    messages.success(request, _("Taken out of the basket."))
    return redirect("sharing:basket")


@require_safe
def application(request: PortalRequest, number: str) -> HttpResponse:
    page = page_of(request, number)
    return render(request, "sharing/application.html", {"page": page})


@ask
def application_purpose(request: PortalRequest, number: str) -> HttpResponse:
    """Say anew, for all drafts at once, what they have in common."""
    page = page_of(request, number)
    page.change.enforce()
    form = PurposeForm(
        request.POST if request.method == "POST" else None,
        user=request.user,
        initial=PurposeForm.initial_of(page),
    )
    return _acted(
        request,
        page,
        form,
        lambda given: applications.change_purpose(
            application=page.application, seen=given["seen"], data=form.data_in(), by=request.user
        ),
        title=_("Purpose of all requests"),
        consequences=[_("It is written onto every request of the application that is a draft.")],
        label=_("Save"),
        done=_("Saved."),
    )


@ask
def application_submit(request: PortalRequest, number: str) -> HttpResponse:
    page = page_of(request, number)
    page.change.enforce()
    form = SeenForm(
        request.POST if request.method == "POST" else None,
        initial={"seen": page.seen},
    )
    return _acted(
        request,
        page,
        form,
        lambda given: applications.submit(
            application=page.application, is_vouched_for=True, by=request.user, **given
        ),
        title=_("Submit all requests to the work body head?"),
        consequences=[
            _("You vouch that each is true, lawful and necessary (Decree 809, Art. 20)."),
            _("Your work body head decides on all of them."),
        ],
        label=_("Vouch and submit"),
        done=_("Submitted. Your work body head decides next."),
    )


@ask
def application_approve(request: PortalRequest, number: str) -> HttpResponse:
    return _decided(
        request,
        number,
        ApprovalForm,
        applications.approve,
        title=_("Approve all requests and hand them to their providers?"),
        consequences=[
            _("Each provider receives its requests today, and each has its own statutory clock."),
            _("You answer for their being true, lawful and necessary (Art. 20)."),
        ],
        label=_("Approve and hand over"),
        done=_("Approved. The providers' clocks run."),
    )


@ask
def application_send_back(request: PortalRequest, number: str) -> HttpResponse:
    return _decided(
        request,
        number,
        ReturnForm,
        applications.send_back,
        title=_("Send all requests back to the applicant?"),
        consequences=[_("The applicant revises them and submits them again.")],
        label=_("Send back"),
        done=_("Sent back to the applicant."),
    )


def page_of(request: PortalRequest, number: str) -> ApplicationPage:
    page = application_page(request.user, number)
    if page is None:
        raise Http404(number)
    return page


def _decided(
    request: PortalRequest,
    number: str,
    form_class: type[forms.Form],
    act: Callable[..., object],
    **words: Any,
) -> HttpResponse:
    page = page_of(request, number)
    decision: Decision = page.decide
    decision.enforce()
    form = form_class(
        request.POST if request.method == "POST" else None, initial={"seen": page.seen}
    )
    return _acted(
        request,
        page,
        form,
        lambda given: act(application=page.application, by=request.user, **given),
        **words,
    )


def _acted(
    request: PortalRequest,
    page: ApplicationPage,
    form: forms.Form,
    act: Callable[[dict[str, Any]], object],
    *,
    done: str,
    label: str,
    **words: Any,
) -> HttpResponse:
    if form.is_valid():
        try:
            act(form.cleaned_data)
        except DomainError as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, done)
            return redirect(page.application)
    return confirm_page(
        request,
        **words,
        form=form,
        is_danger=False,
        confirm_label=label,
        back=page.application,
    )
