"""The standards library and the classification tree for programs."""

from typing import Any

from rest_framework import serializers

from catalog.models import (
    Classification,
    CodeList,
    CodeListEntry,
    CodeListVersion,
    DataElement,
    ItemType,
    ResourceClass,
)
from catalog.models.standards import CODE_LENGTH, IDENTIFIER_LENGTH
from catalog.services.data_elements import ElementData
from catalog.services.standards import ListData
from catalog.standards.classification import NodeRow
from catalog.standards.codes import CodeRow
from catalog.standards.sheets import MOST_ROWS


def _text(max_length: int) -> serializers.CharField:
    return serializers.CharField(max_length=max_length, required=False, allow_blank=True)


class CodeListOut(serializers.ModelSerializer[CodeList]):
    version = serializers.IntegerField(allow_null=True, help_text="the version in force")
    code_count = serializers.IntegerField(allow_null=True)
    valid_from = serializers.DateField(allow_null=True)

    class Meta:
        model = CodeList
        fields = [
            "id",
            "identifier",
            "name",
            "name_en",
            "standard",
            "is_partial",
            "note",
            "version",
            "code_count",
            "valid_from",
            "retired_at",
        ]


class CodeListVersionOut(serializers.ModelSerializer[CodeListVersion]):
    class Meta:
        model = CodeListVersion
        fields = [
            "number",
            "state",
            "valid_from",
            "note",
            "entry_count",
            "digest",
            "revision",
            "published_at",
        ]


class CodeListDetailOut(CodeListOut):
    versions = CodeListVersionOut(many=True)

    class Meta(CodeListOut.Meta):
        fields = [*CodeListOut.Meta.fields, "versions"]


class CodeOut(serializers.ModelSerializer[CodeListEntry]):
    class Meta:
        model = CodeListEntry
        fields = ["code", "name", "parent_code", "note"]


class CodeListIn(serializers.Serializer[Any]):
    identifier = serializers.CharField(max_length=IDENTIFIER_LENGTH)
    name = serializers.CharField(max_length=100)
    name_en = _text(200)
    standard = _text(200)
    is_partial = serializers.BooleanField(required=False)
    note = _text(500)

    @property
    def data_of_list(self) -> ListData:
        return ListData(**self.validated_data)


class CodeIn(serializers.Serializer[Any]):
    code = serializers.CharField(max_length=CODE_LENGTH)
    name = serializers.CharField(max_length=200)
    parent_code = _text(CODE_LENGTH)
    note = _text(300)


class DraftIn(serializers.Serializer[Any]):
    """All codes of the draft; `revision` is that of the draft as it was read."""

    revision = serializers.IntegerField(min_value=1)
    codes = serializers.ListField(child=CodeIn(), max_length=MOST_ROWS)

    @property
    def rows(self) -> list[CodeRow]:
        return [CodeRow(**code) for code in self.validated_data["codes"]]


class RevisionIn(serializers.Serializer[Any]):
    revision = serializers.IntegerField(min_value=1)


class PublishIn(RevisionIn):
    valid_from = serializers.DateField()
    note = _text(500)


class CodesQueryIn(serializers.Serializer[Any]):
    version = serializers.IntegerField(
        required=False, min_value=1, help_text="else the one in force"
    )
    q = _text(100)


class CompareQueryIn(serializers.Serializer[Any]):
    before = serializers.IntegerField(min_value=1)
    after = serializers.IntegerField(min_value=1)


class ChangeOut(serializers.Serializer[Any]):
    before = CodeOut()
    after = CodeOut()


class ComparisonOut(serializers.Serializer[Any]):
    added = CodeOut(many=True)
    removed = CodeOut(many=True)
    changed = ChangeOut(many=True)
    kept = serializers.IntegerField()


class DataElementOut(serializers.ModelSerializer[DataElement]):
    version = serializers.IntegerField(source="current.number")
    name = serializers.CharField(source="current.name")
    name_en = serializers.CharField(source="current.name_en")
    definition = serializers.CharField(source="current.definition")
    type = serializers.ChoiceField(source="current.type", choices=ItemType.choices)
    length = serializers.IntegerField(source="current.length", allow_null=True)
    code_list = serializers.SerializerMethodField()
    standard = serializers.CharField(source="current.standard")

    class Meta:
        model = DataElement
        fields = [
            "id",
            "identifier",
            "version",
            "name",
            "name_en",
            "definition",
            "type",
            "length",
            "code_list",
            "standard",
            "retired_at",
        ]

    def get_code_list(self, element: DataElement) -> str:
        return (element.current.code_list_id if element.current else None) or ""


class ElementChangeIn(serializers.Serializer[Any]):
    version = serializers.IntegerField(min_value=1)
    name = serializers.CharField(max_length=100)
    name_en = _text(200)
    definition = serializers.CharField(max_length=500)
    type = serializers.ChoiceField(ItemType.choices)
    length = serializers.IntegerField(
        min_value=1, max_value=2_000_000_000, required=False, allow_null=True
    )
    code_list = _text(IDENTIFIER_LENGTH)
    standard = _text(200)

    @property
    def data_of_element(self) -> ElementData:
        names = ElementData.__dataclass_fields__.keys() & self.validated_data.keys()
        return ElementData(**{name: self.validated_data[name] for name in names})


class ElementIn(ElementChangeIn):
    version = None  # type: ignore[assignment]  # a new element has none
    identifier = serializers.CharField(max_length=IDENTIFIER_LENGTH)


class NodeOut(serializers.ModelSerializer[Classification]):
    parent_code = serializers.SerializerMethodField()

    class Meta:
        model = Classification
        fields = [
            "id",
            "resource_class",
            "code",
            "name",
            "name_en",
            "level",
            "parent_code",
            "note",
            "retired_at",
        ]

    def get_parent_code(self, node: Classification) -> str:
        return node.parent.code if node.parent else ""


class NodeChangeIn(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=100)
    name_en = _text(200)
    parent_code = _text(20)
    note = _text(300)


class NodeIn(NodeChangeIn):
    resource_class = serializers.ChoiceField(ResourceClass.choices)
    code = serializers.CharField(max_length=20)

    @property
    def row(self) -> NodeRow:
        return NodeRow(**self.validated_data)
