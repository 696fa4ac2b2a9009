"""Forms of "one datum, one source"; they shape input, services decide."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from catalog.services.collection_plans import LONGEST, PlanData


class AppointForm(forms.Form):
    """The lead collector of a datum; whom it may be depends on the officer's region."""

    name = forms.CharField(label=_("Datum"), max_length=100)
    department = forms.ModelChoiceField(  # type: ignore[var-annotated]  # not subscriptable when it runs
        label=_("Source department"), queryset=None, empty_label=_("Choose")
    )
    basis = forms.CharField(
        label=_("Basis"), max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, *args: Any, departments: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["department"].queryset = departments  # type: ignore[attr-defined]


class ReasonsForm(forms.Form):
    reasons = forms.CharField(
        label=_("Reasons"), max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )


class ObjectionForm(forms.Form):
    version = forms.IntegerField(widget=forms.HiddenInput)
    words = forms.CharField(
        label=_("Reasons"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Say which shared data meet the need; the department reads this."),
    )


class VersionForm(forms.Form):
    version = forms.IntegerField(widget=forms.HiddenInput)


class AnswerForm(forms.Form):
    """What the steward does about one duplicate."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    column = forms.CharField(max_length=60, widget=forms.HiddenInput)
    other = forms.IntegerField(widget=forms.HiddenInput)
    how = forms.ChoiceField(
        choices=[("link", _("Link")), ("justify", _("Justify"))], widget=forms.HiddenInput
    )
    words = forms.CharField(label=_("Justification"), max_length=1000, required=False)


class ItemSynonymForm(forms.Form):
    """The names of one datum, a line each."""

    names = forms.CharField(
        label=_("Names"),
        max_length=1500,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("One a line, the usual name first, at least two."),
    )
    is_reference = forms.BooleanField(
        label=_("Reference datum"),
        required=False,
        help_text=_(
            "Tables of many departments need it to tell their rows apart, as an identity number:"
            " to hold it repeats nobody."
        ),
    )

    def clean_names(self) -> list[str]:
        given: str = self.cleaned_data["names"]
        return given.replace("，", "\n").replace(",", "\n").splitlines()


class PlanForm(forms.Form):
    """What a department means to collect from citizens and organisations."""

    name = forms.CharField(label=_("Name of the plan"), max_length=LONGEST["name"])
    purpose = forms.CharField(
        label=_("Purpose"),
        max_length=LONGEST["purpose"],
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("What the data are needed for."),
    )
    basis = forms.CharField(
        label=_("Legal basis of the collection"),
        max_length=LONGEST["basis"],
        help_text=_("Data are collected by lawful power and procedure alone (Art. 19)."),
    )
    asked_from = forms.CharField(
        label=_("Collected from"),
        max_length=LONGEST["asked_from"],
        help_text=_("Who has to give the data, for example enterprises that apply for a licence."),
    )
    starts_on = forms.DateField(
        label=_("Collection begins"),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )
    items = forms.CharField(
        label=_("Data items"),
        max_length=15_000,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=_("One a line, by the names that those who are asked read."),
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    @property
    def plan(self) -> PlanData:
        given = {key: value for key, value in self.cleaned_data.items() if key != "version"}
        return PlanData(**given | {"items": given["items"].splitlines()})
