"""The part of a sync job's form that says what a run reads."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from catalog.models import JobMode, Sweep, SyncJob
from catalog.services.sync_jobs import MOST_OVERLAP, MOST_RUNS, ReadingData
from catalog.sources.connector import SourceColumn
from catalog.sources.kinds import Kind
from catalog.sources.reading import may_be_watermark

READING = ("mode", "watermark_column", "overlap", "sweep", "sweep_every")


def add_reading_fields(
    form: forms.Form, *, kind: Kind, columns: Sequence[SourceColumn], job: SyncJob | None
) -> None:
    """Add the fields of `ReadingData`: the modes of the kind, the columns that may be a mark."""
    modes = [(mode.value, mode.label) for mode in kind.modes]
    marks = [(one.name, f"{one.name} ({one.type})") for one in columns if may_be_watermark(one)]
    fields: dict[str, forms.Field] = {
        "mode": forms.ChoiceField(label=_("Each run reads"), choices=modes),
    }
    if JobMode.CAPTURE in kind.modes:
        fields["mode"].help_text = _(
            "Change capture takes each committed change out of the source's log, deletions too, and"
            " needs no watermark. It needs wal_level = logical, the right REPLICATION and a primary"
            " key; that is checked when you save."
        )
    if len(kind.modes) > 1:
        fields |= {
            "watermark_column": forms.ChoiceField(
                label=_("Watermark column"),
                choices=[("", _("none: read all rows")), *marks],
                required=False,
                help_text=_("A time of change or a number that grows with every change."),
            ),
            "overlap": forms.IntegerField(
                label=_("Overlap"),
                min_value=0,
                max_value=MOST_OVERLAP,
                help_text=_(
                    "How far before the last mark is read again, for rows that come late:"
                    " in seconds, or in steps of a number."
                ),
            ),
            "sweep": forms.ChoiceField(
                label=_("Rows that are gone at the source"), choices=Sweep.choices
            ),
            "sweep_every": forms.IntegerField(
                label=_("Look for them every so many runs"), min_value=1, max_value=MOST_RUNS
            ),
        }
    for name, field in fields.items():
        field.initial = getattr(job, name) if job else DEFAULTS[name]
        form.fields[name] = field


def reading_of(given: dict[str, Any]) -> ReadingData:
    """What the fields say; without any, a full comparison."""
    return ReadingData(**{name: given[name] for name in READING if name in given})


DEFAULTS: dict[str, Any] = {
    "mode": JobMode.FULL,
    "watermark_column": "",
    "overlap": 3600,
    "sweep": Sweep.NONE,
    "sweep_every": 7,
}
