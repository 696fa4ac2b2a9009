"""Many drafts submitted, many entries approved or published, with one click."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from catalog.models import Move
from catalog.permissions import may_create
from catalog.selectors.bulk import ToDecide, chosen_to_decide, chosen_to_submit
from catalog.services.bulk_review import Chosen, Outcome, decide_each, submit_each
from portal.common.decisions import ALLOWED, Decision, denied
from portal.common.http import PortalRequest
from portal.organisation.models import DutyKind, User

from .bulk_forms import OpinionForm, chosen_keys, chosen_versions


@require_http_methods(["GET", "HEAD", "POST"])
def bulk_submit(request: PortalRequest) -> HttpResponse:
    """Which of the chosen drafts can go and what the others lack; then each is submitted alone."""
    may_create(request.user).enforce()
    if request.method == "POST":
        versions = chosen_versions(request)
        chosen = [
            Chosen(one.resource, versions[one.resource.pk])
            for one in chosen_to_submit(request.user, list(versions))
        ]
        outcomes = submit_each(chosen=chosen, by=request.user)
        return _outcomes(request, outcomes, _("Submitted to the department head"), "my_resources")
    chosen_now = chosen_to_submit(request.user, chosen_keys(request))
    context = {
        "ready": [one for one in chosen_now if one.is_ready],
        "others": [one for one in chosen_now if not one.is_ready],
    }
    return render(request, "catalog/bulk_submit.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def bulk_decide(request: PortalRequest) -> HttpResponse:
    """The chosen entries with one opinion; those that another person must decide are named."""
    _may_decide(request.user).enforce()
    form = OpinionForm(request.POST if request.method == "POST" else None)
    versions = chosen_versions(request)
    keys = list(versions) if request.method == "POST" else chosen_keys(request)
    chosen = chosen_to_decide(request.user, keys)
    if form.is_valid():
        outcomes = decide_each(
            chosen=[(Chosen(one.resource, versions[one.resource.pk]), one.how) for one in chosen],
            opinion=form.cleaned_data["opinion"],
            by=request.user,
        )
        return _outcomes(request, outcomes, _done(chosen), "review_list")
    context = {
        "form": form,
        "ready": [one for one in chosen if one.decision],
        "others": [one for one in chosen if not one.decision],
    }
    return render(request, "catalog/bulk_decide.html", context, status=422 if form.errors else 200)


def _may_decide(user: User) -> Decision:
    if user.has_duty(DutyKind.DEPARTMENT_HEAD, DutyKind.COMPETENT_OFFICER):
        return ALLOWED
    return denied(
        _("Entries are reviewed by department heads and by officers of the competent department.")
    )


def _done(chosen: list[ToDecide]) -> str:
    if all(one.how == Move.PUBLISH for one in chosen):
        return _("Published and announced to all departments")
    return _("Approved")


def _outcomes(
    request: PortalRequest, outcomes: list[Outcome], done_words: str, back: str
) -> HttpResponse:
    context = {
        "done": [one for one in outcomes if one.is_done],
        "refused": [one for one in outcomes if not one.is_done],
        "done_words": done_words,
        "back": f"catalog:{back}",
    }
    return render(request, "catalog/bulk_outcome.html", context)
