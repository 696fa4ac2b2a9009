from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from .models import Posting, ThresholdPolicy
from .thresholds import Thresholds


class PostingForm(forms.Form):
    posting = forms.ChoiceField(
        label=_("Notices by e-mail"), choices=Posting, widget=forms.RadioSelect
    )
    tasks = forms.BooleanField(
        label=_("What waits for me, by e-mail each working day"), required=False
    )


class ThresholdForm(forms.ModelForm):  # type: ignore[type-arg]
    version = forms.IntegerField(widget=forms.HiddenInput)

    class Meta:
        model = ThresholdPolicy
        fields = ["remind_days", "amber_days", "red_days", "head_days", "competent_days"]

    def thresholds(self) -> Thresholds:
        given: dict[str, Any] = {name: self.cleaned_data[name] for name in self.Meta.fields}
        return Thresholds(**given)

    def _post_clean(self) -> None:
        """The service checks: the page and whoever calls it are told the same."""
