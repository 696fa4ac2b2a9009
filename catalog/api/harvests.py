"""Harvests of other portals by programs: start one, see what came of it, have them by schedule."""

from typing import Any, cast

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.views import APIView

from catalog.models import Harvest, HarvestedDataset, Source
from catalog.permissions import acting_person
from catalog.selectors import harvests as selectors
from catalog.selectors.sync import Party
from catalog.services import harvest_schedules, harvests
from catalog.sources.permissions import may_manage
from catalog.sources.schedule import schedule_of
from portal.common.api import KeysetPagination
from portal.organisation.models import User

from .harvest_serializers import (
    DatasetOut,
    DatasetQueryIn,
    HarvestDetailOut,
    HarvestIn,
    HarvestOut,
    HarvestScheduleOut,
)
from .source_serializers import ScheduleField
from .source_views import LatestFirst


class ByTitle(KeysetPagination):
    ordering = ("title", "id")


class HarvestList(generics.ListAPIView[Harvest]):
    """The harvests of one source, the latest first."""

    serializer_class = HarvestOut
    pagination_class = LatestFirst

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return selectors.no_harvests()
        return selectors.harvests_of(_source(self.request, self.kwargs["pk"]))

    @extend_schema(request=HarvestIn, responses={202: HarvestDetailOut})
    def post(self, request: Request, pk: int) -> Response:
        """Queue a harvest; drafts come of it, and nothing else. 409 while another one is under way."""
        source = _source(request, pk)
        by = _steward(request, source)
        given = HarvestIn(data=request.data)
        given.is_valid(raise_exception=True)
        made = harvests.start_harvest(source=source, plan=given.plan, by=by)
        url = reverse("api:harvest-detail", args=[pk, made.pk], request=request)
        return Response(HarvestDetailOut(made).data, status=202, headers={"Location": url})


class HarvestDetail(APIView):
    @extend_schema(responses=HarvestDetailOut)
    def get(self, request: Request, pk: int, harvest: int) -> Response:
        """One harvest: what it made of what it found, its problems, and why it failed if it did."""
        found = get_object_or_404(selectors.harvests_of(_source(request, pk)), pk=harvest)
        return Response(HarvestDetailOut(found).data)


class DatasetList(generics.ListAPIView[HarvestedDataset]):
    """What the other portal has or had, and the entry that came of each, by title."""

    serializer_class = DatasetOut
    pagination_class = ByTitle

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return selectors.no_datasets()
        source = _source(self.request, self.kwargs["pk"])
        query = DatasetQueryIn(data=self.request.query_params)
        query.is_valid(raise_exception=True)
        asked = query.validated_data
        return selectors.datasets_of(source, which=asked["which"], text=asked["q"])

    @extend_schema(parameters=[DatasetQueryIn])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)


class HarvestScheduleDetail(APIView):
    @extend_schema(responses=HarvestScheduleOut)
    def get(self, request: Request, pk: int) -> Response:
        """When the source is harvested by itself."""
        return Response(_told(_source(request, pk)))

    @extend_schema(request=ScheduleField, responses=HarvestScheduleOut)
    def put(self, request: Request, pk: int) -> Response:
        """Have the source harvested by itself, or (`off`) no longer. 409 before the first harvest."""
        source = _source(request, pk)
        by = _steward(request, source)
        given = ScheduleField(data=request.data)
        given.is_valid(raise_exception=True)
        chosen = given.schedule(given.validated_data)
        return Response(
            _told(harvest_schedules.set_schedule(source=source, schedule=chosen, by=by))
        )


def _told(source: Source) -> Any:
    timing = getattr(source, "timing", None)
    shown = {**ScheduleField(schedule_of(source)).data, "by": None, "next_due_at": None}
    if timing is not None:
        shown |= {"by": timing.by.name, "next_due_at": timing.next_due_at}
    return shown


def _source(request: Request, pk: int) -> Source:
    party = cast("Party", request.user)
    return get_object_or_404(selectors.harvested_sources_for(party), pk=pk)


def _steward(request: Request, source: Source) -> User:
    """Who acts: a right is asked before the input."""
    by = acting_person(cast("Party", request.user))
    may_manage(by, source.department_id).enforce()
    return by
