"""Harvests of other portals' catalogues as programs see them."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from catalog.models import (
    Grade,
    Harvest,
    HarvestedDataset,
    ResourceClass,
    ResourceState,
    SharingAttribute,
)
from catalog.selectors.harvests import REMOVED, VANISHED, failure_of
from catalog.services.harvests import HarvestPlan
from portal.common.api import KeptWords

from .source_serializers import FailureOut, ScheduleField

STATED = ("resource_class", "classification", "sharing_attribute", "grade", "brings_removed")
FIGURES = (
    "found",
    "created",
    "changed",
    "revised",
    "unchanged",
    "waiting",
    "left_out",
    "vanished",
    "problem_count",
)


class HarvestIn(serializers.Serializer[HarvestPlan]):
    """What new drafts get that no other portal can say."""

    resource_class = serializers.ChoiceField(choices=ResourceClass.choices)
    classification = serializers.CharField(
        max_length=20, help_text="Item, heading and sub-heading, for example 07012001."
    )
    sharing_attribute = serializers.ChoiceField(choices=SharingAttribute.choices)
    grade = serializers.ChoiceField(choices=Grade.choices)
    brings_removed = serializers.BooleanField(
        default=False, help_text="Bring datasets again whose drafts were removed."
    )

    @property
    def plan(self) -> HarvestPlan:
        return HarvestPlan(**self.validated_data)


class HarvestOut(serializers.ModelSerializer[Harvest]):
    """One harvest with its figures, which stand when it is done; `found` grows while it walks."""

    by = serializers.CharField(
        source="by.name", help_text="Who started it, or set the schedule that did."
    )

    class Meta:
        model = Harvest
        fields = (
            "id",
            "source",
            "state",
            "by",
            "is_scheduled",
            *STATED,
            "queued_at",
            "finished_at",
            *FIGURES,
            "failure_code",
        )


class HarvestProblemOut(serializers.Serializer[Any]):
    title = serializers.CharField()
    page = serializers.CharField()
    field = serializers.CharField()
    message = KeptWords()


class HarvestDetailOut(HarvestOut):
    failure = serializers.SerializerMethodField()
    problems = serializers.SerializerMethodField(help_text="The first of `problem_count`.")
    imports: serializers.Field[Any, Any, Any, Any] = serializers.PrimaryKeyRelatedField(
        many=True, read_only=True, help_text="The files of entries that it brought in."
    )

    class Meta(HarvestOut.Meta):
        fields = (*HarvestOut.Meta.fields, "failure", "problems", "imports")  # type: ignore[assignment]

    @extend_schema_field(FailureOut(allow_null=True))
    def get_failure(self, harvest: Harvest) -> Any:
        failure = failure_of(harvest)
        return None if failure is None else FailureOut(failure).data

    @extend_schema_field(HarvestProblemOut(many=True))
    def get_problems(self, harvest: Harvest) -> Any:
        return HarvestProblemOut(harvest.problems, many=True).data


class DatasetQueryIn(serializers.Serializer[Any]):
    which = serializers.ChoiceField(
        choices=(VANISHED, REMOVED), required=False, default="", help_text="All if left out."
    )
    q = serializers.CharField(
        max_length=100, required=False, default="", help_text="Words of the title."
    )


class DatasetOut(serializers.ModelSerializer[HarvestedDataset]):
    """A dataset of the other portal. `resource` is null once its draft was removed."""

    resource_state = serializers.ChoiceField(
        source="resource.state", choices=ResourceState.choices, default=None, allow_null=True
    )

    class Meta:
        model = HarvestedDataset
        fields = (
            "id",
            "identifier",
            "title",
            "page",
            "resource",
            "resource_state",
            "seen_at",
            "vanished_at",
        )


class HarvestScheduleOut(ScheduleField):
    by = serializers.CharField(
        allow_null=True, help_text="With whose rights harvests by the schedule write."
    )
    next_due_at = serializers.DateTimeField(allow_null=True)
