from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from portal.common.http import PortalRequest


class UploadForm(forms.Form):
    file = forms.FileField(
        label=_("File"),
        help_text=_(
            "An Excel workbook (.xlsx), CSV (.csv, or both files in a .zip) or JSON (.json)."
        ),
        widget=forms.FileInput(attrs={"accept": ".xlsx,.csv,.zip,.json"}),
    )
    items_file = forms.FileField(
        label=_("Items as CSV"),
        required=False,
        help_text=_("Only beside a CSV file of entries."),
        widget=forms.FileInput(attrs={"accept": ".csv"}),
    )


class OpinionForm(forms.Form):
    opinion = forms.CharField(
        label=_("Opinion"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("It is recorded with each of the entries."),
    )


def chosen_keys(request: PortalRequest) -> list[int]:
    """The entries that were ticked; what is no key is none."""
    return [int(word) for word in request.GET.getlist("pk") if _is_key(word)]


def chosen_versions(request: PortalRequest) -> dict[int, int]:
    """The entries that are to be acted on, each with the version that was shown."""
    found = {}
    for word in request.POST.getlist("chosen"):
        key, _colon, version = word.partition(":")
        if _is_key(key) and _is_key(version):
            found[int(key)] = int(version)
    return found


def _is_key(word: str) -> bool:
    return word.isascii() and word.isdecimal() and len(word) < 10


def upload_of(request: PortalRequest) -> UploadForm:
    sent: Any = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    return UploadForm(*sent)
