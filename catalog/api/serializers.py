"""What goes in and what comes out, as two sets of classes."""

from collections.abc import Sequence
from typing import Any

from rest_framework import serializers

from catalog.entry import ENTRY_FIELDS, ITEM_FIELDS, LISTS, EntryData, ItemData, items_left_to
from catalog.freshness import Freshness
from catalog.models import (
    Assessment,
    AssessmentKind,
    BasisKind,
    DataFormat,
    DataItem,
    Grade,
    IdentifierKind,
    ItemType,
    MaskingRule,
    NationalGrade,
    Resource,
    ResourceClass,
    ResourceState,
    SharingAttribute,
    SharingMode,
    UpdateFrequency,
    Visibility,
)
from catalog.selectors.facets import DIMENSIONS, OPEN
from catalog.selectors.resources import items_of
from portal.organisation.models import Department


def _choice(choices: Sequence[tuple[str, Any]]) -> serializers.ChoiceField:
    return serializers.ChoiceField(choices, required=False, allow_blank=True)


def _text(max_length: int) -> serializers.CharField:
    return serializers.CharField(max_length=max_length, required=False, allow_blank=True)


def _texts(max_length: int) -> serializers.ListField:
    return serializers.ListField(child=serializers.CharField(max_length=max_length), required=False)


def _keys(of_what: str) -> serializers.ListField:
    return serializers.ListField(
        child=serializers.IntegerField(), required=False, help_text=f"keys of {of_what}"
    )


class ItemIn(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=100)
    column = serializers.CharField(max_length=60)
    type = serializers.ChoiceField(ItemType.choices)
    length = serializers.IntegerField(min_value=1, required=False, allow_null=True)
    code_list = _text(60)
    data_element = _text(60)
    is_key = serializers.BooleanField(required=False)
    is_nullable = serializers.BooleanField(required=False)
    is_personal = serializers.BooleanField(required=False)
    is_sensitive = serializers.BooleanField(required=False)
    is_minor = serializers.BooleanField(required=False)
    identifier_kind = _choice(IdentifierKind.choices)
    masking_rule = _choice(MaskingRule.choices)
    sharing_attribute = _choice(SharingAttribute.choices)
    grade = _choice(Grade.choices)
    description = serializers.CharField(max_length=300, required=False, allow_blank=True)


class EntryIn(serializers.Serializer[Any]):
    """A draft: what may still be missing is not required."""

    name = serializers.CharField(max_length=200)
    name_en = _text(300)
    abstract = _text(2000)
    tags = _texts(30)
    resource_class = serializers.ChoiceField(ResourceClass.choices)
    classification = serializers.CharField(max_length=20)
    data_format = serializers.ChoiceField(DataFormat.choices)
    update_frequency = serializers.ChoiceField(UpdateFrequency.choices)
    source_department_id = serializers.IntegerField(
        required=False, allow_null=True, help_text="key of the department that collects the data"
    )
    source_system = _text(100)
    collection_basis = _text(500)
    spatial_code = _text(12)
    temporal_from = serializers.DateField(required=False, allow_null=True)
    temporal_to = serializers.DateField(required=False, allow_null=True)
    sharing_attribute = serializers.ChoiceField(
        SharingAttribute.choices,
        help_text="of the items that state none; the entry has the strictest of its items",
    )
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
    visibility = serializers.ChoiceField(Visibility.choices, required=False)
    audience_departments = _keys("departments")
    audience_regions = _keys("regions, each with those below it")
    is_open = serializers.BooleanField(required=False)
    open_conditions = _text(500)
    grade = serializers.ChoiceField(
        Grade.choices, help_text="of the items that state none; the entry has the highest of them"
    )
    national_grade = serializers.ChoiceField(NationalGrade.choices, required=False)
    related_codes = _texts(40)
    contact_name = _text(50)
    contact_phone = _text(30)
    contact_email = serializers.EmailField(required=False, allow_blank=True)
    items = ItemIn(many=True, required=False)

    def entry(self, resource: Resource | None = None) -> EntryData:
        """The whole entry; what was not sent stays as it is in `resource`."""
        given: dict[str, Any] = {}
        if resource is not None:
            given = {name: getattr(resource, name) for name in ENTRY_FIELDS}
        given |= {name: self.validated_data[name] for name in ENTRY_FIELDS if name in self._sent}
        given |= {name: tuple(given[name]) for name in LISTS if name in given}
        return EntryData(**given)

    def item_data(self, resource: Resource | None = None) -> list[ItemData]:
        """All items; when none were sent, those of `resource`, which follow what it states anew."""
        if "items" in self._sent:
            return [ItemData(**item) for item in self.validated_data["items"]]
        return items_left_to(resource, items_of(resource)) if resource is not None else []

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
    region = serializers.ListField(
        child=serializers.IntegerField(), required=False, help_text="keys of providers' regions"
    )
    resource_class = serializers.MultipleChoiceField(choices=ResourceClass.choices, required=False)
    open = serializers.MultipleChoiceField(
        choices=OPEN, required=False, help_text="whether open to the public"
    )
    freshness = serializers.MultipleChoiceField(
        choices=Freshness.choices,
        required=False,
        help_text="whether the rows are as fresh as the update frequency promises",
    )
    state = serializers.MultipleChoiceField(
        choices=ResourceState.choices, required=False, help_text="usually: published"
    )

    def question(self) -> dict[str, Any]:
        given = self.validated_data
        return {
            "q": given.get("q", ""),
            "chosen": {name: sorted(given[name]) for name in DIMENSIONS if given.get(name)},
            "states": sorted(given.get("state") or [ResourceState.PUBLISHED]),
        }


class ProviderOut(serializers.ModelSerializer[Department]):
    class Meta:
        model = Department
        fields = ["id", "name", "short_name", "uscc"]


class ItemOut(serializers.ModelSerializer[DataItem]):
    code_list = serializers.SerializerMethodField()
    data_element = serializers.SerializerMethodField()

    class Meta:
        model = DataItem
        fields = ["position", *ITEM_FIELDS, "is_indexed"]

    def get_code_list(self, item: DataItem) -> str:
        return item.code_list_id or ""

    def get_data_element(self, item: DataItem) -> str:
        return item.data_element_id or ""


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
