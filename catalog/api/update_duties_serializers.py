from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from catalog.models import (
    MOST_EXTENSION_DAYS,
    CatalogueDeadline,
    ChangeKind,
    UpdateDuty,
    UpdateDutyEntry,
    UpdateDutyStep,
    UpdateExtension,
)
from catalog.parties import Party
from catalog.selectors.update_duties import TABS, known_entries, steps_of
from catalog.services.update_duties import Change


class UpdateDutyQueryIn(serializers.Serializer[Any]):
    tab = serializers.ChoiceField(
        choices=TABS, default="all", help_text="open, overdue, met (up to date) or all"
    )


class CatalogueClockOut(serializers.ModelSerializer[CatalogueDeadline]):
    is_met_late = serializers.BooleanField()

    class Meta:
        model = CatalogueDeadline
        fields = [
            "kind",
            "rule",
            "entry",
            "started_on",
            "limit_days",
            "extension_days",
            "calendar_version",
            "due",
            "provisional",
            "met_at",
            "is_met_late",
        ]


class UpdateExtensionOut(serializers.ModelSerializer[UpdateExtension]):
    class Meta:
        model = UpdateExtension
        fields = ["days", "reasons", "asked_at", "granted_days", "opinion", "decided_at"]


class UpdateDutyEntryOut(serializers.ModelSerializer[UpdateDutyEntry]):
    code = serializers.CharField(source="resource.code")
    name = serializers.CharField(source="resource.name")
    state = serializers.CharField()

    class Meta:
        model = UpdateDutyEntry
        fields = ["id", "resource", "code", "name", "is_new", "state", "received_at", "answered_at"]


class UpdateDutyStepOut(serializers.ModelSerializer[UpdateDutyStep]):
    act = serializers.CharField()
    by = serializers.CharField(source="by.name")

    class Meta:
        model = UpdateDutyStep
        fields = ["act", "by", "words", "at"]


class UpdateDutyOut(serializers.ModelSerializer[UpdateDuty]):
    """`clocks` holds the clock of the update and those of the reviews, by `rule`."""

    department = serializers.IntegerField(source="department_id")
    department_name = serializers.CharField(source="department.name")
    state = serializers.CharField()
    change = serializers.CharField()
    clocks = CatalogueClockOut(many=True)
    extension = UpdateExtensionOut(default=None)

    class Meta:
        model = UpdateDuty
        fields = [
            "id",
            "department",
            "department_name",
            "change",
            "basis_title",
            "basis_reference",
            "happened_on",
            "description",
            "needs_new_entry",
            "state",
            "version",
            "recorded_at",
            "done_at",
            "clocks",
            "extension",
        ]


class UpdateDutyDetailOut(UpdateDutyOut):
    """`entries` are those that the caller may know of."""

    entries = serializers.SerializerMethodField()
    steps = serializers.SerializerMethodField()

    class Meta(UpdateDutyOut.Meta):
        fields = [*UpdateDutyOut.Meta.fields, "entries", "steps"]

    @extend_schema_field(UpdateDutyEntryOut(many=True))
    def get_entries(self, duty: UpdateDuty) -> Any:
        party: Party = self.context["party"]
        return UpdateDutyEntryOut(known_entries(party, duty), many=True).data

    @extend_schema_field(UpdateDutyStepOut(many=True))
    def get_steps(self, duty: UpdateDuty) -> Any:
        return UpdateDutyStepOut(steps_of(duty), many=True).data


class ChangeIn(serializers.Serializer[Any]):
    department = serializers.IntegerField(
        required=False, help_text="one's own unless given; officers name one of their region"
    )
    change = serializers.ChoiceField(ChangeKind.choices)
    basis_title = serializers.CharField(max_length=200)
    basis_reference = serializers.CharField(
        max_length=200, required=False, allow_blank=True, default=""
    )
    happened_on = serializers.DateField(help_text="the ten working days count from this day")
    description = serializers.CharField(
        max_length=2000, required=False, allow_blank=True, default=""
    )
    resources = serializers.ListField(
        child=serializers.IntegerField(), default=list, help_text="keys of the entries concerned"
    )
    needs_new_entry = serializers.BooleanField(default=False)

    def change_in(self) -> Change:
        given = dict(self.validated_data)
        given.pop("department", None)
        return Change(kind=given.pop("change"), resources=tuple(given.pop("resources")), **given)


class AtVersion(serializers.Serializer[Any]):
    version = serializers.IntegerField(min_value=1, help_text="the version that was read")


class ExtensionIn(AtVersion):
    days = serializers.IntegerField(min_value=1, max_value=MOST_EXTENSION_DAYS)
    reasons = serializers.CharField(max_length=2000)


class ExtensionDecisionIn(AtVersion):
    is_granted = serializers.BooleanField()
    days = serializers.IntegerField(
        min_value=1,
        max_value=MOST_EXTENSION_DAYS,
        required=False,
        allow_null=True,
        default=None,
        help_text="all that were asked for unless given",
    )
    opinion = serializers.CharField(max_length=2000, required=False, allow_blank=True, default="")


class CloseIn(AtVersion):
    reasons = serializers.CharField(max_length=2000)


class CloseDecisionIn(AtVersion):
    is_approved = serializers.BooleanField()
    opinion = serializers.CharField(max_length=2000, required=False, allow_blank=True, default="")


class AnswerIn(AtVersion):
    resource = serializers.IntegerField(help_text="key of an entry of one's own department")
