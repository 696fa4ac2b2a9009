"""The page of a source's datasets: start a harvest, see what it made of them."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from catalog.models import (
    Grade,
    Harvest,
    HarvestState,
    Resource,
    ResourceClass,
    SharingAttribute,
    Source,
)
from catalog.selectors import harvests as selectors
from catalog.selectors.comparison import label_of
from catalog.services import harvest_schedules, harvests
from catalog.services.harvests import HarvestPlan
from catalog.sources.permissions import may_manage
from catalog.sources.schedule import schedule_of
from portal.common.errors import DomainError
from portal.common.form_errors import add_refusal
from portal.common.http import PortalRequest

from .source_schedule_form import ScheduleForm

PER_PAGE = 50


class HarvestForm(forms.Form):
    """What new drafts get; a steward changes it entry by entry afterwards."""

    resource_class = forms.ChoiceField(
        label=gettext_lazy("Resource class"),
        choices=ResourceClass.choices,
        initial=ResourceClass.DEPARTMENT,
    )
    classification = forms.CharField(
        label=gettext_lazy("Classification"),
        max_length=20,
        help_text=gettext_lazy(
            "Item, heading and sub-heading of the classification, for example 07012001."
        ),
    )
    sharing_attribute = forms.ChoiceField(
        label=gettext_lazy("Sharing attribute"),
        choices=SharingAttribute.choices,
        initial=SharingAttribute.CONDITIONAL,
    )
    grade = forms.ChoiceField(label=gettext_lazy("Grade"), choices=Grade.choices, initial=Grade.L2)
    brings_removed = forms.BooleanField(
        label=gettext_lazy("Bring datasets again whose drafts were removed"), required=False
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def source_harvest(request: PortalRequest, pk: int) -> HttpResponse:
    source = get_object_or_404(selectors.harvested_sources_for(request.user), pk=pk)
    if request.method != "POST":
        return _page(request, source)
    may_manage(request.user, source.department_id).enforce()
    form = HarvestForm(request.POST)
    if form.is_valid():
        try:
            harvests.start_harvest(
                source=source, plan=HarvestPlan(**form.cleaned_data), by=request.user
            )
        except DomainError as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("The harvest waits for a worker."))
            return redirect("catalog:source_harvest", pk=pk)
    return _page(request, source, form=form)


@require_POST
def schedule(request: PortalRequest, pk: int) -> HttpResponse:
    source = get_object_or_404(selectors.harvested_sources_for(request.user), pk=pk)
    may_manage(request.user, source.department_id).enforce()
    form = ScheduleForm(request.POST, schedule=schedule_of(source))
    if form.is_valid():
        try:
            harvest_schedules.set_schedule(source=source, schedule=form.schedule, by=request.user)
        except DomainError as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("The schedule is saved."))
            return redirect("catalog:source_harvest", pk=pk)
    return _page(request, source, timing_form=form)


def _page(
    request: PortalRequest,
    source: Source,
    *,
    form: HarvestForm | None = None,
    timing_form: ScheduleForm | None = None,
) -> HttpResponse:
    """The page, with a form that was refused if there is one."""
    recent = selectors.recent_harvests(source)
    last = recent[0] if recent else None
    timing = schedule_of(source)
    which, text = request.GET.get("which", ""), request.GET.get("q", "").strip()[:100]
    found = selectors.datasets_of(source, which=which, text=text)
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "source": source,
        "form": form or HarvestForm(initial=_initial(last)),
        "schedule": timing,
        "timing_form": timing_form or ScheduleForm(schedule=timing),
        "may_manage": may_manage(request.user, source.department_id),
        "last": last,
        "problems": _problems(last) if last else [],
        "figures": _figures(last) if last else [],
        "failure": selectors.failure_of(last),
        "history": recent,
        "page": page,
        "which": which,
        "q": text,
        "choices": [
            ("", _("all")),
            (selectors.VANISHED, _("vanished at the portal")),
            (selectors.REMOVED, _("left out: draft removed or entry withdrawn")),
        ],
    }
    response = render(
        request, "sources/harvest.html", context, status=422 if form or timing_form else 200
    )
    if request.htmx and last and not last.is_under_way:
        # The page asked how far it is: it has ended, and all of the page is other than it was.
        response["HX-Refresh"] = "true"
    return response


def _initial(last: Harvest | None) -> dict[str, Any]:
    if last is None:
        return {}
    names = ("resource_class", "classification", "sharing_attribute", "grade")
    return {name: getattr(last, name) for name in names}


def _problems(harvest: Harvest) -> list[dict[str, Any]]:
    """With the field as its entry calls it."""
    return [one | {"label": label_of(Resource, one["field"])} for one in harvest.problems]


def _figures(last: Harvest) -> list[tuple[str, int]]:
    """The outcome in the order of the page; only the number of datasets while it is under way."""
    names = ["found"]
    if last.state == HarvestState.DONE:
        names += [
            "created",
            "changed",
            "revised",
            "unchanged",
            "waiting",
            "left_out",
            "vanished",
            "problem_count",
        ]
    labels = {one.name: str(one.verbose_name) for one in Harvest._meta.fields}
    return [(labels[name], getattr(last, name)) for name in names]
