"""The forms of the catalogue's pages. They say nicely what the services would refuse."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from django import forms
from django.forms import BaseFormSet, formset_factory
from django.http import QueryDict
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from catalog.entry import EntryData, ItemData
from catalog.models import (
    BasisKind,
    DataFormat,
    Grade,
    ItemType,
    ResourceClass,
    SharingAttribute,
    SharingMode,
    UpdateFrequency,
)
from catalog.models.item import COLUMN
from portal.common.errors import DomainError
from portal.common.form_errors import add_refusal

MORE_ROWS = 5
CHOOSE = ("", _("Choose"))


class EntryForm(forms.Form):
    """All of an entry but its items; what may wait until it is submitted is optional."""

    name = forms.CharField(label=_("Name"), max_length=200)
    abstract = forms.CharField(
        label=_("Abstract"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("What the data are about, where they come from, what others use them for."),
    )
    resource_class = forms.ChoiceField(
        label=_("Resource class"), choices=ResourceClass.choices, widget=forms.RadioSelect
    )
    classification = forms.RegexField(
        r"^[0-9]{5,20}$",
        label=_("Classification"),
        help_text=_(
            "Item (2 digits), heading (3 digits) and sub-heading of the classification,"
            " for example 07012001. It becomes part of the resource code."
        ),
        error_messages={
            "invalid": _("Digits only: two for the item, three for the heading, then the rest.")
        },
    )
    data_format = forms.ChoiceField(label=_("Data format"), choices=[CHOOSE, *DataFormat.choices])
    update_frequency = forms.ChoiceField(
        label=_("Update frequency"), choices=[CHOOSE, *UpdateFrequency.choices]
    )
    grade = forms.ChoiceField(
        label=_("Grade"),
        choices=Grade.choices,
        widget=forms.RadioSelect,
        help_text=_("When in doubt, the higher one. A mix takes the highest of its items."),
    )
    sharing_attribute = forms.ChoiceField(
        label=_("Sharing attribute"),
        choices=SharingAttribute.choices,
        widget=forms.RadioSelect,
    )
    sharing_modes = forms.MultipleChoiceField(
        label=_("Sharing modes"),
        choices=SharingMode.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    sharing_scope = forms.CharField(
        label=_("Sharing scope"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Which departments, for which duties. Conditional sharing must state it."),
    )
    sharing_purpose = forms.CharField(
        label=_("Purpose of use"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("What the data may be used for. Conditional sharing must state it."),
    )
    sharing_conditions = forms.CharField(
        label=_("Other conditions"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    not_shared_reason = forms.CharField(
        label=_("Reason for not sharing"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    basis_kind = forms.ChoiceField(
        label=_("Kind of basis"),
        choices=[("", _("None")), *BasisKind.choices],
        required=False,
        help_text=_("A rule of a ministry or of a local government cannot bar sharing."),
    )
    basis_title = forms.CharField(label=_("Title of the basis"), max_length=200, required=False)
    basis_article = forms.CharField(label=_("Article"), max_length=50, required=False)

    def entry(self, *, is_synthetic: bool = False) -> EntryData:
        given = dict(self.cleaned_data)
        given["sharing_modes"] = tuple(given["sharing_modes"])
        return EntryData(**given, is_synthetic=is_synthetic)


def _cell(characters: int) -> forms.TextInput:
    """A control in a table, as wide as what goes into it."""
    return forms.TextInput(attrs={"size": characters, "class": "w-auto"})


class ItemForm(forms.Form):
    """One row of the table of items; each control is named by its column and row."""

    name = forms.CharField(label=_("Data item"), max_length=100, widget=_cell(14))
    column = forms.RegexField(
        COLUMN,
        label=_("Column"),
        max_length=60,
        widget=_cell(14),
        error_messages={
            "invalid": _("Small letters, digits and underscores only, beginning with a letter.")
        },
    )
    type = forms.ChoiceField(
        label=_("Type"),
        choices=ItemType.choices,
        widget=forms.Select(attrs={"class": "w-auto"}),
    )
    length = forms.IntegerField(
        label=_("Length"),
        required=False,
        min_value=1,
        widget=forms.TextInput(attrs={"size": 4, "inputmode": "numeric", "class": "w-auto"}),
    )
    is_key = forms.BooleanField(label=_("Key item"), required=False)
    is_nullable = forms.BooleanField(label=_("May be empty"), required=False, initial=True)
    is_personal = forms.BooleanField(label=_("Personal"), required=False)
    is_sensitive = forms.BooleanField(label=_("Sensitive"), required=False)
    description = forms.CharField(
        label=_("Description"), max_length=300, required=False, widget=_cell(12)
    )

    def name_controls(self, row: int) -> None:
        for name, field in self.fields.items():
            label = _t("Delete") if name == "DELETE" else field.label
            field.widget.attrs["aria-label"] = _t("%(column)s, row %(row)s") % {
                "column": label,
                "row": row,
            }

    def has_changed(self) -> bool:
        """An empty row is one without name and column; its ticks alone do not make it an item."""
        if not self.is_bound:
            return super().has_changed()
        typed = (self[name].data for name in ("name", "column", "description", "length"))
        return any((text or "").strip() for text in typed)

    def item(self) -> ItemData:
        given = {name: self.cleaned_data[name] for name in self.cleaned_data if name != "DELETE"}
        return ItemData(**given)


class BaseItemFormSet(BaseFormSet):  # type: ignore[type-arg]  # not subscriptable when it runs
    def add_fields(self, form: forms.Form, index: int | None) -> None:
        super().add_fields(form, index)
        if isinstance(form, ItemForm) and index is not None:
            form.name_controls(index + 1)

    @property
    def written(self) -> list[ItemForm]:
        """The rows that hold an item, in order: neither empty nor marked for deletion."""
        return [
            form for form in self.forms if form.has_changed() and form not in self.deleted_forms
        ]

    def items(self) -> list[ItemData]:
        return [form.item() for form in self.written]


ItemFormSet = formset_factory(
    ItemForm, formset=BaseItemFormSet, extra=MORE_ROWS, can_delete=True, max_num=500
)


def item_rows(
    data: QueryDict | None = None, initial: Sequence[Mapping[str, Any]] = ()
) -> BaseItemFormSet:
    """The table of items: as it was sent, or as it is with some empty rows below."""
    rows = ItemFormSet(data, prefix="items", initial=list(initial))
    return cast("BaseItemFormSet", rows)


class AssessmentForm(forms.Form):
    """One of the two assessments; the words of its questions differ."""

    QUESTIONS = {
        "secrecy": (
            _("Do the data hold state secrets or work secrets?"),
            _("Secrets can never be catalogued (Decree 809, Art. 3): then answer no below."),
        ),
        "pia": (
            _("Do the data hold personal information?"),
            _("The answer must agree with the marks of the data items."),
        ),
    }
    is_present = forms.TypedChoiceField(
        choices=[("yes", _("Yes")), ("no", _("No"))],
        coerce=lambda answer: answer == "yes",
        widget=forms.RadioSelect,
    )
    is_passed = forms.TypedChoiceField(
        label=_("May the data be catalogued?"),
        choices=[("yes", _("Yes")), ("no", _("No"))],
        coerce=lambda answer: answer == "yes",
        widget=forms.RadioSelect,
    )
    findings = forms.CharField(
        label=_("Findings"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("What was examined, what was found, which measures protect the data."),
    )
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, kind: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        label, help_text = self.QUESTIONS[kind]
        self.fields["is_present"].label = label
        self.fields["is_present"].help_text = help_text


class VersionForm(forms.Form):
    """What was read is what is decided."""

    version = forms.IntegerField(widget=forms.HiddenInput)


class DecisionForm(VersionForm):
    """A reviewer's decision: `forward` is to approve or to publish, as the state asks."""

    decision = forms.ChoiceField(label=_("Decision"), widget=forms.RadioSelect)
    opinion = forms.CharField(
        label=_("Opinion"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Needed when you send the entry back. Its stewards and reviewers read it."),
    )

    def __init__(self, *args: Any, choices: list[tuple[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["decision"].choices = choices  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("decision") == "send_back" and not given.get("opinion", "").strip():
            self.add_error("opinion", _("State the reasons: the stewards have to act on them."))
        return given


class WithdrawForm(VersionForm):
    reasons = forms.CharField(
        label=_("Reasons"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("They are kept in the record of the entry."),
    )


class DiscardForm(VersionForm):
    reasons = forms.CharField(
        label=_("Reasons"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("They are kept in the record of the entry."),
    )


def add_entry_refusal(refusal: DomainError, form: EntryForm, rows: BaseItemFormSet) -> None:
    """Put what a service refused where the person typed it, items included, else above the form."""
    elsewhere: dict[str, list[str]] = {}
    for name, messages in refusal.fields.items():
        kind, _dot, place = name.partition(".")
        number, _dot, field = place.partition(".")
        if kind == "items" and number.isdigit():
            rows.written[int(number)].add_error(field, messages)
        else:
            elsewhere[name] = messages
    if elsewhere or not refusal.fields:
        add_refusal(form, type(refusal)(refusal.message, fields=elsewhere))


def as_typed(data: QueryDict, form: type[forms.Form], prefix: str = "") -> dict[str, Any]:
    """The values of a form as they were typed, to show them again without judging them."""
    typed: dict[str, Any] = {}
    for name, field in form.base_fields.items():
        key = f"{prefix}-{name}" if prefix else name
        typed[name] = field.widget.value_from_datadict(data, data, key)
    return typed
