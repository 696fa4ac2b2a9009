"""Forms of demands and challenges; they shape input, services decide."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from catalog.models import Resource, UpdateFrequency
from portal.organisation.models import Department

from .models import ChallengeOutcome, Demand
from .selectors import demands_for, departments_to_match, own_entries
from .services.demands import DemandData

AREA = forms.Textarea(attrs={"rows": 3})


class DemandForm(forms.Form):
    title = forms.CharField(
        label=_("Which data do you need?"),
        max_length=100,
        help_text=_("As short as the name of an entry."),
    )
    description = forms.CharField(
        label=_("Items and scope, in words"),
        max_length=2000,
        widget=AREA,
        help_text=_("Which items, of whom, from where and since when."),
    )
    use_basis = forms.CharField(
        label=_("Basis for use"),
        max_length=1000,
        widget=AREA,
        help_text=_("The law or the duty that you need it for (Art. 20)."),
    )
    use_scene = forms.CharField(label=_("Scene of use"), max_length=1000, widget=AREA)
    update_frequency = forms.ChoiceField(
        label=_("How fresh does it have to be?"),
        choices=[("", "—"), *UpdateFrequency.choices],
        required=False,
    )
    wanted_by = forms.DateField(
        label=_("From when do you need it?"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def told(self) -> DemandData:
        return DemandData(**self.cleaned_data)


class WordsForm(forms.Form):
    version = forms.IntegerField(widget=forms.HiddenInput)
    words = forms.CharField(label=_("Opinion"), required=False, max_length=2000, widget=AREA)

    def __init__(self, *args: Any, demand: Demand, user: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.demand, self.user = demand, user
        self.fields["version"].initial = demand.version


class ReasonsForm(WordsForm):
    words = forms.CharField(
        label=_("Reasons"),
        max_length=2000,
        widget=AREA,
        help_text=_("The other side reads it; it goes into the record."),
    )


class MatchForm(WordsForm):
    department = forms.ModelChoiceField(
        label=_("Department"), queryset=Department.objects.none(), empty_label=_("Choose")
    )
    field_order = ("version", "department", "words")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["department"].queryset = departments_to_match(self.demand)  # type: ignore[attr-defined]


class LinkForm(WordsForm):
    resource = forms.ModelChoiceField(
        label=_("Entry"), queryset=Resource.objects.none(), empty_label=_("Choose")
    )
    field_order = ("version", "resource", "words")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["resource"].queryset = own_entries(self.user)  # type: ignore[attr-defined]


class MergeForm(WordsForm):
    into = forms.ModelChoiceField(
        label=_("Similar demand"),
        queryset=Demand.objects.none(),
        to_field_name="number",
        empty_label=_("Choose"),
    )
    field_order = ("version", "into", "words")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others = demands_for(self.user, tab="open").exclude(pk=self.demand.pk)
        self.fields["into"].queryset = others  # type: ignore[attr-defined]


class ChallengeForm(forms.Form):
    words = forms.CharField(
        label=_("Why should it be shared, or under fewer conditions?"),
        max_length=2000,
        widget=AREA,
        help_text=_("The provider and the competent department read it; it goes into the record."),
    )


class ViewForm(forms.Form):
    words = forms.CharField(label=_("The provider's view"), max_length=2000, widget=AREA)


class DecideChallengeForm(forms.Form):
    outcome = forms.ChoiceField(
        label=_("What follows"), choices=ChallengeOutcome, widget=forms.RadioSelect
    )
    words = forms.CharField(label=_("Reasons"), max_length=2000, widget=AREA)
