"""Forms of saved searches and synonyms; they shape input, services decide."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

LARGEST_FILE = 1_000_000  # bytes


class SavedSearchForm(forms.Form):
    name = forms.CharField(
        label=_("Name of the search"),
        max_length=60,
        help_text=_("You will see this name among your tasks when something new is found."),
    )


class SynonymForm(forms.Form):
    """The terms of one group, a line each."""

    terms = forms.CharField(
        label=_("Terms"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("One a line, at least two. Who looks for one of them finds the others too."),
    )
    note = forms.CharField(label=_("Note"), max_length=200, required=False)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def clean_terms(self) -> list[str]:
        given: str = self.cleaned_data["terms"]
        return given.replace("，", "\n").replace(",", "\n").splitlines()


class SynonymFileForm(forms.Form):
    file = forms.FileField(
        label=_("CSV file"),
        help_text=_("One group a line, its terms apart by commas; UTF-8 or GB 18030."),
        widget=forms.FileInput(attrs={"accept": ".csv,text/csv"}),
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > LARGEST_FILE:
            raise forms.ValidationError(_("The file is larger than 1 MB."))
        return file
