from django import forms
from django.utils.translation import gettext_lazy as _

from .models import CHOSEN


class EndpointForm(forms.Form):
    url = forms.CharField(
        label=_("Address"),
        max_length=500,
        widget=forms.URLInput,
        help_text=_("Events are sent there by POST, as JSON, each signed."),
    )
    events = forms.MultipleChoiceField(
        label=_("Events"), choices=CHOSEN, widget=forms.CheckboxSelectMultiple
    )
