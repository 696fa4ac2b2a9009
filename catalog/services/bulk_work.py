"""The three long works on an import: the dry run, the writing, the undoing."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from django.core.files.base import File
from django.db import transaction
from django.utils import timezone

from audit.services import record
from catalog.bulk import documents, reading, sheets, texts
from catalog.bulk.container import FileKind
from catalog.bulk.problems import Problems, Unreadable
from catalog.bulk.progress import Watched
from catalog.bulk.reading import GivenEntry, Reading
from catalog.bulk.tables import CHECKING, READING, WRITING, Table
from catalog.models import Assessment, BulkImport, ImportedEntry, ImportState, Resource, SyncJob
from catalog.services import bulk_writing
from catalog.services.bulk_rules import (
    BATCH,
    House,
    Planned,
    departments_for,
    house_of,
    plan,
    with_known_codes,
)
from portal.common.errors import DomainError, StaleVersion
from portal.common.worded import gettext as _
from portal.organisation.models import User

PREVIEWED = 200
NAMED = 10


def check(bulk_import: BulkImport) -> None:
    """The dry run: everything is read and checked, nothing of the catalogue is written."""
    problems = Problems()
    counts = {"created_count": 0, "changed_count": 0, "unchanged_count": 0, "item_count": 0}
    preview: list[dict[str, object]] = []
    with Watched(bulk_import.pk) as progress:
        found, house = _read(bulk_import, bulk_import.by, problems, progress)
        if not found.entries and not problems.count:
            raise Unreadable(_("The file holds no entry."))
        for planned in _batches(found, house, problems, progress, CHECKING):
            for one in planned:
                counts[f"{_kind_of(one)}_count"] += 1
                counts["item_count"] += len(one.items)
                if len(preview) < PREVIEWED and not one.is_unchanged:
                    preview.append(_previewed(one))
    seen = {
        str(own.pk): own.version
        for given in found.entries
        if (own := house.by_code.get(given.code)) is not None
    }
    with transaction.atomic():
        BulkImport.objects.filter(pk=bulk_import.pk, state=ImportState.CHECKING).update(
            state=ImportState.CHECKED,
            checked_at=timezone.now(),
            problems=problems.as_json(),
            problem_count=problems.count,
            preview=preview,
            seen=seen,
            **counts,
        )


@transaction.atomic
def apply(bulk_import: BulkImport) -> None:
    """Read and check again, and write, all in one transaction with the entries locked."""
    by = bulk_import.applied_by
    if by is None:
        raise ValueError(f"nobody applies import {bulk_import.pk}")
    check_versions(bulk_import, is_locking=True)
    problems = Problems()
    written = 0
    with Watched(bulk_import.pk) as progress:
        found, house = _read(bulk_import, by, problems, progress)
        _refuse(problems)
        for planned in _batches(found, house, problems, progress, WRITING):
            _refuse(problems)
            wanted = [one for one in planned if not one.is_unchanged]
            bulk_writing.write(wanted, bulk_import=bulk_import, by=by)
            written += len(wanted)
    bulk_import.state = ImportState.APPLIED
    bulk_import.applied_at = timezone.now()
    bulk_import.save(update_fields=["state", "applied_at"])
    record(
        actor=by,
        action="catalog.import.apply",
        target=bulk_import,
        sha256=bulk_import.sha256,
        created=bulk_import.created_count,
        changed=bulk_import.changed_count,
        unchanged=bulk_import.unchanged_count,
        items=bulk_import.item_count,
        written=written,
    )


@transaction.atomic
def undo(bulk_import: BulkImport) -> None:
    """Take everything back in one transaction; what the import made is removed."""
    by = bulk_import.undone_by
    if by is None:
        raise ValueError(f"nobody undoes import {bulk_import.pk}")
    check_untouched(bulk_import, is_locking=True)
    total = bulk_import.entries.count()
    done = 0
    with Watched(bulk_import.pk) as progress:
        for entries in _written_by(bulk_import):
            keys = [one.resource_id for one in entries if one.resource_id is not None]
            held = {
                one.pk: one
                for one in Resource.objects.filter(pk__in=keys)
                .select_related("department")
                .defer("search", "name_search")
            }
            bulk_writing.restore(entries, held, bulk_import=bulk_import, by=by)
            done += len(entries)
            progress(WRITING, done, total)
    bulk_import.state = ImportState.UNDONE
    bulk_import.undone_at = timezone.now()
    bulk_import.failure = ""
    bulk_import.save(update_fields=["state", "undone_at", "failure"])
    record(
        actor=by,
        action="catalog.import.undo",
        target=bulk_import,
        sha256=bulk_import.sha256,
        entries=done,
    )


def check_versions(bulk_import: BulkImport, *, is_locking: bool = False) -> None:
    """Raise StaleVersion when an entry of the file was saved after the dry run."""
    keys = [int(key) for key in bulk_import.seen]
    found = Resource.objects.filter(pk__in=keys).order_by("pk")
    if is_locking:
        found = found.select_for_update()
    now = {pk: (version, name) for pk, version, name in found.values_list("pk", "version", "name")}
    moved = [
        now.get(int(key), (0, key))[1]
        for key, version in bulk_import.seen.items()
        if now.get(int(key), (0, ""))[0] != version
    ]
    if moved:
        raise StaleVersion(
            _(
                "Since the check somebody saved %(names)s. Nothing was written."
                " Check the file again, or take over what was saved."
            )
            % {"names": _named(moved)}
        )


def check_untouched(bulk_import: BulkImport, *, is_locking: bool = False) -> None:
    """Raise DomainError when an entry of the import has changed since, with its name."""
    entries = bulk_import.entries
    touched = []
    for pk, version, name in entries.values_list("resource_id", "version", "name"):
        touched.append((pk, version, name))
    found = Resource.objects.filter(pk__in=[pk for pk, _version, _name in touched]).order_by("pk")
    if is_locking:
        found = found.select_for_update()
    now = dict(found.values_list("pk", "version"))
    assessed = set(
        Assessment.objects.filter(
            resource__in=entries.values("resource"), at__gt=bulk_import.applied_at
        ).values_list("resource_id", flat=True)
    )
    connected = set(
        SyncJob.objects.filter(
            resource__in=entries.filter(before=None).values("resource")
        ).values_list("resource_id", flat=True)
    )
    changed = [
        name
        for pk, version, name in touched
        if now.get(pk) != version or pk in assessed or pk in connected
    ]
    if changed:
        raise DomainError(
            _(
                "These entries were changed, assessed, connected or submitted since the import:"
                " %(names)s. Nothing was undone."
            )
            % {"names": _named(changed)},
            code="changed_since",
        )


def _read(
    bulk_import: BulkImport, by: User, problems: Problems, progress: Watched
) -> tuple[Reading, House]:
    department = bulk_import.department
    departments = departments_for(department)
    progress(READING, 0, 0)
    with _stored(bulk_import) as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != bulk_import.sha256:
            raise Unreadable(
                _("The stored file is not the one that was brought in: bring it in again.")
            )
        file.seek(0)
        if bulk_import.file_kind == FileKind.JSON:
            found = documents.read(file, departments=departments, problems=problems)
        else:
            with _tables(bulk_import, file, problems) as tables:
                found = reading.read(
                    tables,
                    departments=departments,
                    own_department=department.pk,
                    problems=problems,
                    progress=progress,
                )
    return found, with_known_codes(house_of(by, department, departments), found)


def _stored(bulk_import: BulkImport) -> "File[bytes]":
    try:
        return bulk_import.file.open("rb")
    except FileNotFoundError:
        raise Unreadable(_("The stored file is gone: bring it in again.")) from None


@contextmanager
def _tables(bulk_import: BulkImport, file: IO[bytes], problems: Problems) -> Iterator[list[Table]]:
    match bulk_import.file_kind:
        case FileKind.WORKBOOK:
            with sheets.opened(file, problems) as tables:
                yield tables
        case FileKind.CSV_PAIR:
            with texts.opened_pair(file, problems) as tables:
                yield tables
        case _:
            yield [texts.one_table(file.read(), title=bulk_import.file_name)]


def _batches(
    found: Reading, house: House, problems: Problems, progress: Watched, phase: str
) -> Iterator[list[Planned]]:
    total = len(found.entries)
    for start in range(0, total, BATCH):
        batch: list[GivenEntry] = found.entries[start : start + BATCH]
        yield plan(batch, house, found, problems)
        progress(phase, start + len(batch), total)


def _refuse(problems: Problems) -> None:
    """The dry run found none; whatever is found now came up since."""
    if problems.count:
        first = problems.kept[0]
        raise DomainError(
            _(
                'The file has problems that the check did not find: "%(sheet)s", row %(row)s:'
                " %(message)s Nothing was written: check the file again."
            )
            % {"sheet": first.sheet, "row": first.row, "message": first.message},
            code="problems_since",
        )


def _written_by(bulk_import: BulkImport) -> Iterator[list[ImportedEntry]]:
    last = 0
    while entries := list(bulk_import.entries.filter(pk__gt=last).order_by("pk")[:BATCH]):
        yield entries
        last = entries[-1].pk


def _kind_of(one: Planned) -> str:
    if one.is_new:
        return "created"
    return "unchanged" if one.is_unchanged else "changed"


def _previewed(one: Planned) -> dict[str, object]:
    return {
        "row": one.given.row,
        "code": one.given.code,
        "name": one.resource.name,
        "kind": _kind_of(one),
        "fields": sorted(one.changed) + (["items"] if one.items_changed else []),
        "items": len(one.items),
    }


def _named(names: list[str]) -> str:
    told = "、".join(names[:NAMED])
    if len(names) > NAMED:
        told = _("%(names)s and %(count)s more") % {"names": told, "count": len(names) - NAMED}
    return told
