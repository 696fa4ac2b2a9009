from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from catalog.models import CollectionPlan, Duplicate, SourceOfItem
from catalog.one_source.finding import Found
from catalog.one_source.score import Reason
from catalog.selectors.collection_plans import TABS
from catalog.services.collection_plans import LONGEST, LONGEST_ITEM, PlanData


class DuplicateReasonOut(serializers.Serializer[Reason]):
    """Why two items are taken for one datum; the points of all reasons sum to the score."""

    code = serializers.CharField()
    points = serializers.IntegerField()
    words = serializers.CharField()


class RepeatedItemOut(serializers.Serializer[Found]):
    """An item of an entry or plan beside the same datum of another department."""

    item = serializers.CharField(source="candidate.name")
    column = serializers.CharField(source="candidate.column")
    other = serializers.IntegerField(source="other.pk")
    other_code = serializers.CharField(source="other.code")
    other_name = serializers.CharField(source="other.name")
    other_department = serializers.CharField(source="other.department.name")
    other_item = serializers.CharField(source="candidate.other_name")
    other_column = serializers.CharField(source="candidate.other_column")
    score = serializers.IntegerField(source="candidate.score.points")
    reasons = DuplicateReasonOut(source="candidate.score.reasons", many=True)
    is_open = serializers.BooleanField(help_text="has to be linked or justified before submitting")
    answer = serializers.SerializerMethodField()
    justification = serializers.SerializerMethodField()

    def get_answer(self, found: Found) -> str:
        return found.settled.state if found.settled else ""

    def get_justification(self, found: Found) -> str:
        return found.settled.words if found.settled else ""


class OpenDuplicateOut(serializers.ModelSerializer[Duplicate]):
    """`resource` or `plan` repeats `other`; the score's reasons name no entry that is hidden."""

    name = serializers.CharField(source="subject.name")
    department = serializers.CharField(source="subject.department.name")
    other_code = serializers.CharField(source="other.code")
    other_department = serializers.CharField(source="other.department.name")
    other_item = serializers.CharField(source="other_name")
    item = serializers.CharField(source="item_name")
    reasons = serializers.SerializerMethodField()

    class Meta:
        model = Duplicate
        fields = [
            "id",
            "resource",
            "plan",
            "name",
            "department",
            "item",
            "other",
            "other_code",
            "other_department",
            "other_item",
            "score",
            "reasons",
            "at",
        ]

    @extend_schema_field(DuplicateReasonOut(many=True))
    def get_reasons(self, duplicate: Duplicate) -> Any:
        return [DuplicateReasonOut(one).data for one in duplicate.reasons]


class DuplicateAnswerIn(serializers.Serializer[Any]):
    version = serializers.IntegerField(min_value=1, help_text="the version that was read")
    column = serializers.CharField(max_length=60)
    other = serializers.IntegerField(help_text="key of the entry that provides the datum")
    answer = serializers.ChoiceField(choices=["link", "justify"])
    justification = serializers.CharField(
        max_length=1000, required=False, allow_blank=True, default=""
    )


class SourceOfItemOut(serializers.ModelSerializer[SourceOfItem]):
    department_name = serializers.CharField(source="department.name")
    region_code = serializers.CharField(source="region.code")

    class Meta:
        model = SourceOfItem
        fields = [
            "id",
            "name",
            "department",
            "department_name",
            "region_code",
            "basis",
            "appointed_at",
            "acknowledged_at",
            "ended_at",
        ]


class SourceRegisterQueryIn(serializers.Serializer[Any]):
    q = serializers.CharField(required=False, default="", max_length=100, allow_blank=True)


class AppointIn(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=100, help_text="the datum")
    department = serializers.IntegerField(help_text="a department of the officer's region")
    basis = serializers.CharField(max_length=500)


class EndOfAppointmentIn(serializers.Serializer[Any]):
    reasons = serializers.CharField(max_length=500)


class CollectionPlanOut(serializers.ModelSerializer[CollectionPlan]):
    department_name = serializers.CharField(source="department.name")

    class Meta:
        model = CollectionPlan
        fields = [
            "id",
            "department",
            "department_name",
            "name",
            "purpose",
            "basis",
            "asked_from",
            "starts_on",
            "state",
            "version",
            "created_at",
            "filed_at",
            "objection",
        ]


class CollectionPlanDetailOut(CollectionPlanOut):
    items = serializers.SlugRelatedField(many=True, read_only=True, slug_field="name")  # type: ignore[var-annotated]

    class Meta(CollectionPlanOut.Meta):
        fields = [*CollectionPlanOut.Meta.fields, "items"]


class CollectionPlanQueryIn(serializers.Serializer[Any]):
    tab = serializers.ChoiceField(choices=TABS, default="all", help_text="open: not filed yet")


class CollectionPlanIn(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=LONGEST["name"])
    purpose = serializers.CharField(max_length=LONGEST["purpose"])
    basis = serializers.CharField(max_length=LONGEST["basis"])
    asked_from = serializers.CharField(max_length=LONGEST["asked_from"])
    starts_on = serializers.DateField()
    items = serializers.ListField(child=serializers.CharField(max_length=LONGEST_ITEM))

    @property
    def plan(self) -> PlanData:
        given = dict(self.validated_data)
        given.pop("version", None)
        return PlanData(**given)


class CollectionPlanChangeIn(CollectionPlanIn):
    version = serializers.IntegerField(min_value=1, help_text="the version that was read")


class PlanVersionIn(serializers.Serializer[Any]):
    version = serializers.IntegerField(min_value=1, help_text="the version that was read")


class PlanObjectionIn(PlanVersionIn):
    words = serializers.CharField(max_length=1000)
