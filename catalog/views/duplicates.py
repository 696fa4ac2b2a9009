"""What repeats the data of other departments, and what is said to it (Decree 809, Art. 19)."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from catalog.forms.one_source import AnswerForm
from catalog.one_source.finding import Subject
from catalog.one_source.permissions import may_oversee
from catalog.one_source.score import THRESHOLD
from catalog.permissions import may_edit, may_see_work, standing_of
from catalog.plan_permissions import may_edit_plan
from catalog.selectors import duplicates as selectors
from catalog.selectors.collection_plans import plan_for
from catalog.selectors.resources import resource_for
from catalog.services import duplicates
from portal.common.decisions import Decision
from portal.common.errors import DomainError, NotFound
from portal.common.form_errors import add_refusal
from portal.common.http import PortalRequest

PAGE_SIZE = 30
MOST_SHOWN = 100


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
        raise NotFound(selectors.NO_RESOURCE)
    above = (_("Data catalogue"), "catalog:resource_list")
    if resource.department_id == request.user.department_id and not resource.is_published:
        above = (_("My resources"), "catalog:my_resources")
        request.room = "catalog:my_resources"
    return _answers(
        request,
        resource,
        may_answer=may_edit(request.user, resource),
        here=("catalog:entry_duplicates", pk),
        crumbs=(*above, "catalog:resource"),
    )


@require_http_methods(["GET", "HEAD", "POST"])
def plan_duplicates(request: PortalRequest, pk: int) -> HttpResponse:
    """The same for what a plan means to collect."""
    plan = plan_for(request.user, pk)
    return _answers(
        request,
        plan,
        may_answer=may_edit_plan(request.user, plan),
        here=("catalog:plan_duplicates", pk),
        crumbs=(_("Collection plans"), "catalog:collection_plans", "catalog:collection_plan"),
    )


def _answers(
    request: PortalRequest,
    subject: Subject,
    *,
    may_answer: Decision,
    here: tuple[str, int],
    crumbs: tuple[str, str, str],
) -> HttpResponse:
    form = None
    if request.method == "POST":
        form = AnswerForm(request.POST)
        if form.is_valid():
            try:
                _answer(request, subject, form.cleaned_data)
            except DomainError as refusal:
                add_refusal(form, refusal)
            else:
                messages.success(request, _("Your answer is saved."))
                return redirect(*here)
    found = selectors.duplicates_of(subject, party=request.user)
    context = {
        "subject": subject,
        "crumbs": crumbs,
        "listed": found[:MOST_SHOWN],
        "hidden": max(0, len(found) - MOST_SHOWN),
        "threshold": THRESHOLD,
        "may_answer": may_answer,
        "form": form,
    }
    status = 422 if form is not None and form.errors else 200
    return render(request, "catalog/one_source/answers.html", context, status=status)


def _answer(request: PortalRequest, subject: Subject, given: dict[str, Any]) -> None:
    how, words = given["how"], given["words"]
    asked = {
        "subject": subject,
        "version": given["version"],
        "column": given["column"],
        "other": selectors.other_entry(request.user, given["other"]),
        "by": request.user,
    }
    if how == "link":
        duplicates.link(**asked)
    else:
        duplicates.justify(**asked, words=words)
