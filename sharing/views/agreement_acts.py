"""Acts on an agreement, each a page that says what it does before it is done."""

from collections.abc import Callable, Sequence
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.common.confirming import confirm_page
from portal.common.decisions import Decision
from portal.common.errors import DomainError, WrongState
from portal.common.form_errors import add_refusal
from portal.common.http import PortalRequest
from sharing.agreement_forms import (
    AnswerForm,
    ConfirmForm,
    ProposalForm,
    RectifyForm,
    ReportForm,
    RetractForm,
)
from sharing.forms import ReasonForm
from sharing.models import AgreementVersion
from sharing.selectors.agreements import AgreementPage
from sharing.selectors.terms import VersionPage, version_page
from sharing.services import confirming, ending, notices, suspensions
from sharing.terms import terms_in_force, terms_of

from .agreements import page_of, page_to_read

ask = require_http_methods(["GET", "HEAD", "POST"])
Act = Callable[[dict[str, Any]], object]


@require_safe
def agreement_version(request: PortalRequest, number: str, version: int) -> HttpResponse:
    """One version; `?beside=1` puts another beside it instead of the one before."""
    return _version(request, number, version, "sharing/agreement_version.html")


@require_safe
def agreement_print(request: PortalRequest, number: str, version: int) -> HttpResponse:
    """The version as a paper: terms, hash and both confirmations."""
    return _version(request, number, version, "sharing/agreement_print.html")


@ask
def agreement_propose(request: PortalRequest, number: str) -> HttpResponse:
    page = page_of(request, number)
    page.rights.propose.enforce()
    agreement = page.agreement
    newest = page.versions[0].number if page.versions else 0
    proposed = agreement.version_proposed
    terms = terms_of(proposed) if proposed else terms_in_force(agreement)
    form = ProposalForm(
        request.POST if request.method == "POST" else None,
        agreement=agreement,
        is_provider=page.is_provider,
        initial=ProposalForm.initial_of(terms, newest),
    )
    if form.is_valid():
        try:
            confirming.propose(
                agreement=agreement,
                version=form.cleaned_data["version"],
                proposal=form.proposal(),
                reason=form.cleaned_data["reason"],
                by=request.user,
            )
        except DomainError as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("Proposed. Both work body heads have to confirm it."))
            return redirect(agreement)
    context = {"page": page, "agreement": agreement, "form": form}
    status = 422 if form.errors else 200
    return render(request, "sharing/agreement_propose.html", context, status=status)


@ask
def agreement_confirm(request: PortalRequest, number: str) -> HttpResponse:
    page = page_of(request, number)
    page.rights.confirm.enforce()
    proposed, shown = _proposed(page)
    asks = bool(page.is_provider and confirming.consent_needed(page.agreement, proposed))
    seen = {"version": proposed.number, "content_hash": proposed.content_hash}
    form = ConfirmForm(
        request.POST if request.method == "POST" else None, initial=seen, asks_consent=asks
    )
    return _asked(
        request,
        page,
        form,
        lambda given: confirming.confirm(agreement=page.agreement, by=request.user, **given),
        title=_("Confirm version %(version)s of the terms?") % {"version": proposed.number},
        consequences=[_("Your side is bound by exactly these terms when the other confirms too.")],
        label=_("Confirm"),
        done=_("Confirmed."),
        template="sharing/agreement_confirm.html",
        is_danger=False,
        shown=shown,
    )


@ask
def agreement_retract(request: PortalRequest, number: str) -> HttpResponse:
    page = page_of(request, number)
    page.rights.retract.enforce()
    proposed, _shown = _proposed(page)
    form = RetractForm(
        request.POST if request.method == "POST" else None, initial={"version": proposed.number}
    )
    return _asked(
        request,
        page,
        form,
        lambda given: confirming.retract(agreement=page.agreement, by=request.user, **given),
        title=_("Take the proposed terms back?"),
        consequences=[_("What is in force stays in force.")],
        label=_("Take back"),
        done=_("The proposed terms are taken back."),
    )


@ask
def agreement_suspend(request: PortalRequest, number: str) -> HttpResponse:
    return _plain(
        request,
        number,
        lambda page: page.rights.suspend,
        ReasonForm,
        suspensions.suspend,
        title=_("Suspend sharing?"),
        consequences=[
            _("Calls are refused at once, and transfers under way are cut off."),
            _("The agreement stays; sharing can be restored (Art. 27)."),
        ],
        label=_("Suspend"),
        done=_("Sharing is suspended."),
    )


@ask
def agreement_rectify(request: PortalRequest, number: str) -> HttpResponse:
    return _plain(
        request,
        number,
        lambda page: page.rights.rectify,
        RectifyForm,
        suspensions.rectify,
        title=_("Order it to be put right?"),
        consequences=[_("The requester puts it right and reports; until then nothing flows.")],
        label=_("Order the rectification"),
        done=_("The requester has been told what to put right."),
        is_danger=False,
    )


@ask
def agreement_report(request: PortalRequest, number: str) -> HttpResponse:
    return _plain(
        request,
        number,
        lambda page: page.rights.report,
        ReportForm,
        suspensions.report,
        title=_("Report what was put right"),
        consequences=[_("Who suspended sharing reads it and decides whether to restore it.")],
        label=_("Report"),
        done=_("Reported."),
        is_danger=False,
    )


@ask
def agreement_restore(request: PortalRequest, number: str) -> HttpResponse:
    return _plain(
        request,
        number,
        lambda page: page.rights.restore,
        ReasonForm,
        suspensions.restore,
        title=_("Restore sharing?"),
        consequences=[_("The requester can draw the data again at once.")],
        label=_("Restore"),
        done=_("Sharing is restored."),
        is_danger=False,
    )


@ask
def agreement_consult(request: PortalRequest, number: str) -> HttpResponse:
    return _plain(
        request,
        number,
        lambda page: page.rights.consult,
        ReasonForm,
        ending.consult,
        title=_("Consult the requester on the end of the service?"),
        consequences=[
            _("Nothing ends yet: the requester answers first (Art. 27)."),
            _(
                "If it agrees, you end the service, and that is filed; if it objects, the competent"
                " department decides."
            ),
        ],
        label=_("Consult"),
        done=_("The requester has been asked."),
        is_danger=False,
    )


@ask
def agreement_answer(request: PortalRequest, number: str) -> HttpResponse:
    return _plain(
        request,
        number,
        lambda page: page.rights.answer,
        AnswerForm,
        ending.answer,
        title=_("Answer on the end of the service?"),
        consequences=[_("If you agree, the provider may end the service (Art. 27).")],
        label=_("Answer"),
        done=_("Answered."),
        is_danger=False,
    )


@require_POST
def agreement_acknowledge(request: PortalRequest, number: str, version: int) -> HttpResponse:
    page = page_of(request, number)
    notices.acknowledge(agreement=page.agreement, version=version, by=request.user)
    messages.success(request, _("Acknowledged."))
    return redirect(page.agreement)


def _plain(
    request: PortalRequest,
    number: str,
    right: Callable[[AgreementPage], Decision],
    form_class: type[forms.Form],
    service: Callable[..., object],
    **words: Any,
) -> HttpResponse:
    page = page_of(request, number)
    right(page).enforce()
    form = form_class(request.POST if request.method == "POST" else None)
    act = lambda given: service(agreement=page.agreement, by=request.user, **given)  # noqa: E731
    return _asked(request, page, form, act, **words)


def _asked(
    request: PortalRequest,
    page: AgreementPage,
    form: forms.Form,
    act: Act,
    *,
    title: str,
    consequences: Sequence[str],
    label: str,
    done: str,
    template: str = "components/confirm_page.html",
    is_danger: bool = True,
    shown: VersionPage | None = None,
) -> HttpResponse:
    if form.is_valid():
        try:
            act(form.cleaned_data)
        except DomainError as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, done)
            return redirect(page.agreement)
    return confirm_page(
        request,
        title=title,
        consequences=consequences,
        form=form,
        confirm_label=label,
        back=page.agreement,
        is_danger=is_danger,
        template=template,
        shown=shown,
        agreement=page.agreement,
    )


def _proposed(page: AgreementPage) -> tuple[AgreementVersion, VersionPage | None]:
    """The proposed version beside what is in force."""
    agreement = page.agreement
    proposed = agreement.version_proposed
    if proposed is None:
        raise WrongState(_("No terms are proposed just now."), code="nothing_proposed")
    in_force = agreement.version_in_force
    beside = in_force.number if in_force else None
    return proposed, version_page(agreement, proposed.number, beside=beside)


def _version(request: PortalRequest, number: str, version: int, template: str) -> HttpResponse:
    page = page_to_read(request, number)
    given = request.GET.get("beside", "")
    beside = int(given) if given.isascii() and given.isdecimal() and len(given) < 6 else None
    shown = version_page(page.agreement, version, beside=beside)
    if shown is None:
        raise Http404(f"{number} {version}")
    context = {"page": page, "agreement": page.agreement, "shown": shown}
    return render(request, template, context)
