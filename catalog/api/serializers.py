"""What goes in and what comes out, as two sets of classes."""

from typing import Any

from rest_framework import serializers

from catalog.entry import ENTRY_FIELDS, ITEM_FIELDS, EntryData, ItemData
from catalog.models import (
    Assessment,
    AssessmentKind,
    BasisKind,
    DataFormat,
    DataItem,
    Grade,
    ItemType,
    Resource,
    ResourceClass,
    ResourceState,
    SharingAttribute,
    SharingMode,
    UpdateFrequency,
)
from portal.organisation.models import Department


class ItemIn(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=100)
    column = serializers.CharField(max_length=60)
    type = serializers.ChoiceField(ItemType.choices)
    length = serializers.IntegerField(min_value=1, required=False, allow_null=True)
    is_key = serializers.BooleanField(required=False)
    is_nullable = serializers.BooleanField(required=False)
    is_personal = serializers.BooleanField(required=False)
    is_sensitive = serializers.BooleanField(required=False)
    description = serializers.CharField(max_length=300, required=False, allow_blank=True)


def _text(max_length: int) -> serializers.CharField:
    return serializers.CharField(max_length=max_length, required=False, allow_blank=True)


class EntryIn(serializers.Serializer[Any]):
    """A draft: what may still be missing is not required."""

    name = serializers.CharField(max_length=200)
    abstract = _text(2000)
    resource_class = serializers.ChoiceField(ResourceClass.choices)
    classification = serializers.CharField(max_length=20)
    data_format = serializers.ChoiceField(DataFormat.choices)
    update_frequency = serializers.ChoiceField(UpdateFrequency.choices)
    sharing_attribute = serializers.ChoiceField(SharingAttribute.choices)
    sharing_scope = _text(1000)
    sharing_purpose = _text(1000)
    sharing_conditions = _text(1000)
    not_shared_reason = _text(1000)
    basis_kind = serializers.ChoiceField(BasisKind.choices, required=False, allow_blank=True)
    basis_title = _text(200)
    basis_article = _text(50)
    sharing_modes = serializers.ListField(
        child=serializers.ChoiceField(SharingMode.choices), required=False
    )
    grade = serializers.ChoiceField(Grade.choices)
    items = ItemIn(many=True, required=False)

    def entry(self, resource: Resource | None = None) -> EntryData:
        """The whole entry; what was not sent stays as it is in `resource`."""
        given: dict[str, Any] = {}
        if resource is not None:
            given = {name: getattr(resource, name) for name in ENTRY_FIELDS}
        given |= {name: self.validated_data[name] for name in ENTRY_FIELDS if name in self._sent}
        if "sharing_modes" in given:
            given["sharing_modes"] = tuple(given["sharing_modes"])
        return EntryData(**given)

    def item_data(self, items: list[DataItem] | None = None) -> list[ItemData]:
        """All items; when none were sent, those that there are."""
        if "items" in self._sent:
            return [ItemData(**item) for item in self.validated_data["items"]]
        return [
            ItemData(**{name: getattr(item, name) for name in ITEM_FIELDS}) for item in items or []
        ]

    @property
    def _sent(self) -> dict[str, Any]:
        sent: dict[str, Any] = self.validated_data
        return sent


class ChangedEntryIn(EntryIn):
    """`version` is that of the entry as it was read; only what else is sent changes."""

    version = serializers.IntegerField(min_value=1)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "version" not in attrs:
            raise serializers.ValidationError(
                {"version": self.fields["version"].error_messages["required"]}
            )
        return attrs


class VersionIn(serializers.Serializer[Any]):
    version = serializers.IntegerField(min_value=1)


class OpinionIn(VersionIn):
    opinion = _text(2000)


class ReasonsIn(VersionIn):
    reasons = serializers.CharField(max_length=2000, allow_blank=True)


class AssessmentIn(VersionIn):
    kind = serializers.ChoiceField(AssessmentKind.choices)
    is_present = serializers.BooleanField()
    is_passed = serializers.BooleanField()
    findings = serializers.CharField(max_length=2000, allow_blank=True)


class CatalogueQueryIn(serializers.Serializer[Any]):
    """Values of one parameter join by "or", parameters by "and"."""

    q = serializers.CharField(
        required=False, allow_blank=True, max_length=200, help_text="words, all of which must occur"
    )
    sharing_attribute = serializers.MultipleChoiceField(
        choices=SharingAttribute.choices, required=False
    )
    format = serializers.MultipleChoiceField(choices=DataFormat.choices, required=False)
    frequency = serializers.MultipleChoiceField(choices=UpdateFrequency.choices, required=False)
    grade = serializers.MultipleChoiceField(choices=Grade.choices, required=False)
    department = serializers.ListField(
        child=serializers.IntegerField(), required=False, help_text="keys of providers"
    )
    state = serializers.MultipleChoiceField(
        choices=ResourceState.choices, required=False, help_text="usually: published"
    )

    def question(self) -> dict[str, Any]:
        given = self.validated_data
        names = ("sharing_attribute", "format", "frequency", "grade", "department")
        return {
            "q": given.get("q", ""),
            "chosen": {name: sorted(given[name]) for name in names if given.get(name)},
            "states": sorted(given.get("state") or [ResourceState.PUBLISHED]),
        }


class ProviderOut(serializers.ModelSerializer[Department]):
    class Meta:
        model = Department
        fields = ["id", "name", "short_name", "uscc"]


class ItemOut(serializers.ModelSerializer[DataItem]):
    class Meta:
        model = DataItem
        fields = ["position", *ITEM_FIELDS]


class AssessmentOut(serializers.ModelSerializer[Assessment]):
    class Meta:
        model = Assessment
        fields = ["kind", "is_present", "is_passed", "findings", "at"]


class ResourceOut(serializers.ModelSerializer[Resource]):
    department = ProviderOut()

    class Meta:
        model = Resource
        fields = [
            "id",
            "code",
            *ENTRY_FIELDS,
            "department",
            "state",
            "version",
            "created_at",
            "updated_at",
            "published_at",
            "row_count",
            "rows_changed_at",
        ]


class ResourceDetailOut(ResourceOut):
    items = ItemOut(many=True)

    class Meta(ResourceOut.Meta):
        fields = [*ResourceOut.Meta.fields, "items"]
