"""Forms of sources, sync jobs and their schedules."""

from collections.abc import Mapping, Sequence
from datetime import time
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from catalog.models import Source
from catalog.services.sources import SourceData
from catalog.sources.casting import fits
from catalog.sources.connector import SourceColumn
from catalog.sources.schedule import LAST_DAY, Rhythm, Schedule, Weekday
from catalog.store.columns import Column

ITEM = "item_"


class SourceForm(forms.Form):
    """Where a source is. A registered one keeps its password when none is given."""

    name = forms.CharField(label=_("Name"), max_length=100)
    host = forms.CharField(
        label=_("Host"), max_length=200, help_text=_("Name or address of the database server.")
    )
    port = forms.IntegerField(label=_("Port"), min_value=1, max_value=65535, initial=5432)
    database = forms.CharField(label=_("Database"), max_length=63)
    username = forms.CharField(
        label=_("User"),
        max_length=63,
        help_text=_("A user of the database that may only read what is shared."),
    )
    password = forms.CharField(
        label=_("Password"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("It is stored encrypted and never shown again."),
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, source: Source | None = None, **kwargs: Any) -> None:
        if source is not None:
            kwargs["initial"] = {
                name: getattr(source, name)
                for name in ("name", "host", "port", "database", "username", "version")
            }
        super().__init__(*args, **kwargs)
        if source is not None:
            password = self.fields["password"]
            password.required = False
            password.help_text = _("Empty keeps the stored one. It is never shown.")

    @property
    def data_of_source(self) -> SourceData:
        given = self.cleaned_data
        return SourceData(
            name=given["name"],
            host=given["host"],
            port=given["port"],
            database=given["database"],
            username=given["username"],
            password=given["password"] or None,
        )


class PlaceForm(forms.Form):
    """First half of a sync job, sent by GET: which source, then which of its tables."""

    source = forms.ChoiceField(label=_("Data source"))
    relation = forms.ChoiceField(
        label=_("Table or view"), required=False, help_text=_("As the source lists them now.")
    )

    def __init__(
        self,
        *,
        sources: Sequence[Source],
        relations: Sequence[tuple[str, str]] | None = None,
        initial: dict[str, Any],
    ) -> None:
        # Its ids must differ from those of the mapping form on the same page.
        super().__init__(initial=initial, auto_id="place_%s")
        choices = [(str(source.pk), f"{source.name} ({source.database})") for source in sources]
        self._choose("source", [("", _("Choose a source")), *choices])
        if relations is None:
            del self.fields["relation"]
        else:
            self._choose("relation", [("", _("Choose a table or view")), *relations])

    def _choose(self, name: str, choices: list[tuple[Any, Any]]) -> None:
        field = self.fields[name]
        if not isinstance(field, forms.ChoiceField):
            raise TypeError(f"{name} is no choice")
        field.choices = choices


class MappingForm(forms.Form):
    """Second half: a column of the source for each data item."""

    source = forms.IntegerField(widget=forms.HiddenInput)
    relation = forms.CharField(widget=forms.HiddenInput)
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(
        self,
        *args: Any,
        items: Sequence[Column],
        columns: Sequence[SourceColumn],
        chosen: Mapping[str, str],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.items = items
        for item in items:
            fitting = [column for column in columns if fits(column, item)]
            self.fields[f"{ITEM}{item.name}"] = forms.ChoiceField(
                label=item.label,
                required=True,
                initial=chosen.get(item.name, ""),
                choices=[
                    ("", _("Choose a column")),
                    *((column.name, _shown(column)) for column in fitting),
                ],
                error_messages={"required": _("Choose a column of the source.")},
            )

    @property
    def mapping(self) -> dict[str, str]:
        return {item.name: self.cleaned_data[f"{ITEM}{item.name}"] for item in self.items}

    @property
    def rows(self) -> list[tuple[Column, forms.BoundField]]:
        """Each item with its field, for the table."""
        return [(item, self[f"{ITEM}{item.name}"]) for item in self.items]


class ScheduleForm(forms.Form):
    rhythm = forms.ChoiceField(label=_("Runs"), choices=Rhythm.choices)
    at = forms.TimeField(
        label=_("At"),
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        help_text=_("Beijing time; of the hourly rhythm only the minute counts."),
    )
    weekday = forms.TypedChoiceField(
        label=_("Weekday"), coerce=int, choices=Weekday.choices, required=False
    )
    day = forms.IntegerField(
        label=_("Day of the month"), min_value=1, max_value=LAST_DAY, required=False
    )

    def __init__(self, *args: Any, schedule: Schedule, **kwargs: Any) -> None:
        kwargs["initial"] = {
            "rhythm": schedule.rhythm,
            "at": schedule.at,
            "weekday": int(schedule.weekday),
            "day": schedule.day,
        }
        super().__init__(*args, **kwargs)

    @property
    def schedule(self) -> Schedule:
        given = self.cleaned_data
        at: time = given["at"]
        return Schedule(
            rhythm=Rhythm(given["rhythm"]),
            at=at.replace(second=0),
            weekday=Weekday.MONDAY if given["weekday"] == "" else given["weekday"],
            day=given["day"] or 1,
        )


def _shown(column: SourceColumn) -> str:
    comment = f" · {column.comment}" if column.comment else ""
    return f"{column.name} ({column.type}){comment}"
