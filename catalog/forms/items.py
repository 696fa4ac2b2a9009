"""The table of data items in the form of an entry."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, cast

from django import forms
from django.forms import BaseFormSet, formset_factory
from django.http import QueryDict
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.entry import ItemData, items_left_to
from catalog.models import (
    DataItem,
    Grade,
    IdentifierKind,
    ItemType,
    MaskingRule,
    Resource,
    SharingAttribute,
)
from catalog.models.item import COLUMN

MORE_ROWS = 5
AS_THE_ENTRY = ("", _("as the entry"))


def _cell(characters: int) -> forms.TextInput:
    """A control in a table, as wide as what goes into it."""
    return forms.TextInput(attrs={"size": characters, "class": "w-auto"})


def _choice(label: Any, choices: Sequence[tuple[str, Any]]) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label,
        choices=choices,
        required=False,
        widget=forms.Select(attrs={"class": "w-auto"}),
    )


def _binding(label: Any, choices: str) -> forms.CharField:
    """The identifier of something in the standards library, chosen from a list of the page."""
    widget = forms.TextInput(attrs={"size": 12, "class": "w-auto", "list": choices})
    return forms.CharField(label=label, max_length=60, required=False, widget=widget)


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
    code_list = _binding(_("Code list"), "code-lists")
    data_element = _binding(_("Data element"), "data-elements")
    is_key = forms.BooleanField(label=_("Key item"), required=False)
    is_nullable = forms.BooleanField(label=_("May be empty"), required=False, initial=True)
    is_personal = forms.BooleanField(label=_("Personal"), required=False)
    is_sensitive = forms.BooleanField(label=_("Sensitive"), required=False)
    is_minor = forms.BooleanField(label=_("Under 14"), required=False)
    identifier_kind = _choice(_("Identifier"), IdentifierKind.choices)
    masking_rule = _choice(_("Masking"), MaskingRule.choices)
    sharing_attribute = _choice(
        pgettext_lazy("of an item", "Sharing"), [AS_THE_ENTRY, *SharingAttribute.choices]
    )
    grade = _choice(_("Grade"), [AS_THE_ENTRY, *Grade.choices])
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


def rows_of(resource: Resource, items: Sequence[DataItem]) -> list[dict[str, Any]]:
    """The items as the table shows them."""
    return [asdict(item) for item in items_left_to(resource, items)]
