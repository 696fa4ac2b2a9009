"""Pages of what happens between receipt and end: supplement, extension, offer, dispute (Art. 21, 28)."""

from functools import partial

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.common.http import PortalRequest
from sharing.forms import (
    DisputeDecisionForm,
    ExtensionDecisionForm,
    ExtensionForm,
    OfferForm,
    ReasonedForm,
    SupplementForm,
)
from sharing.models import RequestState
from sharing.services import disputes, extensions, offers, supplements
from sharing.workflow import Move

from .requests import decide_page, page_of, page_to_read


@require_http_methods(["GET", "HEAD", "POST"])
def request_supplement(request: PortalRequest, number: str) -> HttpResponse:
    return decide_page(
        request,
        number,
        title=_("Ask for what is missing?"),
        consequences=[
            _("The requester gets one notice that lists everything; a second one is not possible."),
            _("An incomplete request is supplemented, and not refused for that (Art. 21)."),
        ],
        label=_("Send the notice"),
        done=_("The requester has the notice."),
        act=supplements.ask,
        decision=lambda page: page.rights.answer,
        form_class=SupplementForm,
    )


@require_http_methods(["GET", "HEAD", "POST"])
def request_extension(request: PortalRequest, number: str) -> HttpResponse:
    return decide_page(
        request,
        number,
        title=_("Ask for an extension of the answer?"),
        consequences=[
            _("The competent department consents or refuses; until then the date stands."),
            _("The requester is told (Art. 21)."),
        ],
        label=_("Ask for the extension"),
        done=_("The competent department has your reasons."),
        act=extensions.ask,
        decision=lambda page: page.rights.ask_extension,
        form_class=ExtensionForm,
    )


@require_http_methods(["GET", "HEAD", "POST"])
def request_extension_decide(request: PortalRequest, number: str) -> HttpResponse:
    asked = page_of(request, number).extension
    told = []
    if asked is not None:
        told.append(
            _("%(department)s asks for %(days)s more working days: %(reasons)s")
            % {"department": asked.by.department, "days": asked.days, "reasons": asked.words}
        )
    return decide_page(
        request,
        number,
        title=_("Decide on the extension of the answer"),
        consequences=[
            *told,
            _("Your decision cannot be taken back; the requester is told of a later day."),
        ],
        label=_("Decide"),
        done=_("Decided. The request shows it to both sides."),
        act=extensions.decide,
        decision=lambda page: page.rights.decide_extension,
        form_class=ExtensionDecisionForm,
    )


@require_POST
def request_extension_acknowledge(request: PortalRequest, number: str) -> HttpResponse:
    page = page_of(request, number)
    extensions.acknowledge(request=page.request, by=request.user)
    messages.success(request, _("Acknowledged."))
    return redirect(page.request)


@require_http_methods(["GET", "HEAD", "POST"])
def request_offer(request: PortalRequest, number: str) -> HttpResponse:
    page = page_of(request, number)
    return decide_page(
        request,
        number,
        title=_("Offer a part of what was asked for?"),
        consequences=[
            _("It counts as your answer; the requester's head accepts or declines it."),
            _("Declined, it counts as a refusal, which can be contested (Art. 28)."),
        ],
        label=_("Make the offer"),
        done=_("The requester has your offer."),
        act=offers.make,
        decision=lambda found: found.rights.answer,
        form_class=partial(OfferForm, request=page.request),
    )


@require_http_methods(["GET", "HEAD", "POST"])
def request_accept(request: PortalRequest, number: str) -> HttpResponse:
    return decide_page(
        request,
        number,
        title=_("Accept the offer?"),
        consequences=[
            _("An agreement is made of the offered items and term."),
            _("The data has to be shared within 20 working days (Art. 22)."),
        ],
        label=_("Accept the offer"),
        done=_("Accepted. The agreement is made."),
        act=offers.accept,
        decision=lambda page: page.rights.decide,
    )


@require_http_methods(["GET", "HEAD", "POST"])
def request_decline(request: PortalRequest, number: str) -> HttpResponse:
    return decide_page(
        request,
        number,
        title=_("Decline the offer?"),
        consequences=[_("The request then counts as refused; you may contest that (Art. 28).")],
        label=_("Decline the offer"),
        done=_("Declined."),
        act=offers.decline,
        decision=lambda page: page.rights.decide,
        form_class=ReasonedForm,
        is_danger=True,
    )


@require_http_methods(["GET", "HEAD", "POST"])
def request_dispute(request: PortalRequest, number: str) -> HttpResponse:
    return decide_page(
        request,
        number,
        title=_("Contest the refusal?"),
        consequences=[
            _("Talk to the provider first: the law wants differences settled by negotiation."),
            _("The competent department reads both sides' words and decides (Art. 28)."),
        ],
        label=_("Contest the refusal"),
        done=_("The competent department has your reasons."),
        act=disputes.raise_dispute,
        decision=lambda page: page.rights.dispute,
        form_class=ReasonedForm,
    )


@require_http_methods(["GET", "HEAD", "POST"])
def request_dispute_decide(request: PortalRequest, number: str) -> HttpResponse:
    contested = page_of(request, number).open_dispute
    told = []
    if contested is not None:
        told.append(
            _("%(department)s contests the refusal: %(reasons)s")
            % {"department": contested.by.department, "reasons": contested.words}
        )
    return decide_page(
        request,
        number,
        title=_("Decide the dispute"),
        consequences=[
            *told,
            _("If the provider answers again, its statutory clock starts anew today."),
        ],
        label=_("Decide"),
        done=_("Decided. Both sides are told."),
        act=disputes.decide,
        decision=lambda page: page.rights.decide_dispute,
        form_class=DisputeDecisionForm,
    )


@require_safe
def request_refusal(request: PortalRequest, number: str) -> HttpResponse:
    """The refusal on paper, for who has to answer for it or contest it."""
    page = page_to_read(request, number)
    if page.request.state != RequestState.REFUSED:
        raise Http404(number)
    # Not the step that upheld it; of an offer that was declined the provider's words are the offer's.
    refused = next((one for one in page.steps if one.move in (Move.REFUSE, Move.OFFER)), None)
    return render(request, "sharing/refusal_print.html", {"page": page, "refused": refused})
