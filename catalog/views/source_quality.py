"""Pages of what the rules found: rules and casts of a job, its quarantine, its quality reports."""

from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.forms import Form
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from catalog.models import SyncJob
from catalog.models.checks import MOST_BAD, MOST_SHRINK
from catalog.selectors import quarantine as selectors
from catalog.selectors import standards, sync
from catalog.services import quarantine as downloads
from catalog.services import sync_rules
from catalog.sources.permissions import may_manage, may_set_up
from portal.common.errors import DomainError
from portal.common.form_errors import add_refusal
from portal.common.http import PortalRequest
from portal.common.tables import table_file

from . import quality_presentation as presentation
from .rule_forms import CastForm, LimitsForm, RuleForm

PER_PAGE = 50


@require_http_methods(["GET", "HEAD", "POST"])
def sync_rules_page(request: PortalRequest, pk: int) -> HttpResponse:
    """Add or remove a rule, say how an item is read, set the limits: each makes a new version."""
    job = get_object_or_404(sync.jobs_for(request.user), resource=pk)
    page = _RulesPage(request, job)
    if request.method == "POST":
        may_set_up(request.user, job.resource).enforce()
        if page.act():
            messages.success(request, _("The rules are saved. They hold from the next run on."))
            return redirect("catalog:sync_rules", pk=pk)
    return render(request, "sources/rules.html", page.context, status=422 if page.failed else 200)


class _RulesPage:
    """The rules in force, and the form that was sent, if any."""

    def __init__(self, request: PortalRequest, job: SyncJob) -> None:
        self.request = request
        self.job = job
        self.held = selectors.rules_of(job)
        self.items = sync.items_of(job.resource)
        given = request.POST if request.method == "POST" else None
        act = request.POST.get("act", "")
        limits = {
            "most_bad": self.held.most_bad if self.held else MOST_BAD,
            "most_shrink": self.held.most_shrink if self.held else MOST_SHRINK,
        }
        self.rule_form = RuleForm(given if act == "add" else None, items=self.items)
        self.cast_form = CastForm(
            given if act == "cast" else None,
            items=self.items,
            lists=[
                (one.identifier, f"{one.identifier} {one.name}")
                for one in standards.bindable_lists()
            ],
        )
        self.limits_form = LimitsForm(given if act == "limits" else None, initial=limits)
        self.failed = False

    def act(self) -> bool:
        """Whether what was sent is saved now."""
        rules = list(self.held.rules) if self.held else []
        casts = dict(self.held.casts) if self.held else {}
        limits: dict[str, Decimal] = {
            name: Decimal(self.limits_form.initial[name]) for name in ("most_bad", "most_shrink")
        }
        form: Form = self.limits_form
        match self.request.POST.get("act"):
            case "add":
                form = self.rule_form
                if self.rule_form.is_valid():
                    rules.append(self.rule_form.rule)
            case "cast":
                form = self.cast_form
                if self.cast_form.is_valid():
                    casts[self.cast_form.cleaned_data["column"]] = self.cast_form.cast
            case "limits":
                if self.limits_form.is_valid():
                    limits = self.limits_form.cleaned_data
            case "remove":
                number = self.request.POST.get("number", "")
                if number.isdecimal() and int(number) < len(rules):
                    rules.pop(int(number))
            case _:
                return False
        if form.is_bound and not form.is_valid():
            self.failed = True
            return False
        version = self.request.POST.get("version", "")
        try:
            sync_rules.set_rules(
                job=self.job,
                rules=rules,
                casts=casts,
                version=int(version) if version.isdecimal() else -1,
                by=self.request.user,
                **limits,
            )
        except DomainError as refusal:
            self.failed = True
            if form.is_bound:
                add_refusal(form, refusal)
            else:
                messages.error(self.request, str(refusal.message))
            return False
        return True

    @property
    def context(self) -> dict[str, Any]:
        held = self.held
        labels = {one.name: one.label for one in self.items}
        return {
            "job": self.job,
            "resource": self.job.resource,
            "held": held,
            "version": held.version if held else 0,
            "derived": presentation.derived_rules(list(self.job.resource.items.all())),
            "rules": presentation.rule_rows(held.rules if held else [], labels),
            "casts": presentation.cast_rows(held.casts if held else {}, labels),
            "rule_form": self.rule_form,
            "cast_form": self.cast_form,
            "limits_form": self.limits_form,
            "most_bad": held.most_bad if held else MOST_BAD,
            "most_shrink": held.most_shrink if held else MOST_SHRINK,
            "may_set_up": may_set_up(self.request.user, self.job.resource),
        }


@never_cache
@require_safe
def quarantine(request: PortalRequest, pk: int) -> HttpResponse:
    """The bad rows of the job, fault by fault: those of its last run, and what is left of earlier ones."""
    job = get_object_or_404(sync.jobs_for(request.user), resource=pk)
    column, code = request.GET.get("column", ""), request.GET.get("rule", "")
    found = selectors.faults_of(request.user, job, column=column, code=code)
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    labels = {one.name: one.label for one in sync.items_of(job.resource)}
    counts = selectors.fault_counts(job)
    report = selectors.latest_report(job)
    context = {
        "job": job,
        "resource": job.resource,
        "report": report,
        "kept": selectors.kept_rows(job, report),
        "page": page,
        "rows": [presentation.fault_row(fault, labels) for fault in page],
        "columns": presentation.choices(counts, "column", labels),
        "codes": presentation.choices(counts, "code", presentation.FAULTS),
        "column": column,
        "code": code,
        "sees_values": selectors.may_see_values(request.user, job),
        "may_start": sync.may_start_now(request.user, job),
        "may_download": may_manage(request.user, job.resource.department_id),
    }
    return render(request, "sources/quarantine.html", context)


@never_cache
@require_safe
def quarantine_file(request: PortalRequest, pk: int) -> HttpResponseBase:
    """The rows in quarantine as CSV, masked as the provider may see them; recorded."""
    job = get_object_or_404(sync.jobs_for(request.user), resource=pk)
    column, code = request.GET.get("column", ""), request.GET.get("rule", "")
    table = selectors.table_of_quarantine(job, column=column, code=code)
    rows = list(table.rows)
    downloads.note_download(job=job, column=column, code=code, rows=len(rows), by=request.user)
    heads = [_("Run"), _("Row"), _("What is wrong"), *table.heads]
    return table_file("csv", f"quarantine-{job.resource_id}", heads, rows)


@require_safe
def quality_report(request: PortalRequest, pk: int) -> HttpResponse:
    """The six dimensions of the job's runs: the last one, and how they went."""
    job = get_object_or_404(sync.jobs_for(request.user), resource=pk)
    reports = selectors.reports_of(job)
    labels = {one.name: one.label for one in sync.items_of(job.resource)}
    context = {
        "job": job,
        "resource": job.resource,
        "report": reports[-1] if reports else None,
        "dimensions": presentation.dimension_rows(reports),
        "faults": presentation.fault_counts(reports[-1], labels) if reports else [],
        "history": presentation.report_rows(reports),
    }
    return render(request, "sources/quality.html", context)
