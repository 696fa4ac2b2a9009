"""The forms of update duties. They say nicely what the services would refuse."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from catalog.models import MOST_EXTENSION_DAYS, ChangeKind, Resource, UpdateExtension
from catalog.services.update_duties import Change
from portal.organisation.models import Department

MOST_BOXES = 100


class DepartmentForm(forms.Form):
    """For whom an officer records a change."""

    department = forms.ChoiceField(label=_("Department"))

    def __init__(self, *args: Any, departments: Sequence[Department], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["department"].choices = [  # type: ignore[attr-defined]
            (department.pk, department.name) for department in departments
        ]


class ChangeForm(forms.Form):
    """What has changed and what it concerns. Many entries are named by code instead of boxes."""

    kind = forms.ChoiceField(
        label=_("What has changed"), choices=ChangeKind.choices, widget=forms.RadioSelect
    )
    basis_title = forms.CharField(label=_("Title of the law, decision or document"), max_length=200)
    basis_reference = forms.CharField(
        label=_("Article or document number"), max_length=200, required=False
    )
    happened_on = forms.DateField(
        label=_("Day of the change"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("The ten working days count from this day, not from today."),
    )
    description = forms.CharField(
        label=_("What it means for the catalogue"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    resources = forms.MultipleChoiceField(
        label=_("Entries concerned"), required=False, widget=forms.CheckboxSelectMultiple
    )
    codes = forms.CharField(
        label=_("Entries concerned"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("Their resource codes, one a line."),
    )
    needs_new_entry = forms.BooleanField(label=_("A new entry is needed"), required=False)

    def __init__(self, *args: Any, entries: Sequence[Resource], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.keys = {entry.code: entry.pk for entry in entries}
        if len(entries) > MOST_BOXES:
            del self.fields["resources"]
            return
        del self.fields["codes"]
        if not entries:
            del self.fields["resources"]
            return
        self.fields["resources"].choices = [  # type: ignore[attr-defined]
            (str(entry.pk), f"{entry.name} ({entry.code})") for entry in entries
        ]

    def clean_codes(self) -> str:
        given: str = self.cleaned_data["codes"]
        unknown = [code for code in given.split() if code not in self.keys]
        if unknown:
            raise forms.ValidationError(
                _t("The department has no entry with the code %(code)s.") % {"code": unknown[0]}
            )
        return given

    def change(self) -> Change:
        given = self.cleaned_data
        named = [int(pk) for pk in given.get("resources", [])]
        named += [self.keys[code] for code in given.get("codes", "").split()]
        return Change(
            kind=given["kind"],
            basis_title=given["basis_title"],
            basis_reference=given["basis_reference"],
            happened_on=given["happened_on"],
            description=given["description"],
            resources=tuple(dict.fromkeys(named)),
            needs_new_entry=given["needs_new_entry"],
        )


class DutyVersionForm(forms.Form):
    version = forms.IntegerField(widget=forms.HiddenInput)


class ExtensionForm(DutyVersionForm):
    days = forms.IntegerField(
        label=_("Working days asked for"),
        min_value=1,
        max_value=MOST_EXTENSION_DAYS,
        initial=MOST_EXTENSION_DAYS,
        help_text=_("At most five, and only once (Art. 17)."),
    )
    reasons = forms.CharField(
        label=_("Special reasons"), max_length=2000, widget=forms.Textarea(attrs={"rows": 4})
    )


class ExtensionDecisionForm(DutyVersionForm):
    """`is_granted` comes as a word, so that neither answer is ticked before it is given."""

    decision = forms.ChoiceField(
        label=_("Your decision"),
        choices=[("grant", _("Consent")), ("refuse", _("Refuse, with reasons"))],
        widget=forms.RadioSelect,
    )
    days = forms.IntegerField(
        label=_("Working days granted"),
        required=False,
        min_value=1,
        max_value=MOST_EXTENSION_DAYS,
        help_text=_("As many as were asked for, or fewer."),
    )
    opinion = forms.CharField(
        label=_("Opinion"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("A refusal states its reasons."),
    )

    def __init__(self, *args: Any, extension: UpdateExtension, **kwargs: Any) -> None:
        kwargs["initial"] = {"days": extension.days, **kwargs.get("initial", {})}
        super().__init__(*args, **kwargs)

    def decided(self) -> dict[str, Any]:
        given = self.cleaned_data
        return {
            "version": given["version"],
            "is_granted": given["decision"] == "grant",
            "days": given["days"],
            "opinion": given["opinion"],
        }


class CloseForm(DutyVersionForm):
    reasons = forms.CharField(
        label=_("Why nothing has to change"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Your department head decides by it, and it stays on record."),
    )


class CloseDecisionForm(DutyVersionForm):
    decision = forms.ChoiceField(
        label=_("Your decision"),
        choices=[
            ("approve", _("Approve: nothing has to change")),
            ("reject", _("Reject, with reasons: the catalogue has to change")),
        ],
        widget=forms.RadioSelect,
    )
    opinion = forms.CharField(
        label=_("Opinion"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("A rejection states its reasons."),
    )

    def decided(self) -> dict[str, Any]:
        given = self.cleaned_data
        return {
            "version": given["version"],
            "is_approved": given["decision"] == "approve",
            "opinion": given["opinion"],
        }


class AnswerForm(DutyVersionForm):
    """The entry is named by its code, which its page and every list show."""

    code = forms.CharField(
        label=_("Resource code"),
        max_length=40,
        help_text=_("Of an entry of your department, draft or published."),
    )
