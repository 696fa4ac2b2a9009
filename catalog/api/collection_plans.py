"""Collection plans for programs (Art. 19). Systems read them; writing and deciding is for people."""

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.views import APIView

from catalog.models import CollectionPlan
from catalog.permissions import acting_person
from catalog.selectors.collection_plans import plan_for, plans_for
from catalog.services import collection_plans as plans

from .one_source import NewestFirst, asked_by, given_as
from .one_source_serializers import (
    CollectionPlanChangeIn,
    CollectionPlanDetailOut,
    CollectionPlanIn,
    CollectionPlanOut,
    CollectionPlanQueryIn,
    PlanObjectionIn,
    PlanVersionIn,
)


class CollectionPlanList(generics.ListAPIView[CollectionPlan]):
    """The plans of one's own department; for a competent department, what was filed in its region."""

    serializer_class = CollectionPlanOut
    pagination_class = NewestFirst

    def get_queryset(self) -> QuerySet[CollectionPlan]:
        asked = CollectionPlanQueryIn(data=self.request.query_params)
        asked.is_valid(raise_exception=True)
        return plans_for(asked_by(self.request), tab=asked.validated_data["tab"])

    @extend_schema(parameters=[CollectionPlanQueryIn])
    def get(self, request: Request) -> Response:
        return self.list(request)

    @extend_schema(request=CollectionPlanIn, responses={201: CollectionPlanDetailOut})
    def post(self, request: Request) -> Response:
        """Draft a plan; `/duplicates/` then says what others provide already."""
        by = acting_person(asked_by(request))
        made = plans.create(plan=given_as(CollectionPlanIn, request).plan, by=by)
        return _told(request, made.pk, status=201)


class CollectionPlanDetail(APIView):
    @extend_schema(responses=CollectionPlanDetailOut)
    def get(self, request: Request, pk: int) -> Response:
        return _told(request, pk)

    @extend_schema(request=CollectionPlanChangeIn, responses=CollectionPlanDetailOut)
    def put(self, request: Request, pk: int) -> Response:
        """Write a plan anew that is not filed; the version that was read goes with it."""
        held = plan_for(asked_by(request), pk)
        by = acting_person(asked_by(request))
        given = given_as(CollectionPlanChangeIn, request)
        version = given.validated_data["version"]
        plans.change(held=held, version=version, plan=given.plan, by=by)
        return _told(request, pk)


class CollectionPlanFile(APIView):
    @extend_schema(request=PlanVersionIn, responses=CollectionPlanDetailOut)
    def post(self, request: Request, pk: int) -> Response:
        """Tell the competent department; refused while a repeated datum has no answer."""
        return _act(request, pk, PlanVersionIn, plans.file)


class CollectionPlanObject(APIView):
    @extend_schema(request=PlanObjectionIn, responses=CollectionPlanDetailOut)
    def post(self, request: Request, pk: int) -> Response:
        """The competent department says that sharing meets the need; the plan goes back."""
        return _act(request, pk, PlanObjectionIn, plans.object_to)


class CollectionPlanWithdraw(APIView):
    @extend_schema(request=PlanVersionIn, responses=CollectionPlanDetailOut)
    def post(self, request: Request, pk: int) -> Response:
        """Nothing is collected by the plan; it stays on record."""
        return _act(request, pk, PlanVersionIn, plans.withdraw)


def _act(
    request: Request, pk: int, kind: type[Serializer[Any]], act: Callable[..., object]
) -> Response:
    held = plan_for(asked_by(request), pk)
    by = acting_person(asked_by(request))
    act(held=held, by=by, **given_as(kind, request).validated_data)
    return _told(request, pk)


def _told(request: Request, pk: int, *, status: int = 200) -> Response:
    told = CollectionPlanDetailOut(plan_for(asked_by(request), pk))
    return Response(told.data, status=status)
