"""Forms of requests and decisions; they shape input, services decide."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from catalog.models import Resource, SharingMode
from portal.organisation.models import InformationSystem, User

from .models import MOST_EXTENSION_DAYS, DisputeOutcome, RefusalReason, SharingRequest
from .services.requests import RequestData
from .services.supplements import FIELDS


class RequestForm(forms.Form):
    """What Decree 809, Art. 20, asks of an applicant; a draft may leave fields empty."""

    is_draft = True  # nothing is "optional" here: submitting asks for all of it

    items = forms.MultipleChoiceField(
        label=_("Data items"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Choose only what the purpose needs. The key always comes along."),
    )
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
    sharing_mode = forms.ChoiceField(
        label=_("Sharing mode"), required=False, widget=forms.RadioSelect
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
        help_text=_("When one is named, no other system may draw the rows."),
    )
    is_vouched_for = forms.BooleanField(
        label=_("I vouch that this request is true, lawful and necessary."), required=False
    )

    def __init__(self, *args: Any, resource: Resource, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["items"].choices = [  # type: ignore[attr-defined]
            (item.column, f"{item.name} ({item.column})")
            for item in resource.items.order_by("position")
            if not item.is_key
        ]
        self.fields["sharing_mode"].choices = [  # type: ignore[attr-defined]
            choice for choice in SharingMode.choices if choice[0] in resource.sharing_modes
        ]
        self.fields["system"].queryset = InformationSystem.objects.filter(  # type: ignore[attr-defined]
            department=user.department_id, is_active=True
        )

    def data_in(self) -> RequestData:
        given = dict(self.cleaned_data)
        return RequestData(items=tuple(given.pop("items")), **given)

    @staticmethod
    def copy_of(earlier: SharingRequest) -> dict[str, Any]:
        """What an earlier request said, for a new one: who copies it vouches and dates it anew."""
        said = RequestForm.initial_of(earlier)
        del said["is_vouched_for"], said["use_until"]
        return {name: value for name, value in said.items() if value}

    @staticmethod
    def initial_of(request: SharingRequest) -> dict[str, Any]:
        names = ("use_basis", "use_scene", "use_scope", "sharing_mode", "use_until", "system_id")
        initial = {name.removesuffix("_id"): getattr(request, name) for name in names}
        initial["is_vouched_for"] = request.is_vouched_for
        initial["items"] = [one.item.column for one in request.requested_items.all()]
        return initial


class OpinionForm(forms.Form):
    version = forms.IntegerField(widget=forms.HiddenInput)
    opinion = forms.CharField(
        label=_("Opinion"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The other side reads it; it goes into the record."),
    )


class RefusalForm(OpinionForm):
    reason = forms.ChoiceField(label=_("Reason for refusal"), choices=RefusalReason.choices)
    field_order = ("version", "reason", "opinion")


class ReasonedForm(OpinionForm):
    """For what the other side can only act on when it reads why."""

    opinion = forms.CharField(
        label=_("Reasons"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The other side reads it; it goes into the record."),
    )


class SupplementForm(ReasonedForm):
    missing = forms.MultipleChoiceField(
        label=_("What is missing"),
        choices=list(FIELDS.items()),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("All of it: there is one notice (Art. 21)."),
    )
    field_order = ("version", "missing", "opinion")


class ExtensionForm(ReasonedForm):
    days = forms.IntegerField(
        label=_("Working days asked for"),
        min_value=1,
        max_value=MOST_EXTENSION_DAYS,
        initial=MOST_EXTENSION_DAYS,
        help_text=_("At most ten, and only once (Art. 21)."),
    )
    field_order = ("version", "days", "opinion")


class ExtensionDecisionForm(OpinionForm):
    is_granted = forms.TypedChoiceField(
        label=_("Your decision"),
        choices=[("1", _("Consent")), ("0", _("Refuse, with reasons"))],
        coerce=lambda given: given == "1",
        widget=forms.RadioSelect,
    )
    days = forms.IntegerField(
        label=_("Working days granted"),
        required=False,
        min_value=1,
        max_value=MOST_EXTENSION_DAYS,
        help_text=_("As many as were asked for, or fewer."),
    )
    field_order = ("version", "is_granted", "days", "opinion")


class OfferForm(ReasonedForm):
    """A part of what was asked for; its choices are the request's own items."""

    columns = forms.MultipleChoiceField(
        label=_("Data items"),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("The key always comes along."),
    )
    use_until = forms.DateField(
        label=_("Use until"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    field_order = ("version", "columns", "use_until", "opinion")

    def __init__(self, *args: Any, request: SharingRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        asked = [one.item for one in request.requested_items.select_related("item")]
        self.fields["columns"].choices = [  # type: ignore[attr-defined]
            (item.column, f"{item.name} ({item.column})") for item in asked if not item.is_key
        ]
        self.initial.setdefault("columns", [item.column for item in asked if not item.is_key])
        self.initial.setdefault("use_until", request.use_until)


class DisputeDecisionForm(ReasonedForm):
    outcome = forms.ChoiceField(
        label=_("Your decision"), choices=DisputeOutcome.choices, widget=forms.RadioSelect
    )
    field_order = ("version", "outcome", "opinion")


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"),
        error_messages={"required": _("State the reason: both parties read it.")},
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Both parties read it; it goes into the record."),
    )
