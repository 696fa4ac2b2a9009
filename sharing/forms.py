"""Forms of decisions on requests; they shape input, services decide. Drafts: `draft_forms`."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from .models import MOST_EXTENSION_DAYS, DisputeOutcome, RefusalReason, SharingRequest, Verdict
from .services.supplements import FIELDS
from .widgets import MasksField, RowScopeField


class OpinionForm(forms.Form):
    version = forms.IntegerField(widget=forms.HiddenInput)
    opinion = forms.CharField(
        label=_("Opinion"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The other side reads it; it goes into the record."),
    )


class NeededText(forms.CharField):
    """Text that the service wants, and not the form: so everything missing is told at once."""

    is_needed = True


class StatedForm(OpinionForm):
    """For what has to be answered with words."""

    opinion = NeededText(
        label=_("Opinion"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The other side reads it; it goes into the record."),
    )


class MessageForm(forms.Form):
    words = forms.CharField(
        label=_("Message"), max_length=2000, widget=forms.Textarea(attrs={"rows": 4})
    )


class AdviceForm(MessageForm):
    verdict = forms.ChoiceField(
        label=_("Advice"), choices=Verdict.choices, widget=forms.RadioSelect
    )
    field_order = ("verdict", "words")


class RefusalForm(StatedForm):
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
    """A part of what was asked for, or less of it; its choices are the request's own items."""

    columns = forms.MultipleChoiceField(
        label=_("Data items"),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("The key always comes along."),
    )
    use_until = forms.DateField(
        label=_("Use until"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    row_filter = RowScopeField(
        help_text=_("The conditions that were asked for stay; add others to offer fewer rows.")
    )
    masks = MasksField()
    field_order = ("version", "columns", "row_filter", "masks", "use_until", "opinion")

    def __init__(self, *args: Any, request: SharingRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        asked = [one.item for one in request.requested_items.select_related("item")]
        self.fields["columns"].choices = [  # type: ignore[attr-defined]
            (item.column, f"{item.name} ({item.column})") for item in asked if not item.is_key
        ]
        self.initial.setdefault("columns", [item.column for item in asked if not item.is_key])
        self.initial.setdefault("use_until", request.use_until)
        self.initial.setdefault("row_filter", request.row_filter)
        self.fields["row_filter"].offer(  # type: ignore[attr-defined]
            list(request.resource.items.order_by("position"))
        )
        self.fields["masks"].offer(asked, {})  # type: ignore[attr-defined]


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
