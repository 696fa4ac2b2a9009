"""The steps of a draft: which data, for what, how it comes. Each writes its part; services decide."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.models import Resource, SharingMode
from portal.common.text import Text
from portal.organisation.models import InformationSystem, User

from .models import UseFrequency
from .services.requests import RequestData
from .widgets import RowScopeField

FIRST = "data"


class StepForm(forms.Form):
    """A part of what Decree 809, Art. 20, asks of an applicant; a draft may leave fields empty."""

    is_draft = True  # nothing is "optional" here: submitting asks for all of it

    def __init__(self, *args: Any, resource: Resource, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.prepare(resource, user)

    def prepare(self, resource: Resource, user: User) -> None:
        """Offer the choices that this resource and this person have."""

    def onto(self, data: RequestData) -> RequestData:
        """The draft with this step's part written anew."""
        given = dict(self.cleaned_data)
        if "items" in given:
            given["items"] = tuple(given["items"])
        return replace(data, **given)


class DataStep(StepForm):
    items = forms.MultipleChoiceField(
        label=_("Data items"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Choose only what the purpose needs. The key always comes along."),
    )
    row_filter = RowScopeField()

    def prepare(self, resource: Resource, user: User) -> None:
        items = list(resource.items.order_by("position"))
        self.fields["items"].choices = [  # type: ignore[attr-defined]
            (item.column, f"{item.name} ({item.column})") for item in items if not item.is_key
        ]
        self.fields["row_filter"].offer(items)  # type: ignore[attr-defined]


class PurposeStep(StepForm):
    use_basis = forms.CharField(
        label=_("Basis for use"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Which duty, which law or regulation, which article."),
    )
    use_scene = forms.CharField(
        label=_("Scene of use"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("In which business and at which step, and what the result is used for."),
    )
    use_scope = forms.CharField(
        label=_("Scope of use"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Who uses the data, and for how many people or places."),
    )


class UseFields(forms.Form):
    """What is the same whichever resource is asked for: how often, how long, where it goes."""

    use_frequency = forms.ChoiceField(
        label=_("Frequency of use"),
        required=False,
        choices=[("", _("Not stated")), *UseFrequency.choices],
    )
    use_until = forms.DateField(
        label=_("Use until"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("At most three years ahead (a rule of the platform, not of the law)."),
    )
    system = forms.ModelChoiceField(
        label=_("Receiving information system"),
        required=False,
        queryset=InformationSystem.objects.none(),
        empty_label=_("any of our systems"),
        help_text=_("When one is named, no other system may draw the rows."),
    )
    security_measures = forms.CharField(
        label=_("Security measures"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_(
            "How the data is protected with you: who has access, how it is encrypted, kept and"
            " disposed of. Needed when it is personal or of grade L3 or higher."
        ),
    )

    def offer_systems(self, user: User) -> None:
        self.fields["system"].queryset = InformationSystem.objects.filter(  # type: ignore[attr-defined]
            department=user.department_id, is_active=True
        )


class DeliveryStep(UseFields, StepForm):
    sharing_mode = forms.ChoiceField(
        label=_("Sharing mode"), required=False, widget=forms.RadioSelect
    )
    calls_a_day = forms.IntegerField(
        label=_("Calls a day"),
        required=False,
        min_value=1,
        help_text=_("What you expect to need; the agreement takes it over as its quota."),
    )
    rows_a_day = forms.IntegerField(
        label=_("Rows a day"),
        required=False,
        min_value=1,
        help_text=_("What you expect to need; the agreement takes it over as its quota."),
    )
    field_order = (
        "sharing_mode",
        "use_frequency",
        "calls_a_day",
        "rows_a_day",
        "use_until",
        "system",
        "security_measures",
    )

    def prepare(self, resource: Resource, user: User) -> None:
        self.fields["sharing_mode"].choices = [  # type: ignore[attr-defined]
            choice for choice in SharingMode.choices if choice[0] in resource.sharing_modes
        ]
        self.offer_systems(user)


# In the order of the wizard: what each asks, its title, and the article behind it.
STEPS: Mapping[str, tuple[type[StepForm], Text, Text]] = {
    "data": (
        DataStep,
        _("Which data"),
        _(
            "Decree 809, Art. 3 and 25: no more than the duty needs. The provider can only offer"
            " less than what you ask for here, never more."
        ),
    ),
    "purpose": (
        PurposeStep,
        pgettext_lazy("step of a request", "For what"),
        _(
            "Decree 809, Art. 20: a request states the basis, scene, scope, mode and time limit of"
            " use, and vouches that it is true, lawful and necessary."
        ),
    ),
    "delivery": (
        DeliveryStep,
        _("How it comes"),
        _(
            "Decree 809, Art. 20 and 22: the mode of sharing and the time limit of use. Art. 34: who"
            " uses the data is responsible for its security there."
        ),
    ),
}


def initial_of(data: RequestData, step: str) -> dict[str, Any]:
    form_class = STEPS[step][0]
    return {name: getattr(data, name) for name in form_class.base_fields}
