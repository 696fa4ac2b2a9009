"""Collection plans: written by stewards, filed, read by the competent department (Art. 19)."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from catalog.forms.one_source import ObjectionForm, PlanForm, VersionForm
from catalog.models import PlanState
from catalog.one_source.finding import duplicates_of
from catalog.plan_permissions import may_edit_plan, may_object, may_plan, may_withdraw_plan
from catalog.selectors.collection_plans import TABS, plan_for, plans_for
from catalog.services import collection_plans as plans
from portal.common.confirming import confirm_page
from portal.common.errors import DomainError
from portal.common.form_errors import add_refusal
from portal.common.http import PortalRequest

PAGE_SIZE = 30


@require_safe
def collection_plans(request: PortalRequest) -> HttpResponse:
    tab = request.GET.get("tab", "all")
    tab = tab if tab in TABS else "all"
    found = Paginator(plans_for(request.user, tab=tab), PAGE_SIZE)
    context = {
        "page": found.get_page(request.GET.get("page")),
        "tab": tab,
        "tabs": [("all", _("all")), ("open", _("not filed yet")), ("filed", PlanState.FILED.label)],
        "may_plan": may_plan(request.user),
    }
    return render(request, "catalog/one_source/plans.html", context)


@require_safe
def collection_plan(request: PortalRequest, pk: int) -> HttpResponse:
    plan = plan_for(request.user, pk)
    repeated: dict[str, list[Any]] = {}
    for found in duplicates_of(plan, party=request.user):
        if found.settled or found.is_open:
            repeated.setdefault(found.candidate.name, []).append(found)
    context = {
        "plan": plan,
        "rows": [(item.name, repeated.get(item.name, ())) for item in plan.items.all()],
        "waits": sum(one.is_open for found in repeated.values() for one in found),
        "may_edit": may_edit_plan(request.user, plan),
        "may_withdraw": may_withdraw_plan(request.user, plan),
        "may_object": may_object(request.user, plan),
    }
    return render(request, "catalog/one_source/plan.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def plan_create(request: PortalRequest) -> HttpResponse:
    may_plan(request.user).enforce()
    form = PlanForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            made = plans.create(plan=form.plan, by=request.user)
        except DomainError as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(
                request, _("The plan is a draft. Look at what others provide already.")
            )
            return redirect("catalog:collection_plan", made.pk)
    return _form_page(request, form, _("Plan a collection"))


@require_http_methods(["GET", "HEAD", "POST"])
def plan_edit(request: PortalRequest, pk: int) -> HttpResponse:
    plan = plan_for(request.user, pk)
    may_edit_plan(request.user, plan).enforce()
    names = ("name", "purpose", "basis", "asked_from", "starts_on", "version")
    form = PlanForm(
        request.POST if request.method == "POST" else None,
        initial={name: getattr(plan, name) for name in names}
        | {"items": "\n".join(item.name for item in plan.items.all())},
    )
    if form.is_valid():
        version = form.cleaned_data["version"] or 0
        try:
            plans.change(held=plan, version=version, plan=form.plan, by=request.user)
        except DomainError as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("The plan has been changed."))
            return redirect(plan)
    return _form_page(request, form, _("Change the plan"), plan=plan)


@require_http_methods(["GET", "HEAD", "POST"])
def plan_file(request: PortalRequest, pk: int) -> HttpResponse:
    plan = plan_for(request.user, pk)
    may_edit_plan(request.user, plan).enforce()
    return _act(
        request,
        plan,
        VersionForm,
        lambda given: plans.file(held=plan, by=request.user, **given),
        title=_('File the plan "%(plan)s"?') % {"plan": plan},
        consequences=[
            _("The competent department reads it, and may object that sharing meets the need."),
            _("What repeats data of other departments has to be linked or justified before."),
        ],
        confirm_label=_("File the plan"),
        done=_("The plan is filed with the competent department."),
        is_danger=False,
    )


@require_http_methods(["GET", "HEAD", "POST"])
def plan_object(request: PortalRequest, pk: int) -> HttpResponse:
    plan = plan_for(request.user, pk)
    may_object(request.user, plan).enforce()
    return _act(
        request,
        plan,
        ObjectionForm,
        lambda given: plans.object_to(held=plan, by=request.user, **given),
        title=_('Object to the plan "%(plan)s"?') % {"plan": plan},
        consequences=[
            _("The department reads your reasons, and changes the plan or withdraws it."),
            _("If sharing meets the need, nothing is collected again (Art. 19)."),
        ],
        confirm_label=_("Object"),
        done=_("The plan has gone back with your reasons."),
    )


@require_http_methods(["GET", "HEAD", "POST"])
def plan_withdraw(request: PortalRequest, pk: int) -> HttpResponse:
    plan = plan_for(request.user, pk)
    may_withdraw_plan(request.user, plan).enforce()
    return _act(
        request,
        plan,
        VersionForm,
        lambda given: plans.withdraw(held=plan, by=request.user, **given),
        title=_('Withdraw the plan "%(plan)s"?') % {"plan": plan},
        consequences=[_("Nothing is collected by it. It stays on record and cannot come back.")],
        confirm_label=_("Withdraw the plan"),
        done=_("The plan is withdrawn."),
    )


def _act(
    request: PortalRequest,
    plan: Any,
    kind: type[Form],
    act: Callable[[dict[str, Any]], object],
    *,
    done: str,
    **page: Any,
) -> HttpResponse:
    """Ask, do it at the version that was read, say that it is done."""
    form = kind(
        request.POST if request.method == "POST" else None, initial={"version": plan.version}
    )
    if form.is_valid():
        try:
            act(form.cleaned_data)
        except DomainError as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, done)
            return redirect(plan)
    return confirm_page(request, form=form, back=plan, **page)


def _form_page(
    request: PortalRequest, form: PlanForm, title: str, *, plan: object = None
) -> HttpResponse:
    context = {"form": form, "title": title, "plan": plan}
    status = 422 if form.errors else 200
    return render(request, "catalog/one_source/plan_form.html", context, status=status)
