"""Alerts as cases, and the rules that raise them."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.common.errors import DomainError, NotFound
from portal.common.form_errors import add_refusal
from portal.common.http import PortalRequest

from . import presentation, selectors
from .forms import RuleForm, StepForm
from .models import Alert, CaseMove
from .permissions import may_see_cases, may_set_rules, may_work_on
from .rules import RULES
from .services import cases, evidence, rules

PER_PAGE = 30
ACTS: dict[CaseMove, Callable[..., Alert]] = {
    CaseMove.LOOK: cases.look,
    CaseMove.NOTE: cases.note,
    CaseMove.CONFIRM: cases.confirm,
    CaseMove.DISMISS: cases.dismiss,
    CaseMove.REOPEN: cases.reopen,
}


@require_safe
def case_list(request: PortalRequest) -> HttpResponse:
    tab = request.GET.get("tab") or "open"
    rule, q = request.GET.get("rule", ""), request.GET.get("q", "").strip()
    found = selectors.listed(request.user, tab=tab, rule=rule, q=q)
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "lines": [(one, presentation.tone(one)) for one in page],
        "tabs": selectors.tabs(request.user, rule=rule, q=q),
        "tab": tab,
        "rule": rule,
        "rules": RULES.values(),
        "q": q,
        "until": selectors.watched_until(),
    }
    return render(request, "watching/case_list.html", context)


@require_safe
def case(request: PortalRequest, pk: int) -> HttpResponse:
    return _case_page(request, pk, {})


@require_POST
def case_move(request: PortalRequest, pk: int, move: str) -> HttpResponse:
    found = selectors.alert_of(request.user, pk)
    may_work_on(request.user, found).enforce()
    if move not in ACTS:
        raise NotFound(_("There is no such step."))
    how = CaseMove(move)
    form = StepForm(request.POST, how=how)
    if form.is_valid():
        try:
            ACTS[how](alert=found, by=request.user, **form.cleaned_data)
        except DomainError as refusal:
            if refusal.status == 409:
                raise
            add_refusal(form, refusal)
        else:
            messages.success(request, _("Done, and on record."))
            return redirect(found)
    return _case_page(request, pk, {how: form}, status=422)


@require_safe
def case_evidence(request: PortalRequest, pk: int) -> HttpResponse:
    """The evidence pack of the agreement that the alert is about."""
    taken = evidence.take(alert=selectors.alert_of(request.user, pk), by=request.user)
    return HttpResponse(
        taken.content,
        content_type="application/zip",
        headers={"Content-Disposition": f'attachment; filename="{taken.name}"'},
    )


def _case_page(
    request: PortalRequest, pk: int, wrong: dict[CaseMove, StepForm], *, status: int = 200
) -> HttpResponse:
    found = selectors.case_of(request.user, pk)
    context: dict[str, Any] = {
        "case": found,
        "alert": found.alert,
        "tone": presentation.tone(found.alert),
        "facts": presentation.facts(found),
        "figures": presentation.figures(found.alert),
        "limits": presentation.limits(found.alert),
        "about": RULES[found.alert.rule].about if found.alert.rule in RULES else "",
        "acts": presentation.acts(found, wrong),
        "record": presentation.record(found.steps),
        "evidence_url": presentation.evidence_url(found),
    }
    return render(request, "watching/case.html", context, status=status)


@require_safe
def rule_list(request: PortalRequest) -> HttpResponse:
    may_see_cases(request.user).enforce()
    context = {"lines": selectors.rule_lines(request.user)}
    return render(request, "watching/rule_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def rule(request: PortalRequest, code: str) -> HttpResponse:
    may_see_cases(request.user).enforce()
    held = selectors.rule_of(code)
    may_set = may_set_rules(request.user)
    if request.method == "POST":
        may_set.enforce()
    form = RuleForm(request.POST if request.method == "POST" else None, held=held)
    if form.is_valid():
        told = form.cleaned_data
        try:
            rules.set_rule(
                code=code,
                version=told["version"],
                is_on=told["is_on"],
                limits=form.limits(),
                reason=told["reason"],
                by=request.user,
            )
        except DomainError as refusal:
            if refusal.status == 409:
                raise
            add_refusal(form, refusal)
        else:
            messages.success(request, _("The rule holds so from the next round on."))
            return redirect("watching:rule", code)
    context = {
        "held": held,
        "form": form,
        "may_set": may_set,
        "thresholds": presentation.thresholds(held),
        "versions": selectors.versions_of(code),
    }
    return render(request, "watching/rule.html", context, status=422 if form.errors else 200)
