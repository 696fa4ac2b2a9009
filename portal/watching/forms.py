from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from .limits import InForce
from .models import CaseMove
from .workflow import WORDS_NEEDED

AREA = forms.Textarea(attrs={"rows": 3})


class StepForm(forms.Form):
    """Words on a case; whether there have to be some is said by the step."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    words = forms.CharField(
        label=_("What was found"),
        max_length=2000,
        widget=AREA,
        error_messages={"required": _("Write what you found.")},
    )

    def __init__(self, data: Any = None, *, how: CaseMove, initial: Any = None) -> None:
        super().__init__(data, initial=initial, auto_id=f"{how}-%s")
        self.fields["words"].required = how in WORDS_NEEDED


class RuleForm(forms.Form):
    """A field a threshold of the rule; the service checks, so that every caller is told the same."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    is_on = forms.BooleanField(label=_("The rule watches"), required=False)
    reason = forms.CharField(
        label=_("Reason of the change"),
        max_length=300,
        error_messages={"required": _("Say why.")},
    )

    def __init__(self, data: Any = None, *, held: InForce) -> None:
        initial = {"version": held.version, "is_on": held.is_on, **held.limits}
        super().__init__(data, initial=initial)
        self.held = held
        for one in held.rule.thresholds:
            self.fields[one.name] = forms.IntegerField(
                label=str(one.label),
                help_text=_("%(least)s to %(most)s; as delivered: %(default)s")
                % {"least": f"{one.least:,}", "most": f"{one.most:,}", "default": one.default},
            )
        self.order_fields(["version", "is_on", *held.limits, "reason"])

    def limits(self) -> dict[str, int]:
        return {name: self.cleaned_data[name] for name in self.held.limits}
