"""Forms of the organisation's pages; they shape input, services decide."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from portal.workdays.models import FIRST_YEAR, LAST_YEAR, SOURCE_LENGTH
from portal.workdays.services import NamedDay

from .models import Department, DutyKind, InformationSystem, User
from .named_days import parsed
from .selectors import colleagues_of, departments
from .services.systems import LONGEST_DAYS


class AccountForm(forms.Form):
    username = forms.CharField(label=_("Username"), max_length=150)
    name = forms.CharField(label=pgettext_lazy("person", "Name"), max_length=50)
    job_number = forms.CharField(label=_("Job number"), max_length=30, required=False)
    department = forms.ModelChoiceField(
        label=_("Department"), queryset=Department.objects.none(), empty_label=_("Choose")
    )
    password = forms.CharField(
        label=_("First password"),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("At least 12 characters. The person changes it after the first sign-in."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["department"].queryset = departments()  # type: ignore[attr-defined]


class EmailForm(forms.Form):
    email = forms.EmailField(
        label=_("E-mail address"),
        required=False,
        max_length=254,
        help_text=_("Notices go there. Empty: they are in the portal alone."),
    )


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


class DepartmentForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Department
        fields = [
            "name",
            "short_name",
            "uscc",
            "region",
            "parent",
            "work_body",
            "phone",
            "is_competent",
        ]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["region"].empty_label = _("Choose")  # type: ignore[attr-defined]
        self.fields["parent"].empty_label = _("none")  # type: ignore[attr-defined]


class MoveForm(forms.Form):
    department = forms.ModelChoiceField(
        label=_("New department"), queryset=Department.objects.none(), empty_label=_("Choose")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["department"].queryset = departments()  # type: ignore[attr-defined]


class SubstitutionForm(forms.Form):
    substitute = forms.ModelChoiceField(
        label=_("Substitute"), queryset=User.objects.none(), empty_label=_("Choose")
    )
    first = forms.DateField(
        label=_("First day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    last = forms.DateField(
        label=_("Last day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    reason = forms.CharField(label=_("Reason of the absence"), max_length=200)

    def __init__(self, *args: Any, absent: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["substitute"].queryset = colleagues_of(absent)  # type: ignore[attr-defined]


class DaysField(forms.CharField):
    """Days with their occasions, one or a span of them a line."""

    widget = forms.Textarea(attrs={"rows": 8})

    def to_python(self, value: str | None) -> Any:
        found: list[NamedDay] = parsed(super().to_python(value) or "")
        return found


class CalendarForm(forms.Form):
    """The whole list of a year; of a region only what differs from the nation's."""

    year = forms.IntegerField(label=_("Year"), min_value=FIRST_YEAR, max_value=LAST_YEAR)
    region = forms.CharField(
        label=_("Region"),
        required=False,
        max_length=12,
        help_text=_(
            "Division code. Empty: the whole nation. A region's list holds only what differs."
        ),
    )
    holidays = DaysField(
        label=_("Holidays"),
        required=False,
        help_text=_("A day or a span a line, then the occasion: 2027-10-01 ~ 2027-10-07 国庆节"),
    )
    makeup_days = DaysField(
        label=_("Make-up days"),
        required=False,
        help_text=_("Saturdays and Sundays that are worked."),
    )
    source = forms.CharField(
        label=_("Notice"),
        max_length=SOURCE_LENGTH,
        help_text=_("Its title and number."),
    )
    published_on = forms.DateField(
        label=_("Date of the notice"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    replaces = forms.IntegerField(required=False, widget=forms.HiddenInput)
