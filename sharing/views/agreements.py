from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from portal.common.confirming import confirm_page
from portal.common.errors import DomainError
from portal.common.form_errors import add_refusal
from portal.common.http import PortalRequest, page_name
from sharing import presentation, selectors
from sharing.forms import ReasonForm
from sharing.models import AgreementState
from sharing.selectors.agreements import AgreementPage
from sharing.services import agreements, looks

PER_PAGE = 30


@require_safe
def agreement_list(request: PortalRequest) -> HttpResponse:
    side, state = request.GET.get("side", ""), request.GET.get("state", "")
    found = selectors.agreements_for(request.user, side=side, state=state)
    context = {
        "page": Paginator(found, PER_PAGE).get_page(request.GET.get("page")),
        "sides": presentation.agreement_sides(),
        "states": [*AgreementState.choices, ("filed", _("ends that were filed"))],
        "side": side,
        "state": state,
    }
    return render(request, "sharing/agreement_list.html", context)


@require_safe
def agreement(request: PortalRequest, number: str) -> HttpResponse:
    page = page_to_read(request, number)
    context = {
        "page": page,
        "agreement": page.agreement,
        "standing": presentation.agreement_standing(page),
        "record": presentation.record(page.steps),
    }
    return render(request, "sharing/agreement.html", context)


@require_POST
def agreement_activate(request: PortalRequest, number: str) -> HttpResponse:
    page = page_of(request, number)
    agreements.activate(agreement=page.agreement, by=request.user)
    messages.success(request, _("The data is open. The requester can draw it now."))
    return redirect(page.agreement)


@require_http_methods(["GET", "HEAD", "POST"])
def agreement_terminate(request: PortalRequest, number: str) -> HttpResponse:
    page = page_of(request, number)
    page.may_terminate.enforce()
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            agreements.terminate(
                agreement=page.agreement, reason=form.cleaned_data["reason"], by=request.user
            )
        except DomainError as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("The agreement is terminated."))
            return redirect(page.agreement)
    return confirm_page(
        request,
        title=_("Terminate the agreement %(number)s?") % {"number": number},
        consequences=[
            _("It cannot be taken back: a new request is needed."),
            _("Calls are refused at once, and transfers under way are cut off."),
        ],
        form=form,
        confirm_label=_("Terminate"),
        back=page.agreement,
    )


def page_of(request: PortalRequest, number: str) -> AgreementPage:
    """The page of an agreement that the person may see; 404 for any other."""
    page = selectors.agreement_page(request.user, number)
    if page is None:
        raise Http404(number)
    return page


def page_to_read(request: PortalRequest, number: str) -> AgreementPage:
    """For a page that changes nothing: the audit administrator reads it too, and each look is recorded."""
    page = selectors.agreement_page(request.user, number, to_read=True)
    if page is None:
        raise Http404(number)
    if page.by_audit:
        looks.note_agreement(agreement=page.agreement, page=page_name(request), by=request.user)
    return page
