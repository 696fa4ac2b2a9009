from typing import Any, cast

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.views import APIView

from catalog.models import Resource, Source, SyncJob, SyncRun
from catalog.permissions import acting_person
from catalog.selectors import sync
from catalog.services import run_queue, scheduling, sources, sync_jobs, sync_runs
from portal.common.api import KeysetPagination
from portal.common.errors import Invalid

from .source_serializers import (
    RunStartedOut,
    RunStartIn,
    ScheduleField,
    SourceChangeIn,
    SourceIn,
    SourceOut,
    StructureIn,
    SyncJobIn,
    SyncJobOut,
    SyncRunDetailOut,
    SyncRunOut,
    TestOut,
)


class ByName(KeysetPagination):
    ordering = ("name", "id")


class LatestFirst(KeysetPagination):
    ordering = ("-queued_at", "-id")


class SourceList(generics.ListAPIView[Source]):
    """The sources that one may look at."""

    serializer_class = SourceOut
    pagination_class = ByName

    def get_queryset(self) -> Any:
        return sync.sources_for(_party(self.request))

    @extend_schema(request=SourceIn, responses={201: SourceOut})
    def post(self, request: Request) -> Response:
        """Register a source of one's own department."""
        given = SourceIn(data=request.data)
        given.is_valid(raise_exception=True)
        made = sources.register_source(
            department=acting_person(_party(request)).department,
            data=given.data_of_source,
            by=acting_person(_party(request)),
        )
        return Response(SourceOut(made).data, status=201)


class SourceDetail(APIView):
    @extend_schema(responses=SourceOut)
    def get(self, request: Request, pk: int) -> Response:
        return Response(SourceOut(_source(request, pk)).data)

    @extend_schema(request=SourceChangeIn, responses=SourceOut)
    def put(self, request: Request, pk: int) -> Response:
        """Change a source. A new host, database or user wants the password again."""
        source = _source(request, pk)
        given = SourceChangeIn(data=request.data)
        given.is_valid(raise_exception=True)
        changed = sources.change_source(
            source=source,
            version=given.validated_data["version"],
            data=given.data_of_source,
            by=acting_person(_party(request)),
        )
        return Response(SourceOut(changed).data)


class SourceTest(APIView):
    @extend_schema(request=None, responses=TestOut)
    def post(self, request: Request, pk: int) -> Response:
        """Connect now, and say what answered or what is wrong."""
        result = sources.test_source(source=_source(request, pk), by=acting_person(_party(request)))
        return Response(TestOut(result).data)


class JobDetail(APIView):
    @extend_schema(responses=SyncJobOut)
    def get(self, request: Request, pk: int) -> Response:
        return Response(SyncJobOut(_job(request, pk)).data)

    @extend_schema(request=SyncJobIn, responses=SyncJobOut)
    def put(self, request: Request, pk: int) -> Response:
        """Say how the resource's rows come in; it is checked against the live source."""
        resource = get_object_or_404(sync.resources_for(_party(request)), pk=pk)
        given = SyncJobIn(data=request.data)
        given.is_valid(raise_exception=True)
        job = sync_jobs.set_up_job(
            resource=resource,
            source=_source_of(resource, given.validated_data["source"]),
            relation=given.validated_data["relation"],
            mapping=given.validated_data["mapping"],
            reading=given.reading,
            version=given.validated_data["version"],
            by=acting_person(_party(request)),
        )
        rhythm = given.validated_data.get("schedule")
        if rhythm is not None:
            chosen = ScheduleField().schedule(rhythm)
            job = scheduling.set_schedule(
                job=job, schedule=chosen, by=acting_person(_party(request))
            )
        return Response(SyncJobOut(job).data)


class JobRun(APIView):
    @extend_schema(request=RunStartIn, responses={202: RunStartedOut})
    def post(self, request: Request, pk: int) -> Response:
        """Queue a run. 409 while another one is under way."""
        given = RunStartIn(data=request.data)
        given.is_valid(raise_exception=True)
        run = run_queue.start_run(
            job=_job(request, pk), by=acting_person(_party(request)), **given.validated_data
        )
        url = reverse("api:sync-run-detail", args=[run.pk], request=request)
        started = {"id": run.pk, "number": run.number, "state": run.state, "url": url}
        return Response(RunStartedOut(started).data, status=202, headers={"Location": url})


class JobRunList(generics.ListAPIView[SyncRun]):
    """The runs of one sync job, the latest first."""

    serializer_class = SyncRunOut
    pagination_class = LatestFirst

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return sync.no_runs()
        return sync.runs_for(_party(self.request)).filter(job=_job(self.request, self.kwargs["pk"]))


class RunDetail(APIView):
    @extend_schema(responses=SyncRunDetailOut)
    def get(self, request: Request, pk: int) -> Response:
        """One run; while it runs, with its progress."""
        run = get_object_or_404(sync.runs_for(_party(request)), pk=pk)
        shown = SyncRunDetailOut(run, context={"view": sync.run_view(run)})
        return Response(shown.data)


class RunCancel(APIView):
    @extend_schema(request=None, responses=SyncRunOut)
    def post(self, request: Request, pk: int) -> Response:
        """Cancel a run that has not ended: one that waits at once, else before it publishes."""
        run = get_object_or_404(sync.runs_for(_party(request)), pk=pk)
        ended = sync_runs.cancel_run(run=run, by=acting_person(_party(request)))
        return Response(SyncRunOut(ended).data)


class StructureAccept(APIView):
    @extend_schema(request=StructureIn, responses=SyncJobOut)
    def post(self, request: Request, pk: int) -> Response:
        """Take the source's columns as they are now, as a new version of the job."""
        given = StructureIn(data=request.data)
        given.is_valid(raise_exception=True)
        job = sync_jobs.accept_structure(
            job=_job(request, pk),
            version=given.validated_data["version"],
            by=acting_person(_party(request)),
        )
        return Response(SyncJobOut(job).data)


def _party(request: Request) -> sync.Party:
    """The person or the system that signed in; IsAuthenticated has seen to that."""
    return cast("sync.Party", request.user)


def _source(request: Request, pk: int) -> Source:
    return get_object_or_404(sync.sources_for(_party(request)), pk=pk)


def _source_of(resource: Resource, pk: int) -> Source:
    source = sync.sources_of(resource).filter(pk=pk).first()
    if source is None:
        words = _("The department has no such source.")
        raise Invalid(_("The input has errors."), fields={"source": [words]})
    return source


def _job(request: Request, resource_pk: int) -> SyncJob:
    resource = get_object_or_404(sync.resources_for(_party(request)), pk=resource_pk)
    job = sync.job_of(resource)
    if job is None:
        raise Http404
    return job
