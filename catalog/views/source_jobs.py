"""Pages of a resource's sync job: what it is, setting it up, its schedule, starting a run."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from catalog.models import Resource, SyncJob
from catalog.selectors import capture, sync
from catalog.services import run_queue, scheduling, sync_jobs
from catalog.sources import mapping
from catalog.sources.failures import SourceFailure
from catalog.sources.kinds import kind_of
from catalog.sources.permissions import may_set_up
from catalog.sources.schedule import schedule_of
from catalog.sources.words import Explanation, explain
from catalog.store.tables import StoreTable, table_name
from portal.common.errors import DomainError
from portal.common.form_errors import add_refusal
from portal.common.http import PortalRequest

from . import source_presentation as presentation
from .run_history import history_plots
from .source_forms import ITEM, MappingForm, PlaceForm
from .source_schedule_form import ScheduleForm


@require_safe
def sync_job(request: PortalRequest, pk: int) -> HttpResponse:
    resource = get_object_or_404(sync.resources_for(request.user), pk=pk)
    return _job_page(request, resource)


@require_POST
def schedule(request: PortalRequest, pk: int) -> HttpResponse:
    job = get_object_or_404(sync.jobs_for(request.user), resource=pk)
    may_set_up(request.user, job.resource).enforce()
    form = ScheduleForm(request.POST, schedule=schedule_of(job))
    if form.is_valid():
        try:
            scheduling.set_schedule(job=job, schedule=form.schedule, by=request.user)
        except DomainError as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("The schedule is saved."))
            return redirect("catalog:sync_job", pk=pk)
    return _job_page(request, job.resource, form=form)


@require_POST
def run_start(request: PortalRequest, pk: int) -> HttpResponse:
    job = get_object_or_404(sync.jobs_for(request.user), resource=pk)
    may_shrink = request.POST.get("may_shrink") == "yes"
    run = run_queue.start_run(job=job, by=request.user, may_shrink=may_shrink)
    return redirect("catalog:run", pk=run.pk)


@require_POST
def structure_accept(request: PortalRequest, pk: int) -> HttpResponse:
    """Take the source's columns as they are now for a new version of the job; all is read anew."""
    job = get_object_or_404(sync.jobs_for(request.user), resource=pk)
    may_set_up(request.user, job.resource).enforce()
    version = request.POST.get("version", "")
    try:
        sync_jobs.accept_structure(
            job=job, version=int(version) if version.isdecimal() else -1, by=request.user
        )
    except DomainError as refusal:
        messages.error(request, str(refusal.message))
    else:
        messages.success(
            request,
            _("The structure is accepted as it is now. The next run reads everything anew."),
        )
    return redirect("catalog:sync_job", pk=pk)


@require_http_methods(["GET", "HEAD", "POST"])
def sync_job_edit(request: PortalRequest, pk: int) -> HttpResponse:
    """Source and table by GET, so that the columns can be shown; the mapping by POST."""
    resource = get_object_or_404(sync.resources_for(request.user), pk=pk)
    may_set_up(request.user, resource).enforce()
    page = _Wizard(request, resource)
    if page.mapping_form is not None and page.mapping_form.is_valid():
        try:
            page.save()
        except DomainError as refusal:
            page.refuse(refusal)
        else:
            messages.success(request, _("The sync job is saved. Start a run when you are ready."))
            return redirect("catalog:sync_job", pk=pk)
    errors = page.mapping_form is not None and bool(page.mapping_form.errors)
    return render(
        request, "sources/sync_job_form.html", page.context, status=422 if errors else 200
    )


def _job_page(
    request: PortalRequest, resource: Resource, form: ScheduleForm | None = None
) -> HttpResponse:
    job = sync.job_of(resource)
    may = may_set_up(request.user, resource)
    context: dict[str, Any] = {"resource": resource, "job": job, "may_set_up": may}
    if job is not None:
        live = sync.live_run(job)
        past = sync.history(job)
        now = schedule_of(job)
        context |= {
            "mapping": presentation.mapping_rows(sync.items_of(resource), job),
            "position": sync.position_of(job),
            "captured": capture.slot_of(job),
            "schedule": now,
            "form": form or ScheduleForm(schedule=now),
            "live": live,
            "may_start": sync.may_start_now(request.user, job),
            "history": list(reversed(past)),
            "plots": history_plots(past),
        }
    status = 422 if form is not None and form.errors else 200
    return render(request, "sources/sync_job.html", context, status=status)


class _Wizard:
    """The state of the set-up page: what was chosen so far, and what the source says to it."""

    def __init__(self, request: PortalRequest, resource: Resource) -> None:
        self.by = request.user
        self.resource = resource
        self.job: SyncJob | None = sync.job_of(resource)
        self.sources = list(sync.sources_of(resource))
        given = request.POST if request.method == "POST" else request.GET
        self.source_id = given.get("source") or (str(self.job.source_id) if self.job else "")
        self.relation = given.get("relation") or ""
        if self.job and not self.relation and self.source_id == str(self.job.source_id):
            self.relation = self.job.relation
        self.failure: Explanation | None = None
        self.place_form = PlaceForm(
            initial={"source": self.source_id}, sources=self.sources, relations=None
        )
        self.mapping_form: MappingForm | None = None
        try:
            self._ask_source(request)
        except SourceFailure as failure:
            self.failure = explain(failure.code, failure.data)

    def _ask_source(self, request: PortalRequest) -> None:
        source = next((one for one in self.sources if str(one.pk) == self.source_id), None)
        if source is None:
            return
        relations = None
        if kind_of(source.kind).lists_relations:
            relations = [
                (one.name, presentation.relation_words(one)) for one in sync.relations_of(source)
            ]
        self.place_form = PlaceForm(
            initial={"source": self.source_id, "relation": self.relation},
            sources=self.sources,
            source=source,
            relations=relations,
        )
        if not self.relation:
            return
        columns = sync.columns_of(source, self.relation)
        items = sync.items_of(self.resource)
        table = StoreTable(table_name(self.resource.pk), tuple(items))
        proposed = mapping.propose(table, columns)
        known = self.job.mapping if self.job and self.relation == self.job.relation else {}
        self.mapping_form = MappingForm(
            request.POST if request.method == "POST" else None,
            items=items,
            columns=columns,
            chosen={**proposed, **known},
            kind=kind_of(source.kind),
            job=self.job,
            initial={
                "source": source.pk,
                "relation": self.relation,
                "version": self.job.version if self.job else 0,
            },
        )

    def save(self) -> None:
        if self.mapping_form is None:
            raise RuntimeError("nothing was mapped yet")
        sync_jobs.set_up_job(
            resource=self.resource,
            source=next(one for one in self.sources if str(one.pk) == self.source_id),
            relation=self.relation,
            mapping=self.mapping_form.mapping,
            reading=self.mapping_form.reading,
            version=self.mapping_form.cleaned_data["version"],
            by=self.by,
        )

    def refuse(self, refusal: DomainError) -> None:
        if self.mapping_form is not None:
            add_refusal(self.mapping_form, refusal)

    @property
    def context(self) -> dict[str, object]:
        return {
            "resource": self.resource,
            "job": self.job,
            "sources": self.sources,
            "place_form": self.place_form,
            "form": self.mapping_form,
            "failure": self.failure,
            "item_prefix": ITEM,
        }
