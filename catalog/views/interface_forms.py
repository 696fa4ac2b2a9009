"""Forms of an interface: where it is, and which calls it allows."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from catalog.interfaces import parameters
from catalog.models import CallMethod, InterfaceCall, PublishedInterface
from catalog.services.interfaces import CallData, InterfaceData

FORGET = "forget_headers"


class InterfaceForm(forms.Form):
    """A registered interface keeps its secret headers when none are given."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    address = forms.CharField(
        label=_("Base address"),
        max_length=500,
        help_text=_("What all paths begin with, for example https://api.example.gov/v2/."),
    )
    seconds = forms.IntegerField(
        label=_("Longest time of a call in seconds"),
        help_text=_("From 1 to 30, further tries included."),
    )
    headers = forms.CharField(
        label=_("Secret headers"),
        required=False,
        max_length=12_000,
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off", "spellcheck": "false"}),
    )

    def __init__(
        self, *args: Any, interface: PublishedInterface | None = None, **kwargs: Any
    ) -> None:
        known: dict[str, Any] = {"seconds": 10}
        if interface is not None:
            known = {name: getattr(interface, name) for name in ("version", "address", "seconds")}
        kwargs["initial"] = known
        super().__init__(*args, **kwargs)
        has_secret = interface is not None and bool(interface.header_names)
        example = _("One a line, for example Authorization: Bearer … They are stored encrypted.")
        kept = _("Empty keeps the stored ones. They are never shown.")
        self.fields["headers"].help_text = kept if has_secret else example
        if has_secret:
            self.fields[FORGET] = forms.BooleanField(
                label=_("Remove the stored ones"), required=False
            )

    def clean_headers(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for line in self.cleaned_data["headers"].splitlines():
            if not line.strip():
                continue
            name, colon, value = line.partition(":")
            if not colon:
                raise forms.ValidationError(_("A header is a name, a colon, and a value."))
            if name.strip() in found:
                raise forms.ValidationError(_("Each header once."))
            found[name.strip()] = value.strip()
        return found

    @property
    def data_of_interface(self) -> InterfaceData:
        given = self.cleaned_data
        headers = given["headers"] or ({} if given.get(FORGET) else None)
        return InterfaceData(address=given["address"], seconds=given["seconds"], headers=headers)


class TrialForm(forms.Form):
    """One call as whoever holds an agreement would make it: the path filled in, a field a parameter."""

    path = forms.CharField(
        label=_("Path"), max_length=1_000, help_text=_("Fill in what stands in braces.")
    )

    def __init__(self, *args: Any, call: InterfaceCall, **kwargs: Any) -> None:
        kwargs["initial"] = {"path": call.path}
        super().__init__(*args, **kwargs)
        self.names = {f"parameter_{place}": name for place, name in enumerate(call.parameters)}
        for field, name in self.names.items():
            self.fields[field] = forms.CharField(
                label=name, required=False, max_length=parameters.LONGEST
            )

    @property
    def parameters(self) -> dict[str, list[str]]:
        """Those that were filled in."""
        filled = {name: self.cleaned_data[field] for field, name in self.names.items()}
        return {name: [value] for name, value in filled.items() if value}


class CallForm(forms.Form):
    version = forms.IntegerField(widget=forms.HiddenInput)
    method = forms.ChoiceField(label=_("Method"), choices=CallMethod.choices)
    path = forms.CharField(
        label=_("Path"),
        max_length=200,
        help_text=_("For example persons/{code}; what stands in braces the caller fills in."),
    )
    parameters = forms.CharField(
        label=_("Parameters"),
        required=False,
        max_length=1_000,
        help_text=_("Names separated by commas. Others are refused."),
    )
    rows_path = forms.CharField(
        label=_("Where the rows are"),
        required=False,
        max_length=200,
        help_text=_("Names joined with dots, for example data.items; empty: the whole answer."),
    )
    most_rows = forms.IntegerField(
        label=_("Most rows of an answer"),
        initial=InterfaceCall._meta.get_field("most_rows").default,
        help_text=_("So many are set aside from the quota while a call runs; at most 10,000."),
    )

    @property
    def data_of_call(self) -> CallData:
        given = self.cleaned_data
        names = [name.strip() for name in given["parameters"].split(",") if name.strip()]
        plain = {name: given[name] for name in ("method", "path", "rows_path", "most_rows")}
        return CallData(parameters=names, **plain)
