"""The form of the requester's table: where it is, how and when it is pushed into."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from catalog.sources.schedule import Schedule
from catalog.views.source_schedule_form import ScheduleForm
from sharing.models import PushMode, PushTarget, TargetKind
from sharing.services.push_targets import LONGEST_PASSWORD, TargetData
from sharing.targets.kinds import KINDS

TLS = "tls"


class PushTargetForm(ScheduleForm):
    """A registered target keeps its password when none is given."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    kind = forms.ChoiceField(label=_("Kind"), choices=TargetKind.choices)
    host = forms.CharField(
        label=_("Host"), max_length=200, help_text=_("Name or address of the server.")
    )
    port = forms.IntegerField(
        label=_("Port"),
        min_value=1,
        max_value=65535,
        required=False,
        help_text=_("Empty: the usual one of the kind."),
    )
    database = forms.CharField(label=_("Database"), max_length=128)
    username = forms.CharField(
        label=_("User"),
        max_length=128,
        help_text=_("A user that may write this table and nothing else."),
    )
    password = forms.CharField(
        label=_("Password"),
        max_length=LONGEST_PASSWORD,
        strip=False,
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    tls = forms.ChoiceField(
        label=_("Encryption of MySQL"),
        choices=[
            ("preferred", _("when the server offers it")),
            ("checked", _("always, with a certificate for its name")),
        ],
        required=False,
    )
    relation = forms.CharField(
        label=_("Table"),
        max_length=130,
        help_text=_("In PostgreSQL with its schema, for example public.divisions."),
    )
    makes_table = forms.BooleanField(label=_("Make the table when it is missing"), required=False)
    mode = forms.ChoiceField(label=_("What is sent"), choices=PushMode.choices)

    SERVER = ("kind", "host", "port", "database", "username", "password", TLS)
    TABLE = ("relation", "makes_table", "mode")
    field_order = ("version", *SERVER, *TABLE)

    def __init__(
        self, *args: Any, schedule: Schedule, target: PushTarget | None, **kwargs: Any
    ) -> None:
        super().__init__(*args, schedule=schedule, **kwargs)
        words = _("It is stored encrypted and never shown again.")
        kept = _("Empty keeps the stored one. It is never shown.")
        self.fields["password"].help_text = words if target is None else kept
        self.fields["rhythm"].label = _("Pushed")
        if target is None:
            self.initial.update(version=0, kind=TargetKind.POSTGRESQL)
            return
        known = ("version", "kind", "host", "port", "database", "username", "relation", "mode")
        self.initial.update({name: getattr(target, name) for name in (*known, "makes_table")})
        self.initial.update(target.settings)

    @property
    def server_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.SERVER]

    @property
    def table_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.TABLE]

    @property
    def schedule_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in ScheduleForm.base_fields]

    @property
    def target_data(self) -> TargetData:
        given = self.cleaned_data
        names = ("kind", "host", "port", "database", "username", "relation", "makes_table", "mode")
        settings = {name: given[name] for name in KINDS[given["kind"]].settings if given.get(name)}
        return TargetData(
            **{name: given[name] for name in names},
            password=given["password"] or None,
            settings=settings,
            schedule=self.schedule,
        )
