"""Forms of the standards library and the classification tree."""

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.models import Classification, CodeList, DataElementVersion, ItemType, ResourceClass
from catalog.models.standards import IDENTIFIER_LENGTH
from catalog.selectors.standards import bindable_lists
from catalog.services.data_elements import ElementData, told
from catalog.services.standards import ListData
from catalog.standards.classification import NodeRow
from catalog.standards.sheets import MOST_BYTES

CSV = {"accept": ".csv,text/csv"}


class CodeListForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = CodeList
        fields = ["identifier", "name", "name_en", "standard", "is_partial", "note"]

    def validate_unique(self) -> None:
        """The service says it, with everything else that is wrong."""

    @property
    def data_of_list(self) -> ListData:
        return ListData(**self.cleaned_data)


class TableForm(forms.Form):
    """A CSV file. `revision` is that of the draft as the page showed it."""

    file = forms.FileField(
        label=_("CSV file"), widget=forms.ClearableFileInput(attrs=CSV), allow_empty_file=True
    )
    revision = forms.IntegerField(widget=forms.HiddenInput, required=False)

    @property
    def content(self) -> bytes:
        """What the file holds; of one that is too large only so much that this is seen."""
        file = self.cleaned_data["file"]
        return file.read(MOST_BYTES + 1) if isinstance(file, UploadedFile) else b""


class PublishForm(forms.Form):
    valid_from = forms.DateField(
        label=_("In force from"),
        initial=timezone.localdate,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("Until that day values are checked against the version before."),
    )
    note = forms.CharField(label=_("What changed"), max_length=500, required=False)
    revision = forms.IntegerField(widget=forms.HiddenInput)


class RevisionForm(forms.Form):
    revision = forms.IntegerField(widget=forms.HiddenInput)


class NoInputForm(forms.Form):
    """What only asks to be confirmed."""


class ElementForm(forms.Form):
    """A data element, or the next version of one; `version` is the one that it is written on."""

    identifier = forms.CharField(
        label=pgettext_lazy("of a standard", "Identifier"),
        max_length=IDENTIFIER_LENGTH,
        help_text=_("That of the standard, or of your own register. It never changes."),
    )
    name = forms.CharField(label=_("Name"), max_length=100)
    name_en = forms.CharField(label=_("English name"), max_length=200, required=False)
    definition = forms.CharField(
        label=_("Definition"), max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )
    type = forms.ChoiceField(label=_("Type"), choices=ItemType.choices)
    length = forms.IntegerField(
        label=_("Length"), min_value=1, max_value=2_000_000_000, required=False
    )
    code_list: Any = forms.ModelChoiceField(
        label=_("Code list"),
        queryset=None,  # those of the day: see __init__
        required=False,
        empty_label=_("none"),
        to_field_name="identifier",
    )
    standard = forms.CharField(label=_("Standard"), max_length=200, required=False)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(
        self, *args: Any, current: DataElementVersion | None = None, **kwargs: Any
    ) -> None:
        if current is not None:
            known = told(current)
            kwargs["initial"] = {
                name: getattr(known, name) for name in ElementData.__dataclass_fields__
            } | {"version": current.number}
        super().__init__(*args, **kwargs)
        self.fields["code_list"].queryset = bindable_lists()  # type: ignore[attr-defined]
        if current is not None:
            del self.fields["identifier"]

    @property
    def data_of_element(self) -> ElementData:
        given = self.cleaned_data
        chosen = given["code_list"]
        return ElementData(
            name=given["name"],
            name_en=given["name_en"],
            definition=" ".join(given["definition"].split()),
            type=given["type"],
            length=given["length"],
            code_list=chosen.identifier if chosen else "",
            standard=given["standard"],
        )


class NodeForm(forms.Form):
    """A node of the classification; of one that is known, class and code stay."""

    resource_class = forms.ChoiceField(label=_("Resource class"), choices=ResourceClass.choices)
    code = forms.CharField(
        label=_("Code"),
        max_length=20,
        help_text=_("With the codes of the nodes above: 03 item, 03001 heading, 03001001."),
    )
    name = forms.CharField(label=_("Name"), max_length=100)
    name_en = forms.CharField(label=_("English name"), max_length=200, required=False)
    parent_code = forms.CharField(
        label=_("Code of the node above"),
        max_length=20,
        required=False,
        help_text=_("Empty: the longest code that this one begins with."),
    )
    note = forms.CharField(label=_("Note"), max_length=300, required=False)

    def __init__(self, *args: Any, node: Classification | None = None, **kwargs: Any) -> None:
        if node is not None:
            kwargs["initial"] = {
                "name": node.name,
                "name_en": node.name_en,
                "parent_code": node.parent.code if node.parent else "",
                "note": node.note,
            }
        super().__init__(*args, **kwargs)
        if node is not None:
            del self.fields["resource_class"]
            del self.fields["code"]

    @property
    def row(self) -> NodeRow:
        return NodeRow(**self.cleaned_data)
