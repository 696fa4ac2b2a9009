from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.models import UpdateFrequency
from catalog.selectors.resources import resource_for
from portal.common.api import KeysetPagination
from portal.common.errors import NotFound
from portal.organisation.selectors import departments
from sharing.api.callers import person
from sharing.matching import presentation, selectors
from sharing.matching.models import (
    ChallengeOutcome,
    ClassificationChallenge,
    Demand,
    DemandMove,
    DemandState,
    DemandStep,
)
from sharing.matching.permissions import may_move
from sharing.matching.services import challenges, demands
from sharing.matching.services.demands import DemandData


class DemandStepOut(serializers.ModelSerializer[DemandStep]):
    by = serializers.CharField(source="by.name")

    class Meta:
        model = DemandStep
        fields = ["move", "after", "by", "words", "at"]


class DemandOut(serializers.ModelSerializer[Demand]):
    department = serializers.CharField(source="department.name")
    matched_to = serializers.CharField(source="matched_to.name", default=None, allow_null=True)
    resource = serializers.IntegerField(source="resource_id", allow_null=True)
    state = serializers.ChoiceField(choices=DemandState.choices)

    class Meta:
        model = Demand
        fields = [
            "number",
            "title",
            "description",
            "department",
            "use_basis",
            "use_scene",
            "update_frequency",
            "wanted_by",
            "state",
            "matched_to",
            "resource",
            "posted_at",
            "version",
        ]


class DemandDetailOut(DemandOut):
    steps = DemandStepOut(many=True)
    merged_into = serializers.CharField(source="merged_into.number", default=None, allow_null=True)

    class Meta(DemandOut.Meta):
        fields = [*DemandOut.Meta.fields, "merged_into", "steps"]


class DemandIn(serializers.Serializer[Any]):
    title = serializers.CharField(max_length=100)
    description = serializers.CharField(max_length=2000)
    use_basis = serializers.CharField(max_length=1000)
    use_scene = serializers.CharField(max_length=1000)
    update_frequency = serializers.ChoiceField(
        choices=UpdateFrequency.choices, required=False, allow_blank=True, default=""
    )
    wanted_by = serializers.DateField(required=False, allow_null=True, default=None)


class DemandMoveIn(serializers.Serializer[Any]):
    """`department` is for match, `resource` for link, `into` (a number) for merge."""

    version = serializers.IntegerField(help_text="the version that was read")
    words = serializers.CharField(required=False, allow_blank=True, default="", max_length=2000)
    department = serializers.IntegerField(required=False)
    resource = serializers.IntegerField(required=False)
    into = serializers.CharField(required=False)


class ChallengeOut(serializers.ModelSerializer[ClassificationChallenge]):
    resource = serializers.IntegerField(source="resource_id")
    department = serializers.CharField(source="department.name")
    outcome = serializers.ChoiceField(choices=ChallengeOutcome.choices, allow_blank=True)
    version = serializers.IntegerField()

    class Meta:
        model = ClassificationChallenge
        fields = [
            "id",
            "resource",
            "department",
            "at",
            "words",
            "view",
            "outcome",
            "opinion",
            "decided_at",
            "version",
        ]


class ChallengeIn(serializers.Serializer[Any]):
    resource = serializers.IntegerField()
    words = serializers.CharField(max_length=2000)


class ViewIn(serializers.Serializer[Any]):
    version = serializers.IntegerField(
        required=False, allow_null=True, default=None, help_text="the version that was read"
    )
    words = serializers.CharField(max_length=2000)


class DecideChallengeIn(ViewIn):
    outcome = serializers.ChoiceField(choices=ChallengeOutcome.choices)


class NewestDemand(KeysetPagination):
    ordering = ("-posted_at", "-pk")


class NewestChallenge(KeysetPagination):
    ordering = ("-at", "-pk")


class DemandList(generics.ListAPIView[Demand]):
    """The demands of all departments (需求清单), newest first."""

    permission_classes = [IsAuthenticated]
    serializer_class = DemandOut
    pagination_class = NewestDemand

    def get_queryset(self) -> QuerySet[Demand]:
        asked = self.request.query_params
        return selectors.demands_for(
            person(self.request), tab=asked.get("tab", "all"), q=asked.get("q", "")
        )

    @extend_schema(request=DemandIn, responses={201: DemandDetailOut})
    def post(self, request: Request) -> Response:
        by = person(request)
        given = DemandIn(data=request.data)
        given.is_valid(raise_exception=True)
        made = demands.post(data=DemandData(**given.validated_data), by=by)
        return Response(DemandDetailOut(made).data, status=201)


class DemandDetail(APIView):
    permission_classes = [IsAuthenticated]

    @extend_schema(responses=DemandDetailOut)
    def get(self, request: Request, number: str) -> Response:
        return Response(DemandDetailOut(selectors.demand_of(person(request), number)).data)


class DemandMoveView(APIView):
    permission_classes = [IsAuthenticated]

    @extend_schema(
        operation_id="demand_move",
        request=DemandMoveIn,
        responses=DemandDetailOut,
        parameters=[
            OpenApiParameter(
                "move", enum=[str(one) for one in demands.MOVES], location=OpenApiParameter.PATH
            )
        ],
    )
    def post(self, request: Request, number: str, move: str) -> Response:
        """A step of the demand: match, accept, decline, refuse, link, merge, join or withdraw."""
        by = person(request)
        found = selectors.demand_of(by, number)
        if move not in {str(one) for one in demands.MOVES}:
            raise NotFound("There is no such step.")
        how = DemandMove(move)
        may_move(by, found, how).enforce()
        given = DemandMoveIn(data=request.data)
        given.is_valid(raise_exception=True)
        told = dict(given.validated_data)
        facts: dict[str, Any] = {"version": told["version"], "words": told["words"]}
        match how:
            case DemandMove.MATCH:
                key = told.get("department", 0)
                department = departments().filter(pk=key).first()
                # A department that is none is refused like one's own.
                facts["department"] = department or found.department
            case DemandMove.LINK:
                facts["resource"] = selectors.entry_of(by, told.get("resource", 0))
            case DemandMove.MERGE:
                facts["into"] = selectors.demands_for(by).filter(number=told.get("into")).first()
        held = getattr(demands, how.value)(demand=found, by=by, **facts)
        return Response(DemandDetailOut(held).data)


class Listed(APIView):
    """One of the three lists: responsibility, demand or negative."""

    permission_classes = [IsAuthenticated]

    @extend_schema(
        responses={200: serializers.ListSerializer(child=serializers.DictField())},
        parameters=[
            OpenApiParameter("kind", enum=list(presentation.LISTS), location=OpenApiParameter.PATH)
        ],
    )
    def get(self, request: Request, kind: str) -> Response:
        table = presentation.list_of(kind)
        pages = KeysetPagination()
        pages.ordering = ("-pk",)
        listed = pages.paginate_queryset(table.rows(person(request)), request, view=self) or []
        heading = table.heading()
        return pages.get_paginated_response(
            [dict(zip(heading, table.line(one), strict=True)) for one in listed]
        )


class ChallengeList(generics.ListAPIView[ClassificationChallenge]):
    permission_classes = [IsAuthenticated]
    serializer_class = ChallengeOut
    pagination_class = NewestChallenge

    def get_queryset(self) -> QuerySet[ClassificationChallenge]:
        return selectors.challenges_for(person(self.request))

    @extend_schema(request=ChallengeIn, responses={201: ChallengeOut})
    def post(self, request: Request) -> Response:
        """Challenge how an entry is shared (Decree 809, Art. 15)."""
        by = person(request)
        given = ChallengeIn(data=request.data)
        given.is_valid(raise_exception=True)
        resource = resource_for(by, given.validated_data["resource"])
        made = challenges.raise_challenge(
            resource=resource, words=given.validated_data["words"], by=by
        )
        return Response(ChallengeOut(made).data, status=201)


class ChallengeDetail(APIView):
    permission_classes = [IsAuthenticated]

    @extend_schema(responses=ChallengeOut)
    def get(self, request: Request, pk: int) -> Response:
        return Response(ChallengeOut(selectors.challenge_page(person(request), pk).challenge).data)


class ChallengeView(APIView):
    permission_classes = [IsAuthenticated]

    @extend_schema(request=ViewIn, responses=ChallengeOut)
    def post(self, request: Request, pk: int) -> Response:
        """The provider states its view, once."""
        page = selectors.challenge_page(person(request), pk)
        page.may_view.enforce()
        given = ViewIn(data=request.data)
        given.is_valid(raise_exception=True)
        held = challenges.state_view(
            challenge=page.challenge, by=person(request), **given.validated_data
        )
        return Response(ChallengeOut(held).data)


class ChallengeDecide(APIView):
    permission_classes = [IsAuthenticated]

    @extend_schema(request=DecideChallengeIn, responses=ChallengeOut)
    def post(self, request: Request, pk: int) -> Response:
        page = selectors.challenge_page(person(request), pk)
        page.may_decide.enforce()
        given = DecideChallengeIn(data=request.data)
        given.is_valid(raise_exception=True)
        held = challenges.decide(
            challenge=page.challenge, by=person(request), **given.validated_data
        )
        return Response(ChallengeOut(held).data)
