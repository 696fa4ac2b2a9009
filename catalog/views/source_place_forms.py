"""The form of a source: the fields of its kind, and no others."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from catalog.models import Source
from catalog.services.sources import SourceData
from catalog.sources.kinds import (
    DATABASE,
    HOST,
    KINDS,
    PORT,
    USERNAME,
    Kind,
    Secret,
    Setting,
    kind_of,
)
from portal.common.text import Text

PASSWORD = "password"  # noqa: S105
FORGET = "forget_password"
HELP: dict[str, Text] = {
    HOST: _("Name or address of the server."),
    USERNAME: _("A user that may only read what is shared."),
}
LENGTHS = {HOST: 200, DATABASE: 128, USERNAME: 128}


class SourceForm(forms.Form):
    """Where a source of the kind is. A registered one keeps its secret when none is given."""

    kind = forms.CharField(widget=forms.HiddenInput)
    name = forms.CharField(label=_("Name"), max_length=100)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, kind: Kind, source: Source | None = None, **kwargs: Any) -> None:
        kwargs["initial"] = {"kind": kind.value, PORT: kind.default_port} | _initial(kind, source)
        super().__init__(*args, **kwargs)
        self.of_kind = kind
        for name in kind.fields:
            self.fields[name] = _field(kind, name)
        for setting in kind.settings:
            self.fields[setting.name] = _setting(setting)
        has_secret = source is not None and bool(source.sealed_password)
        if kind.secret is not Secret.NONE:
            self.fields[PASSWORD] = _secret(kind, has_secret=has_secret)
        if kind.secret is Secret.OPTIONAL and has_secret:
            self.fields[FORGET] = forms.BooleanField(
                label=_("Remove the stored one"), required=False
            )

    @property
    def data_of_source(self) -> SourceData:
        given = self.cleaned_data
        kind = self.of_kind
        fields = {name: given[name] for name in kind.fields}
        return SourceData(
            kind=kind.value,
            name=given["name"],
            password="" if given.get(FORGET) else given.get(PASSWORD) or None,
            settings={setting.name: given[setting.name] for setting in kind.settings},
            **fields,
        )


def kind_choices() -> list[Kind]:
    """The kinds that a source may be of, for the page on which one is chosen."""
    return list(KINDS.values())


def kind_given(value: str | None) -> Kind | None:
    return kind_of(value) if value in KINDS else None


def _initial(kind: Kind, source: Source | None) -> dict[str, Any]:
    if source is None:
        return {setting.name: setting.initial for setting in kind.settings}
    known = {name: getattr(source, name) for name in ("name", "version", *kind.fields)}
    return {**known, **source.settings}


def _field(kind: Kind, name: str) -> forms.Field:
    label = kind.label_of(name)
    required = name in kind.asks
    if name == PORT:
        return forms.IntegerField(label=label, min_value=1, max_value=65535, required=required)
    return forms.CharField(
        label=label, max_length=LENGTHS[name], required=required, help_text=str(HELP.get(name, ""))
    )


def _setting(setting: Setting) -> forms.Field:
    given: dict[str, Any] = {
        "label": setting.label,
        "help_text": setting.help_text,
        "required": setting.is_required,
    }
    if not setting.choices:
        return forms.CharField(max_length=setting.max_length, **given)
    none = () if setting.is_required else (("", "—"),)
    return forms.ChoiceField(choices=[*none, *setting.choices], **given)


def _secret(kind: Kind, *, has_secret: bool) -> forms.Field:
    words = _("It is stored encrypted and never shown again.")
    kept = _("Empty keeps the stored one. It is never shown.")
    attributes = {"autocomplete": "new-password"}
    widget = forms.PasswordInput(attrs=attributes)
    return forms.CharField(
        label=kind.label_of(PASSWORD),
        max_length=kind.secret_length,
        strip=False,
        required=kind.secret is Secret.REQUIRED and not has_secret,
        widget=forms.Textarea(attrs=attributes) if kind.secret_has_lines else widget,
        help_text=kept if has_secret else words,
    )
