"""Forms of an agreement's data page: a call to try, an export to take or to have prepared."""

from typing import Any
from urllib.parse import parse_qs

from django import forms
from django.utils.translation import gettext_lazy as _

from sharing.delivery.formats import FORMATS


class TryForm(forms.Form):
    """A query string as programs write it; it is read by the call itself, which tells what is wrong."""

    query = forms.CharField(
        label=_("Query string"),
        required=False,
        max_length=2000,
        initial="limit=10",
        help_text=_("For example: limit=10&column__ge=value. The call counts and is recorded."),
    )

    def parameters(self) -> dict[str, list[str]]:
        return parse_qs(self.cleaned_data["query"].lstrip("?"), keep_blank_values=True)


class ExportForm(forms.Form):
    format = forms.ChoiceField(
        label=_("Format"),
        choices=[
            ("csv", _("CSV (UTF-8)")),
            ("excel", _("CSV for Excel: formulas are escaped")),
            ("gb18030", _("CSV (GB18030)")),
            ("jsonl", "JSON Lines"),
            ("parquet", "Parquet"),
            ("arrow", "Arrow"),
        ],
    )
    query = forms.CharField(
        label=_("Filter"),
        required=False,
        max_length=2000,
        help_text=_("As in the query string, for example column__ge=value. Empty: all rows."),
    )

    def parameters(self) -> tuple[str, dict[str, list[str]]]:
        """The format, and what is asked of it."""
        asked: dict[str, list[str]] = parse_qs(
            self.cleaned_data["query"].lstrip("?"), keep_blank_values=True
        )
        chosen = self.cleaned_data["format"]
        if chosen in FORMATS:
            return chosen, asked
        more: dict[str, Any] = {"excel": ["1"]} if chosen == "excel" else {"encoding": ["gb18030"]}
        return "csv", asked | more
