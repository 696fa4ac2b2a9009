"""The forms of assessments and decisions. They say nicely what the services would refuse."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


class AssessmentForm(forms.Form):
    """One of the two assessments; the words of its questions differ."""

    QUESTIONS = {
        "secrecy": (
            _("Do the data hold state secrets or work secrets?"),
            _("Secrets can never be catalogued (Decree 809, Art. 3): then answer no below."),
        ),
        "pia": (
            _("Do the data hold personal information?"),
            _("The answer must agree with the marks of the data items."),
        ),
    }
    is_present = forms.TypedChoiceField(
        choices=[("yes", _("Yes")), ("no", _("No"))],
        coerce=lambda answer: answer == "yes",
        widget=forms.RadioSelect,
    )
    is_passed = forms.TypedChoiceField(
        label=_("May the data be catalogued?"),
        choices=[("yes", _("Yes")), ("no", _("No"))],
        coerce=lambda answer: answer == "yes",
        widget=forms.RadioSelect,
    )
    findings = forms.CharField(
        label=_("Findings"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("What was examined, what was found, which measures protect the data."),
    )
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, kind: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        label, help_text = self.QUESTIONS[kind]
        self.fields["is_present"].label = label
        self.fields["is_present"].help_text = help_text


class VersionForm(forms.Form):
    """What was read is what is decided."""

    version = forms.IntegerField(widget=forms.HiddenInput)


class DecisionForm(VersionForm):
    """A reviewer's decision: `forward` is to approve or to publish, as the state asks."""

    decision = forms.ChoiceField(label=_("Decision"), widget=forms.RadioSelect)
    opinion = forms.CharField(
        label=_("Opinion"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Needed when you send the entry back. Its stewards and reviewers read it."),
    )

    def __init__(self, *args: Any, choices: list[tuple[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["decision"].choices = choices  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("decision") == "send_back" and not given.get("opinion", "").strip():
            self.add_error("opinion", _("State the reasons: the stewards have to act on them."))
        return given


class WithdrawForm(VersionForm):
    reasons = forms.CharField(
        label=_("Reasons"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("They are kept in the record of the entry."),
    )


class DiscardForm(VersionForm):
    reasons = forms.CharField(
        label=_("Reasons"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("They are kept in the record of the entry."),
    )
