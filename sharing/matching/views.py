"""Demands, challenges and the three lists."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.common.errors import DomainError, NotFound
from portal.common.form_errors import add_refusal
from portal.common.http import PortalRequest
from portal.common.tables import File, table_file

from . import presentation, selectors
from .forms import (
    ChallengeForm,
    DecideChallengeForm,
    DemandForm,
    LinkForm,
    MatchForm,
    MergeForm,
    ReasonsForm,
    ViewForm,
    WordsForm,
)
from .models import Demand, DemandMove
from .permissions import may_move, may_post
from .services import challenges, demands

PER_PAGE = 30
Act = Callable[..., Demand]
ACTS: dict[DemandMove, tuple[type[WordsForm], Act]] = {
    DemandMove.MATCH: (MatchForm, demands.match),
    DemandMove.REFUSE: (ReasonsForm, demands.refuse),
    DemandMove.MERGE: (MergeForm, demands.merge),
    DemandMove.ACCEPT: (WordsForm, demands.accept),
    DemandMove.DECLINE: (ReasonsForm, demands.decline),
    DemandMove.LINK: (LinkForm, demands.link),
    DemandMove.JOIN: (WordsForm, demands.join),
    DemandMove.WITHDRAW: (WordsForm, demands.withdraw),
}


@require_safe
def demand_list(request: PortalRequest) -> HttpResponse:
    tab = request.GET.get("tab") or "open"
    q, ours = request.GET.get("q", "").strip(), request.GET.get("side") == "ours"
    found = selectors.demands_for(request.user, tab=tab, q=q, ours=ours)
    context = {
        "page": Paginator(found, PER_PAGE).get_page(request.GET.get("page")),
        "tabs": selectors.demand_tabs(request.user, q=q, ours=ours),
        "tab": tab,
        "may_post": may_post(request.user),
        "q": q,
        "ours": ours,
    }
    return render(request, "matching/demand_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def demand_new(request: PortalRequest) -> HttpResponse:
    may_post(request.user).enforce()
    initial = {"title": request.GET.get("title", "")[:100]}
    form = DemandForm(request.POST) if request.method == "POST" else DemandForm(initial=initial)
    if form.is_valid():
        try:
            made = demands.post(data=form.told(), by=request.user)
        except DomainError as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("The demand is posted; the competent department sees it."))
            return redirect(made)
    status = 422 if form.errors else 200
    return render(request, "matching/demand_new.html", {"form": form}, status=status)


@require_safe
def demand(request: PortalRequest, number: str) -> HttpResponse:
    return _demand_page(request, number)


@require_POST
def demand_move(request: PortalRequest, number: str, move: str) -> HttpResponse:
    found = selectors.demand_of(request.user, number)
    if move not in ACTS:
        raise NotFound(_("There is no such step."))
    how = DemandMove(move)
    may_move(request.user, found, how).enforce()
    kind, act = ACTS[how]
    form = kind(request.POST, demand=found, user=request.user)
    if form.is_valid():
        try:
            act(demand=found, by=request.user, **form.cleaned_data)
        except DomainError as refusal:
            if refusal.status == 409:
                raise
            add_refusal(form, refusal)
        else:
            messages.success(request, _("Done, and on record."))
            return redirect(found)
    return _demand_page(request, number, wrong={how: form}, status=422)


def _demand_page(
    request: PortalRequest,
    number: str,
    *,
    wrong: dict[DemandMove, WordsForm] | None = None,
    status: int = 200,
) -> HttpResponse:
    found = selectors.demand_of(request.user, number)
    possible = [how for how in ACTS if demands.can(found.state, how)]
    page = selectors.demand_page(request.user, number, can=possible)
    shown = {
        how: (wrong or {}).get(how)
        or ACTS[how][0](demand=found, user=request.user, prefix=None, auto_id=f"{how}-%s")
        for how in possible
        if page.may(how)
    }
    context = {
        "page": page,
        "demand": page.demand,
        "acts": presentation.acts(shown),
        "facts": presentation.facts(page),
        "steps": presentation.steps(page),
        "record": presentation.record(page.steps),
    }
    return render(request, "matching/demand.html", context, status=status)


@require_safe
def listed(request: PortalRequest, kind: str) -> HttpResponse:
    table = presentation.list_of(kind)
    found = table.rows(request.user)
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "lists": presentation.lists(),
        "table": table,
        "page": page,
        "heading": table.heading(),
        "lines": [
            (one.get_absolute_url(), zip(table.heading(), table.line(one), strict=True))
            for one in page.object_list
        ],
    }
    return render(request, "matching/listed.html", context)


@require_safe
def listed_file(request: PortalRequest, kind: str, form: str) -> File:
    table = presentation.list_of(kind)
    rows = (table.line(one) for one in table.rows(request.user).iterator(500))
    return table_file(form, str(table.title), table.heading(), rows)


@require_safe
def challenge_list(request: PortalRequest) -> HttpResponse:
    found = selectors.challenges_for(request.user)
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "matching/challenge_list.html", {"page": page})


@require_http_methods(["GET", "HEAD", "POST"])
def challenge_new(request: PortalRequest, pk: int) -> HttpResponse:
    resource, decision = selectors.challenged_resource(request.user, pk)
    decision.enforce()
    form = ChallengeForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            made = challenges.raise_challenge(
                resource=resource, words=form.cleaned_data["words"], by=request.user
            )
        except DomainError as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("The challenge is before the competent department."))
            return redirect(made)
    status = 422 if form.errors else 200
    context = {"form": form, "resource": resource}
    return render(request, "matching/challenge_new.html", context, status=status)


@require_safe
def challenge(request: PortalRequest, pk: int) -> HttpResponse:
    return _challenge_page(request, pk)


@require_POST
def challenge_view(request: PortalRequest, pk: int) -> HttpResponse:
    page = selectors.challenge_page(request.user, pk)
    page.may_view.enforce()
    form = ViewForm(request.POST)
    return _decided(request, pk, form, "view", challenges.state_view)


@require_POST
def challenge_decide(request: PortalRequest, pk: int) -> HttpResponse:
    page = selectors.challenge_page(request.user, pk)
    page.may_decide.enforce()
    form = DecideChallengeForm(request.POST)
    return _decided(request, pk, form, "decide", challenges.decide)


def _decided(
    request: PortalRequest, pk: int, form: forms.Form, name: str, act: Callable[..., object]
) -> HttpResponse:
    if form.is_valid():
        held = selectors.challenge_page(request.user, pk).challenge
        try:
            act(challenge=held, by=request.user, **form.cleaned_data)
        except DomainError as refusal:
            if refusal.status == 409:
                raise
            add_refusal(form, refusal)
        else:
            messages.success(request, _("Done, and on record."))
            return redirect("matching:challenge", pk=pk)
    return _challenge_page(request, pk, forms={name: form}, status=422)


def _challenge_page(
    request: PortalRequest, pk: int, *, forms: dict[str, Any] | None = None, status: int = 200
) -> HttpResponse:
    page = selectors.challenge_page(request.user, pk)
    given = forms or {}
    context = {
        "page": page,
        "challenge": page.challenge,
        "view_form": given.get("view") or ViewForm(auto_id="view-%s"),
        "decide_form": given.get("decide") or DecideChallengeForm(auto_id="decide-%s"),
    }
    return render(request, "matching/challenge.html", context, status=status)
