from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from portal.common.confirming import confirm_page
from portal.common.errors import DomainError
from portal.common.form_errors import add_refusal
from portal.common.http import PortalRequest, page_name
from sharing import presentation, selectors
from sharing.forms import OpinionForm, RefusalForm, StatedForm
from sharing.selectors import RequestPage
from sharing.services import evidence, looks, requests

PER_PAGE = 30


@require_safe
def request_list(request: PortalRequest) -> HttpResponse:
    side = request.GET.get("side", presentation.first_side(request.user))
    tab = request.GET.get("tab", "live")
    found = selectors.requests_for(request.user, side=side, tab=tab)
    context = {
        "page": Paginator(found, PER_PAGE).get_page(request.GET.get("page")),
        "tabs": selectors.request_tabs(request.user, side=side),
        "sides": presentation.request_sides(),
        "side": side,
        "tab": tab,
    }
    return render(request, "sharing/request_list.html", context)


@require_safe
def request(request: PortalRequest, number: str) -> HttpResponse:
    page = page_to_read(request, number)
    context = {
        "page": page,
        "share_request": page.request,
        "steps": presentation.steps(page),
        "standing": presentation.standing(page),
        "record": presentation.record(page.steps),
        "decides": page.can_decide and page.rights.decide,
        "answers": page.can_answer and page.rights.answer,
        **presentation.acts(page),
    }
    return render(request, "sharing/request.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def request_approve(request: PortalRequest, number: str) -> HttpResponse:
    return decide_page(
        request,
        number,
        title=_("Approve the request and hand it to the provider?"),
        consequences=[
            _("The provider receives it today and its statutory clock starts."),
            _("You answer for its being true, lawful and necessary (Art. 20)."),
        ],
        label=_("Approve and hand over"),
        done=_("Approved. The provider's clock runs."),
        act=requests.approve,
        decision=lambda page: page.rights.decide,
    )


@require_http_methods(["GET", "HEAD", "POST"])
def request_send_back(request: PortalRequest, number: str) -> HttpResponse:
    return decide_page(
        request,
        number,
        title=_("Send the request back to the applicant?"),
        consequences=[_("The applicant revises it and submits it again.")],
        label=_("Send back"),
        done=_("Sent back to the applicant."),
        act=requests.send_back,
        decision=lambda page: page.rights.decide,
        form_class=StatedForm,
    )


@require_http_methods(["GET", "HEAD", "POST"])
def request_agree(request: PortalRequest, number: str) -> HttpResponse:
    return decide_page(
        request,
        number,
        title=_("Agree to share the data?"),
        consequences=[
            _("An agreement is made of exactly the requested items and term."),
            _("The data has to be shared within 20 working days (Art. 22)."),
        ],
        label=_("Agree"),
        done=_("Agreed. The agreement is made."),
        act=requests.agree,
        decision=lambda page: page.rights.answer,
    )


@require_http_methods(["GET", "HEAD", "POST"])
def request_refuse(request: PortalRequest, number: str) -> HttpResponse:
    return decide_page(
        request,
        number,
        title=_("Refuse the request?"),
        consequences=[
            _("The requester reads your reasons, and may take them to a dispute (Art. 28).")
        ],
        label=_("Refuse"),
        done=_("Refused, with reasons."),
        act=requests.refuse,
        decision=lambda page: page.rights.answer,
        form_class=RefusalForm,
        is_danger=True,
    )


@require_http_methods(["GET", "HEAD", "POST"])
def request_withdraw(request: PortalRequest, number: str) -> HttpResponse:
    return decide_page(
        request,
        number,
        title=_("Withdraw the request?"),
        consequences=[_("Its clock stops, and nobody answers it any more.")],
        label=_("Withdraw"),
        done=_("Withdrawn."),
        act=requests.withdraw,
        decision=lambda page: page.rights.withdraw,
        is_danger=True,
    )


def decide_page(
    request: PortalRequest,
    number: str,
    *,
    title: str,
    consequences: list[str],
    label: str,
    done: str,
    act: Callable[..., Any],
    decision: Callable[[RequestPage], Any],
    form_class: Callable[..., OpinionForm] = OpinionForm,
    is_danger: bool = False,
) -> HttpResponse:
    """A confirm page for one move; what cannot be done is refused before it is asked."""
    page = page_of(request, number)
    decision(page).enforce()
    sent = request.POST if request.method == "POST" else None
    form = form_class(sent, initial={"version": page.request.version})
    if form.is_valid():
        try:
            act(request=page.request, by=request.user, **form.cleaned_data)
        except DomainError as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, done)
            return redirect(page.request)
    return confirm_page(
        request,
        title=title,
        consequences=consequences,
        form=form,
        confirm_label=label,
        back=page.request,
        is_danger=is_danger,
    )


@require_safe
def request_evidence(request: PortalRequest, number: str) -> HttpResponse:
    """Everything about the request and its agreement, with what proves it, as one ZIP."""
    taken = evidence.take(number=number, by=request.user)
    return HttpResponse(
        taken.content,
        content_type="application/zip",
        headers={"Content-Disposition": f'attachment; filename="{taken.name}"'},
    )


def page_of(request: PortalRequest, number: str) -> RequestPage:
    page = selectors.request_page(request.user, number)
    if page is None:
        raise Http404(number)
    return page


def page_to_read(request: PortalRequest, number: str) -> RequestPage:
    """For a page that changes nothing: the audit administrator reads it too, and each look is recorded."""
    page = selectors.request_page(request.user, number, to_read=True)
    if page is None:
        raise Http404(number)
    if page.by_audit:
        looks.note_request(request=page.request, page=page_name(request), by=request.user)
    return page
