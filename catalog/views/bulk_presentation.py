"""Imports in the words of their pages."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from catalog.bulk.layout import ENTRY_COLUMNS
from catalog.bulk.progress import Snapshot
from catalog.bulk.tables import CHECKING, READING
from catalog.models import BulkImport, ImportState
from catalog.presentation import Standing, Told
from portal.common.numbers import grouped
from portal.common.text import Text

PREVIEWED = 20
HEADERS = {column.field: column.header for column in ENTRY_COLUMNS} | {"items": "信息项"}


@dataclass(frozen=True, slots=True)
class ImportRow:
    """An import in the list."""

    bulk_import: BulkImport
    standing: Standing


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """An entry that would be written, and in what it would change."""

    row: int
    code: str
    name: str
    is_new: bool
    items: int
    fields: str


def row(found: BulkImport) -> ImportRow:
    return ImportRow(found, standing(found))


def standing(found: BulkImport) -> Standing:
    label = found.get_state_display()
    match found.state:
        case ImportState.CHECKED if found.problem_count:
            words = ngettext(
                "checked: %(count)s problem", "checked: %(count)s problems", found.problem_count
            ) % {"count": grouped(found.problem_count)}
            return Standing("stop", words, "")
        case ImportState.CHECKED if found.is_ready:
            return Standing("wait", label, _("ready to be applied"))
        case ImportState.CHECKED:
            return Standing("rest", label, _("nothing to apply"))
        case ImportState.APPLIED:
            return Standing("go", label, "")
        case ImportState.FAILED:
            return Standing("stop", label, "")
        case ImportState.UNDONE:
            return Standing("rest", label, "")
    return Standing("run", label, "")


def figures(found: BulkImport) -> list[dict[str, Text]]:
    """What the dry run counted; nothing before it has ended."""
    if found.checked_at is None:
        return []
    told: list[tuple[Text, int]] = [
        (_("New drafts"), found.created_count),
        (_("Changed drafts"), found.changed_count),
        (_("Unchanged"), found.unchanged_count),
        (_("Data items"), found.item_count),
        (_("Problems"), found.problem_count),
    ]
    return [{"label": label, "value": grouped(count)} for label, count in told]


def headline(found: BulkImport, told: Snapshot | None) -> str:
    match found.state:
        case ImportState.CHECKED if found.problem_count:
            return _("Nothing can be applied until these problems are mended")
        case ImportState.CHECKED if found.is_ready:
            return _("No problem found: the file can be applied")
        case ImportState.CHECKED:
            return _("Everything in the file is in the catalogue already")
        case ImportState.APPLIED:
            return _("Applied as a whole")
        case ImportState.UNDONE:
            return _("Undone: everything is as it was before")
        case ImportState.FAILED:
            return _("Nothing was written")
    if told is None:
        return _("Waiting for a worker")
    if told.phase == READING:
        return _("Reading the file: %(rows)s rows so far") % {"rows": grouped(told.done)}
    parts = {"done": grouped(told.done), "total": grouped(told.total)}
    if told.phase == CHECKING:
        return _("Checking: %(done)s of %(total)s entries") % parts
    if found.state == ImportState.UNDOING:
        return _("Undoing: %(done)s of %(total)s entries") % parts
    return _("Writing: %(done)s of %(total)s entries") % parts


def share(told: Snapshot | None) -> int | None:
    """Percent done; None while it is not known of how much."""
    return None if told is None or not told.total else 100 * told.done // told.total


def preview(found: BulkImport) -> list[PreviewRow]:
    if found.state not in {ImportState.CHECKED, ImportState.FAILED}:
        return []
    return [
        PreviewRow(
            row=told["row"],
            code=told["code"],
            name=told["name"],
            is_new=told["kind"] == "created",
            items=told["items"],
            fields="、".join(HEADERS.get(name, name) for name in told["fields"]),
        )
        for told in found.preview[:PREVIEWED]
    ]


def record(found: BulkImport) -> Sequence[Told]:
    """Who did what with the file, newest first."""
    told: list[tuple[datetime | None, object, str]] = [
        (found.undone_at, found.undone_by, _("undid the import")),
        (found.applied_at, found.applied_by, _("applied the file")),
        (found.at, found.by, _("brought the file in")),
    ]
    return [Told(at=at, who=str(who), did=did, words="") for at, who, did in told if at and who]
