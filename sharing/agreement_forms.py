"""Forms of the acts on an agreement."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from sharing.forms import NeededText
from sharing.models import Agreement
from sharing.row_filters import documents
from sharing.services.confirming import Proposal
from sharing.terms import Terms
from sharing.widgets import CanaryField, MasksField, RowScopeField


class ConfirmForm(forms.Form):
    """The version and the hash that were seen go along, so that nothing else is confirmed."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    content_hash = forms.CharField(max_length=64, widget=forms.HiddenInput)
    consents = forms.BooleanField(
        label=_("I consent to the other purpose or to the data being passed on (Art. 25)"),
        required=False,
    )

    def __init__(self, *args: Any, asks_consent: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not asks_consent:
            del self.fields["consents"]


class RetractForm(forms.Form):
    version = forms.IntegerField(widget=forms.HiddenInput)
    reason = forms.CharField(
        label=_("Reason"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Both parties read it; it goes into the record."),
    )


class RectifyForm(forms.Form):
    demand = forms.CharField(
        label=_("What has to be put right"),
        error_messages={"required": _("State it: both parties read it.")},
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Both parties read it; it goes into the record."),
    )
    until = forms.DateField(
        label=_("Put right until"),
        error_messages={"required": _("Set a day that has not passed.")},
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("You set this day: the Decree names none."),
    )


class ReportForm(forms.Form):
    report = forms.CharField(
        label=_("What was put right"),
        error_messages={"required": _("State it: both parties read it.")},
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Both parties read it; it goes into the record."),
    )


class AnswerForm(forms.Form):
    agrees = forms.TypedChoiceField(
        label=_("Your answer"),
        choices=[("yes", _("We agree")), ("no", _("We object"))],
        coerce=lambda given: given == "yes",
        widget=forms.RadioSelect,
    )
    answer = forms.CharField(
        label=_("Reasons"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Both parties read it; it goes into the record."),
    )


class NeededChoices(forms.MultipleChoiceField):
    is_needed = True


def _needed(label: Any, **kwargs: Any) -> forms.CharField:
    return _long(label, kind=NeededText, **kwargs)


def _long(
    label: Any, *, kind: type[forms.CharField] = forms.CharField, **kwargs: Any
) -> forms.CharField:
    return kind(
        label=label,
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        **kwargs,
    )


def _quota(label: Any) -> forms.IntegerField:
    return forms.IntegerField(
        label=label, required=False, help_text=_("Leave it empty to agree none.")
    )


class ProposalForm(forms.Form):
    version = forms.IntegerField(widget=forms.HiddenInput)
    basis = _needed(_("Basis for use"))
    purpose = _needed(
        _("Purpose of use"),
        help_text=_("Another purpose wants the provider's express consent (Art. 25)."),
    )
    scope = _needed(_("Scope of use"))
    items = NeededChoices(
        label=_("Data items"), required=False, widget=forms.CheckboxSelectMultiple
    )
    row_filter = RowScopeField(
        help_text=_("Only rows that meet all conditions are delivered. None: all rows.")
    )
    masks = MasksField()
    verification_only = forms.BooleanField(
        label=_("Verification only"),
        required=False,
        help_text=_(
            "No row is delivered: the requester sends keys and values, and learns whether they match."
        ),
    )
    canary = CanaryField()
    third_parties = _long(
        _("May be passed on to"),
        help_text=_(
            "Empty: to nobody. Passing data on wants the provider's express consent (Art. 25)."
        ),
    )
    ends_on = forms.DateField(
        label=_("Until"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    calls_a_day = _quota(_("Calls a day"))
    rows_a_day = _quota(_("Rows a day"))
    exports_at_once = _quota(_("Exports at the same time"))
    provider_duties = _needed(_("Security duties of the provider"))
    requester_duties = _needed(_("Security duties of the requester"))
    reason = _needed(_("Reason"), help_text=_("Both parties read it; it goes into the record."))

    def __init__(self, *args: Any, agreement: Agreement, is_provider: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        items = list(agreement.resource.items.order_by("position"))
        self.fields["row_filter"].offer(items)  # type: ignore[attr-defined]
        self.fields["masks"].offer(items, self.initial.get("masks") or {})  # type: ignore[attr-defined]
        if is_provider or self.initial.get("canary"):
            self.fields["canary"].offer(items, is_fixed=not is_provider)  # type: ignore[attr-defined]
        else:
            del self.fields["canary"]
        choices = [(one.column, f"{one.name} ({one.column})") for one in items if not one.is_key]
        self.fields["items"].choices = choices  # type: ignore[attr-defined]
        known = {column for column, _words in choices}
        self.initial["items"] = [one for one in self.initial.get("items", ()) if one in known]

    def proposal(self) -> Proposal:
        left_out = {"version", "reason", "items"}
        given = {name: v for name, v in self.cleaned_data.items() if name not in left_out}
        return Proposal(items=tuple(self.cleaned_data["items"]), **given)

    @staticmethod
    def initial_of(terms: Terms, version: int) -> dict[str, Any]:
        names = [name for name in ProposalForm.base_fields if name not in {"version", "reason"}]
        known = {name: getattr(terms, name) for name in names}
        known["row_filter"] = documents(terms.row_filter)
        return known | {"version": version}
