"""Forms of the organisation's pages; they shape input, services decide."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from .models import Department, DutyKind, InformationSystem
from .selectors import departments
from .services.systems import LONGEST_DAYS


class AccountForm(forms.Form):
    username = forms.CharField(label=_("Username"), max_length=150)
    name = forms.CharField(label=_("Name"), max_length=50)
    job_number = forms.CharField(label=_("Job number"), max_length=30, required=False)
    department = forms.ModelChoiceField(label=_("Department"), queryset=Department.objects.none())
    password = forms.CharField(
        label=_("First password"),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("At least 12 characters. The person changes it after the first sign-in."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["department"].queryset = departments()  # type: ignore[attr-defined]


class DutyForm(forms.Form):
    kind = forms.ChoiceField(label=_("Duty"), choices=DutyKind.choices)


class SystemForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = InformationSystem
        fields = ["name", "mlps_level", "contact"]


class KeyForm(forms.Form):
    days = forms.IntegerField(
        label=_("Valid for days"),
        min_value=1,
        max_value=LONGEST_DAYS,
        initial=90,
        help_text=_("At most a year; issue a new key before it ends."),
    )
