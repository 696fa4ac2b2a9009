"""Forms of sync jobs."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from catalog.models import Source, SyncJob
from catalog.services.sync_jobs import ReadingData
from catalog.sources.casting import fits
from catalog.sources.connector import SourceColumn
from catalog.sources.kinds import RELATION, Kind, kind_of, place_words
from catalog.store.columns import Column

from .source_reading_forms import READING, add_reading_fields, reading_of

ITEM = "item_"


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
        source: Source | None = None,
        relations: Sequence[tuple[str, str]] | None = None,
        initial: dict[str, Any],
    ) -> None:
        # Its ids must differ from those of the mapping form on the same page.
        super().__init__(initial=initial, auto_id="place_%s")
        choices = [(str(one.pk), f"{one.name} ({place_words(one)[0]})") for one in sources]
        self._choose("source", [("", _("Choose a source")), *choices])
        if relations is not None:
            self._choose("relation", [("", _("Choose a table or view")), *relations])
        elif source is not None and not kind_of(source.kind).lists_relations:
            self.fields["relation"] = forms.CharField(
                label=kind_of(source.kind).label_of(RELATION), max_length=130, required=False
            )
        else:
            del self.fields["relation"]

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
        kind: Kind,
        job: SyncJob | None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.items = items
        add_reading_fields(self, kind=kind, columns=columns, job=job)
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
    def reading(self) -> ReadingData:
        return reading_of(self.cleaned_data)

    @property
    def reading_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in READING if name in self.fields]

    @property
    def rows(self) -> list[tuple[Column, forms.BoundField]]:
        """Each item with its field, for the table."""
        return [(item, self[f"{ITEM}{item.name}"]) for item in self.items]


def _shown(column: SourceColumn) -> str:
    comment = f" · {column.comment}" if column.comment else ""
    return f"{column.name} ({column.type}){comment}"
