"""The form of an entry. It says nicely what the services would refuse."""

import re
from dataclasses import replace
from typing import Any, cast

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from catalog.entry import EntryData
from catalog.forms.items import BaseItemFormSet
from catalog.models import (
    BasisKind,
    DataFormat,
    Grade,
    NationalGrade,
    ResourceClass,
    SharingAttribute,
    SharingMode,
    UpdateFrequency,
    Visibility,
)
from catalog.selectors.audience import audience_choices
from portal.common.errors import DomainError
from portal.common.form_errors import add_refusal

CHOOSE = ("", _("Choose"))
BETWEEN_WORDS = re.compile(r"[\s,，;；、]+")


class WordsField(forms.CharField):
    """Several words in one line, told apart by commas of either script or by spaces."""

    def to_python(self, value: Any) -> list[str]:  # type: ignore[override]  # words, not a word
        return [word for word in BETWEEN_WORDS.split(super().to_python(value) or "") if word]

    def prepare_value(self, value: Any) -> Any:
        return "、".join(value) if isinstance(value, list | tuple) else value


def _day() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


def _several(label: Any, help_text: Any = "") -> forms.TypedMultipleChoiceField:
    return forms.TypedMultipleChoiceField(
        label=label,
        required=False,
        coerce=int,
        empty_value=[],
        widget=forms.SelectMultiple(attrs={"size": 6}),
        help_text=help_text,
    )


class EntryForm(forms.Form):
    """All of an entry but its items; what may wait until it is submitted is optional."""

    name = forms.CharField(label=_("Name"), max_length=200)
    name_en = forms.CharField(label=_("English name"), max_length=300, required=False)
    abstract = forms.CharField(
        label=_("Abstract"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("What the data are about, where they come from, what others use them for."),
    )
    tags = WordsField(
        label=_("Tags"),
        required=False,
        help_text=_("Short words by which the entry is found, separated by commas."),
    )
    resource_class = forms.ChoiceField(
        label=_("Resource class"), choices=ResourceClass.choices, widget=forms.RadioSelect
    )
    classification = forms.RegexField(
        r"^[0-9]{5,20}$",
        label=_("Classification"),
        widget=forms.TextInput(attrs={"list": "classifications", "size": 22, "class": "w-auto"}),
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
    source_department_id = forms.TypedChoiceField(
        label=_("Source department"),
        required=False,
        coerce=int,
        empty_value=None,
        help_text=_("Who collects the data (Art. 19), when it is not your own department."),
    )
    source_system = forms.CharField(
        label=_("Source system"),
        max_length=100,
        required=False,
        help_text=_("The business system that the data come from."),
    )
    collection_basis = forms.CharField(
        label=_("Legal basis of collection"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    spatial_code = forms.CharField(
        label=_("Spatial cover"),
        max_length=12,
        required=False,
        widget=forms.TextInput(attrs={"list": "divisions", "size": 14, "class": "w-auto"}),
        help_text=_("The administrative division that the data cover, by its code."),
    )
    temporal_from = forms.DateField(label=_("Covers the time from"), required=False, widget=_day())
    temporal_to = forms.DateField(label=_("Covers the time to"), required=False, widget=_day())
    related_codes = WordsField(
        label=_("Related resources"),
        required=False,
        help_text=_("Their resource codes, separated by commas."),
    )
    contact_name = forms.CharField(label=_("Contact"), max_length=50, required=False)
    contact_phone = forms.CharField(label=_("Contact telephone"), max_length=30, required=False)
    contact_email = forms.EmailField(label=_("Contact e-mail"), required=False)
    visibility = forms.ChoiceField(
        label=_("Visibility"),
        choices=Visibility.choices,
        initial=Visibility.DEPARTMENTS,
        widget=forms.RadioSelect,
        help_text=_("Who finds the entry once it is published."),
    )
    audience_departments = _several(_("Departments that see it"))
    audience_regions = _several(
        _("Regions that see it"), _("All departments of the region and of those below it.")
    )
    is_open = forms.BooleanField(
        label=_("Open to the public"),
        required=False,
        help_text=_("Whoever visits the portal sees the entry, without signing in."),
    )
    open_conditions = forms.CharField(
        label=_("Conditions of opening"), max_length=500, required=False
    )
    grade = forms.ChoiceField(
        label=_("Grade"),
        choices=Grade.choices,
        widget=forms.RadioSelect,
        help_text=_("When in doubt, the higher one. A mix takes the highest of its items."),
    )
    national_grade = forms.ChoiceField(
        label=_("National grade"),
        choices=NationalGrade.choices,
        initial=NationalGrade.GENERAL,
        widget=forms.RadioSelect,
        help_text=_("GB/T 43697. Core data does not go out by the portal's delivery."),
    )
    sharing_attribute = forms.ChoiceField(
        label=_("Sharing attribute"),
        choices=SharingAttribute.choices,
        widget=forms.RadioSelect,
        help_text=_(
            "Of the items that state none of their own. The entry has the strictest of its items."
        ),
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

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        departments, regions = audience_choices()
        field = cast("forms.TypedChoiceField", self.fields["source_department_id"])
        field.choices = [("", _("our own department")), *departments]
        for name, choices in (("audience_departments", departments), ("audience_regions", regions)):
            cast("forms.TypedMultipleChoiceField", self.fields[name]).choices = choices

    def entry(self, before: EntryData | None = None) -> EntryData:
        """What was typed; what the form does not ask stays as it was `before`."""
        given: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in self.cleaned_data.items()
        }
        return replace(before, **given) if before else EntryData(**given)


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
