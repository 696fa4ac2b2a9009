"""Forms of a job's rules: one rule to add, how the values of one item are read, the two limits."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from catalog.sources.checks import Kind
from catalog.store.casts import DATE_FORMATS
from catalog.store.columns import Column


class RuleForm(forms.Form):
    """One rule; which of the fields it needs depends on its kind."""

    column = forms.ChoiceField(label=_("Data item"))
    kind = forms.ChoiceField(label=_("Rule"), choices=Kind.choices)
    pattern = forms.CharField(
        label=_("Pattern"),
        required=False,
        max_length=200,
        help_text=_("A regular expression of PostgreSQL, for example ^[0-9]{6}$."),
    )
    low = forms.CharField(label=_("Lower end"), required=False, max_length=60)
    high = forms.CharField(
        label=_("Upper end"), required=False, max_length=60, help_text=_("Of a range or a length.")
    )
    other = forms.ChoiceField(label=_("Other data item"), required=False)
    values = forms.CharField(
        label=_("Its values"),
        required=False,
        max_length=1000,
        help_text=_("Parted by commas; empty for any value."),
    )
    days = forms.IntegerField(label=_("Days at most"), required=False, min_value=1, max_value=3660)

    def __init__(self, *args: Any, items: Sequence[Column], **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "auto_id": "rule_%s"})
        choices = [("", _("Choose a data item")), *((one.name, one.label) for one in items)]
        for name in ("column", "other"):
            field = self.fields[name]
            if isinstance(field, forms.ChoiceField):
                field.choices = choices

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("kind") == Kind.LENGTH:
            for name in ("low", "high"):
                if given.get(name) and not given[name].isdecimal():
                    self.add_error(name, _("Enter a whole number."))
        return given

    @property
    def rule(self) -> dict[str, Any]:
        given = self.cleaned_data
        kind = given["kind"]
        rule: dict[str, Any] = {"kind": kind, "column": given["column"]}
        match kind:
            case Kind.PATTERN:
                rule["pattern"] = given["pattern"]
            case Kind.LENGTH:
                rule["least"] = int(given["low"]) if given["low"] else None
                rule["most"] = int(given["high"]) if given["high"] else None
            case Kind.RANGE:
                rule |= {"low": given["low"], "high": given["high"]}
            case Kind.ORDER:
                rule["other"] = given["other"]
            case Kind.REQUIRED_IF:
                values = given["values"].replace("，", ",").split(",")
                rule["other"] = given["other"]
                rule["values"] = [value.strip() for value in values if value.strip()]
            case Kind.FRESHNESS:
                rule["days"] = given["days"]
        return rule


class CastForm(forms.Form):
    """How the values of one item are read. Without anything chosen they are read as they come."""

    column = forms.ChoiceField(label=_("Data item"))
    trim = forms.BooleanField(label=_("Cut off spaces at both ends"), required=False)
    date_format = forms.ChoiceField(
        label=_("Dates are written"),
        required=False,
        choices=[("", _("as ISO 8601")), *((name, name) for name in DATE_FORMATS)],
    )
    factor = forms.DecimalField(
        label=_("Multiply by"),
        required=False,
        max_digits=20,
        decimal_places=10,
        help_text=_("For another unit at the source, for example 10000 for 万元."),
    )
    codes_from = forms.ChoiceField(
        label=_("Codes of the list"),
        required=False,
        help_text=_("They become those of the item's list that have the same name."),
    )
    default = forms.CharField(label=_("Empty ones become"), required=False, max_length=200)

    def __init__(
        self, *args: Any, items: Sequence[Column], lists: Sequence[tuple[str, str]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **{**kwargs, "auto_id": "cast_%s"})
        choices: dict[str, list[tuple[Any, Any]]] = {
            "column": [("", _("Choose a data item")), *((one.name, one.label) for one in items)],
            "codes_from": [("", _("none")), *lists],
        }
        for name, found in choices.items():
            field = self.fields[name]
            if isinstance(field, forms.ChoiceField):
                field.choices = found

    @property
    def cast(self) -> dict[str, Any]:
        given = self.cleaned_data
        factor = given["factor"]
        return {
            "trim": given["trim"],
            "date_format": given["date_format"],
            "factor": None if factor is None else f"{factor.normalize():f}",
            "codes_from": given["codes_from"],
            "default": given["default"],
        }


class LimitsForm(forms.Form):
    most_bad = forms.DecimalField(
        label=_("Bad rows allowed, in per cent"),
        min_value=0,
        max_value=100,
        decimal_places=2,
        help_text=_("With more, the run fails and the published rows stay."),
    )
    most_shrink = forms.DecimalField(
        label=_("Shrinkage allowed, in per cent"),
        min_value=0,
        max_value=100,
        decimal_places=2,
        help_text=_(
            "When more of the published rows are missing, a run stops before it publishes."
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "auto_id": "limits_%s"})
