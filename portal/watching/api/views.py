"""Alerts for other programs of the security administrator and of providers: read only."""

from typing import cast

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import generics, serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from portal.common.api import KeysetPagination
from portal.organisation.api.views import IsPerson
from portal.organisation.models import User
from portal.watching import selectors
from portal.watching.models import Alert, CaseMove, CaseState, CaseStep
from portal.watching.permissions import may_see_cases
from portal.watching.rules import RULES


class AlertOut(serializers.ModelSerializer[Alert]):
    rule = serializers.ChoiceField(choices=[(code, str(code)) for code in RULES])
    state = serializers.ChoiceField(choices=CaseState.choices)
    agreement = serializers.CharField(source="agreement.number", allow_null=True, default=None)
    provider = serializers.CharField(
        source="agreement.provider.name", allow_null=True, default=None
    )
    requester = serializers.CharField(
        source="agreement.requester.name", allow_null=True, default=None
    )

    class Meta:
        model = Alert
        fields = [
            "id",
            "rule",
            "rule_version",
            "subject",
            "day",
            "agreement",
            "provider",
            "requester",
            "actor",
            "actor_name",
            "figures",
            "state",
            "raised_at",
            "closed_at",
        ]


class CaseStepOut(serializers.ModelSerializer[CaseStep]):
    move = serializers.ChoiceField(choices=CaseMove.choices)
    by = serializers.CharField(source="by.name", allow_null=True, default=None)

    class Meta:
        model = CaseStep
        fields = ["move", "by", "words", "at"]


class AlertDetailOut(AlertOut):
    """`entries` are the keys of the audit entries that it rests on."""

    entries = serializers.SerializerMethodField()
    steps = CaseStepOut(many=True)

    class Meta(AlertOut.Meta):
        fields = [*AlertOut.Meta.fields, "entries", "steps"]

    @extend_schema_field({"type": "array", "items": {"type": "integer"}})
    def get_entries(self, alert: Alert) -> list[int]:
        return selectors.entries_of(alert)


class NewestAlert(KeysetPagination):
    ordering = ("-raised_at", "-pk")


class Alerts(generics.ListAPIView[Alert]):
    """Alerts, newest first: all for the security and the audit administrator, a provider's own for it."""

    permission_classes = [IsAuthenticated, IsPerson]
    serializer_class = AlertOut
    pagination_class = NewestAlert

    def get_queryset(self) -> QuerySet[Alert]:
        user = cast("User", self.request.user)
        may_see_cases(user).enforce()
        asked = self.request.query_params
        return selectors.alerts_for(
            user, state=asked.get("state", ""), rule=asked.get("rule", ""), q=asked.get("q", "")
        )

    @extend_schema(
        parameters=[
            OpenApiParameter("state", OpenApiTypes.STR, enum=CaseState.values),
            OpenApiParameter("rule", OpenApiTypes.STR, enum=list(RULES)),
            OpenApiParameter("q", OpenApiTypes.STR),
        ]
    )
    def get(self, request: Request, *args: object, **kwargs: object) -> Response:
        return super().get(request, *args, **kwargs)


class AlertDetail(APIView):
    """One alert with the record of its case, and the keys of the audit entries that it rests on."""

    permission_classes = [IsAuthenticated, IsPerson]

    @extend_schema(responses=AlertDetailOut)
    def get(self, request: Request, pk: int) -> Response:
        found = selectors.alert_of(cast("User", request.user), pk)
        return Response(AlertDetailOut(found).data)
