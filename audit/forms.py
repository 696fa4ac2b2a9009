from collections.abc import Mapping
from datetime import date, timedelta
from functools import partial
from typing import Any

from django import forms
from django.apps import apps
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from audit import actions
from audit.criteria import Criteria
from audit.models import Result

EARLIEST, LATEST = date(2000, 1, 1), date(2999, 12, 31)
LOOKED_BACK = timedelta(days=6)

DayField = partial(
    forms.DateField,
    required=False,
    widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"),
    validators=[MinValueValidator(EARLIEST), MaxValueValidator(LATEST)],
)


def action_choices() -> list[tuple[Any, Any]]:
    """Every registered action, under the name of its app."""
    names = {config.label: config.verbose_name for config in apps.get_app_configs()}
    grouped = [
        (names.get(app, app), list(labels.items())) for app, labels in actions.by_app().items()
    ]
    return [("", _("all actions")), *grouped]


def result_choices() -> list[tuple[Any, Any]]:
    return [("", _("all results")), *Result.choices]


class SearchForm(forms.Form):
    """What one looks for; the hidden fields are set by links only and shown as chips."""

    text = forms.CharField(label=_("Data, object or agreement"), required=False, max_length=200)
    person = forms.CharField(
        label=_("Person or information system"), required=False, max_length=100
    )
    department = forms.CharField(label=_("Department"), required=False, max_length=100)
    action = forms.ChoiceField(label=_("Action"), required=False, choices=action_choices)
    result = forms.ChoiceField(label=_("Result"), required=False, choices=result_choices)
    date_from = DayField(label=pgettext_lazy("span of days", "From"))
    date_to = DayField(label=pgettext_lazy("span of days", "To"))
    request_id = forms.CharField(label=_("Request id"), required=False, max_length=100)
    actor = forms.CharField(required=False, widget=forms.HiddenInput)
    target = forms.CharField(required=False, widget=forms.HiddenInput)
    about = forms.CharField(required=False, max_length=200, widget=forms.HiddenInput)
    seen = forms.BooleanField(required=False, widget=forms.HiddenInput)
    department_id = forms.IntegerField(
        required=False, min_value=1, max_value=2**31 - 1, widget=forms.HiddenInput
    )

    @staticmethod
    def of_this_week() -> dict[str, str]:
        """What is looked for when nothing is asked: the last seven days."""
        today = timezone.localdate()
        return {"date_from": (today - LOOKED_BACK).isoformat(), "date_to": today.isoformat()}

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        first, last = cleaned.get("date_from"), cleaned.get("date_to")
        if first and last and first > last:
            self.add_error("date_to", _("The last day lies before the first."))
        return cleaned

    def criteria(self) -> Criteria:
        return Criteria(**self.cleaned_data)

    def asked(self) -> dict[str, str]:
        """What was asked, field by field, as an address has it: of a sound question alone."""
        return {
            name: str(self[name].data).strip()
            for name, value in self.cleaned_data.items()
            if value not in ("", None, False)
        }


class FilterNameForm(forms.Form):
    name = forms.CharField(label=_("Name of the filter"), max_length=60)


SPANS = [
    ("asked", _("the days as they stand above, or all of them")),
    ("1", _("the day on which it is opened")),
    ("7", _("the last 7 days, counted from when it is opened")),
    ("30", _("the last 30 days, counted from when it is opened")),
    ("90", _("the last 90 days, counted from when it is opened")),
    ("365", _("the last 365 days, counted from when it is opened")),
]


class FilterForm(FilterNameForm):
    """A name for a question, and which days it is to look at when it is opened again."""

    span = forms.ChoiceField(
        label=_("Time span"),
        choices=SPANS,
    )

    @classmethod
    def span_of(cls, asked: Mapping[str, str], *, today: date) -> str:
        """The choice to begin with: days that end today are likely to be meant as "the last …"."""
        try:
            first, last = (date.fromisoformat(asked[name]) for name in ("date_from", "date_to"))
        except (KeyError, ValueError):
            return "asked"
        length = str((last - first).days + 1)
        offered = {value for value, _label in SPANS}
        return length if last == today and length in offered else "asked"

    def given(self) -> dict[str, Any]:
        span = self.cleaned_data["span"]
        return {
            "name": self.cleaned_data["name"],
            "days": None if span == "asked" else int(span),
        }
