"""Forms of the basket and of applications."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from catalog.models import Resource
from portal.organisation.models import User

from .draft_data import data_of
from .draft_forms import PurposeStep, UseFields
from .selectors.applications import ApplicationPage
from .services.applications import COMMON
from .services.requests import RequestData


class CommonForm(UseFields):
    """What is said once for all requests of an application."""

    is_draft = True
    use_basis = PurposeStep.base_fields["use_basis"]
    use_scene = PurposeStep.base_fields["use_scene"]
    use_scope = PurposeStep.base_fields["use_scope"]
    field_order = ("resources", "seen", *COMMON)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offer_systems(user)

    def data_in(self) -> RequestData:
        return RequestData(**{name: self.cleaned_data[name] for name in COMMON})


class BasketForm(CommonForm):
    resources = forms.MultipleChoiceField(
        label=_("Ask for"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one resource.")},
    )

    def __init__(self, *args: Any, resources: Sequence[Resource], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.known = {str(one.pk): one for one in resources}
        self.fields["resources"].choices = [  # type: ignore[attr-defined]
            (key, f"{one.department} · {one}") for key, one in self.known.items()
        ]
        self.initial["resources"] = list(self.known)

    def parts(self) -> list[tuple[Resource, RequestData]]:
        """Each chosen resource with what is common, and its own first way of sharing."""
        data = self.data_in()
        chosen = [self.known[key] for key in self.cleaned_data["resources"]]
        return [
            (one, replace(data, sharing_mode=one.sharing_modes[0] if one.sharing_modes else ""))
            for one in chosen
        ]


class SeenForm(forms.Form):
    seen = forms.CharField(widget=forms.HiddenInput)


class PurposeForm(CommonForm):
    seen = forms.CharField(widget=forms.HiddenInput)

    @staticmethod
    def initial_of(page: ApplicationPage) -> dict[str, Any]:
        """What the first draft says: they were written together."""
        if not page.drafts:
            return {"seen": page.seen}
        said = data_of(page.drafts[0])
        return {"seen": page.seen, **{name: getattr(said, name) for name in COMMON}}


class ApprovalForm(SeenForm):
    opinion = forms.CharField(
        label=_("Opinion"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The other side reads it; it goes into the record."),
    )


class ReturnForm(SeenForm):
    opinion = forms.CharField(
        label=_("Reasons"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The other side reads it; it goes into the record."),
    )
