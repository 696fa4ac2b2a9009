"""What a harvest makes of the datasets that it found: drafts, changes of drafts, and nothing published.

New entries and changes of drafts go the way of a file of entries (`services.bulk`), so that they
are checked as one and can be undone; a published entry gets a change beside it. All of a harvest is
one transaction.
"""

import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone

from audit.services import record
from catalog.bulk import documents
from catalog.bulk.problems import Problems
from catalog.entry import LISTS, EntryData, entry_of, items_left_to
from catalog.models import (
    UNFINISHED,
    BulkImport,
    Harvest,
    HarvestedDataset,
    HarvestState,
    ImportState,
    Resource,
    ResourceState,
)
from catalog.permissions import open_changes
from catalog.services import bulk, resources, versions
from catalog.services.bulk_rules import BATCH, departments_for, house_of, plan, with_known_codes
from catalog.services.run_notices import tell_of_vanished
from catalog.sources.failures import SourceFailure
from catalog.sources.harvest.dataset import Dataset, Walked, fields_of
from portal.common.errors import DomainError, Invalid
from portal.common.text import Text
from portal.common.worded import Kept, kept, said
from portal.common.worded import gettext as _

MOST_PROBLEMS = 200
# Small enough for the request itself, as `services.bulk` sees it: the harvest is in a worker already.
BYTES_A_FILE = 200_000
DAYS = ("temporal_from", "temporal_to")


@dataclass(slots=True)
class _Wanted:
    """One entry of a file: the dataset, its row if it was seen before, and what is to be written."""

    dataset: Dataset
    told: dict[str, Any]
    known: HarvestedDataset | None
    entry: dict[str, Any]


@dataclass(slots=True)
class _Work:
    harvest: Harvest
    problems: list[dict[str, str | Kept]] = field(default_factory=list)
    problem_count: int = 0
    written: list[_Wanted] = field(default_factory=list)

    def problem(self, dataset: Dataset | None, message: Text, *, about: str = "") -> None:
        self.problem_count += 1
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(
                {
                    "title": (dataset.title or dataset.identifier)[:200] if dataset else "",
                    "page": dataset.page if dataset else "",
                    "field": about,
                    "message": kept(message),
                }
            )


def locked(harvest_id: int) -> Harvest:
    """The harvest, its row locked, with all that an act on it asks for."""
    return (
        Harvest.objects.select_for_update(of=("self",))
        .select_related("source__department", "by__department")
        .get(pk=harvest_id)
    )


@transaction.atomic
def write(*, harvest_id: int, walked: Walked) -> Harvest:
    """Bring the department's drafts to what was found, and end the harvest.

    Raises SourceFailure when the catalogue is empty of a sudden: so are pages of errors.
    """
    harvest = locked(harvest_id)
    there = harvest.source.datasets.filter(vanished_at=None).count()
    if there and not walked.count:
        raise SourceFailure("harvest_empty", before=there)
    work = _Work(harvest)
    for title in walked.unnamed:
        words = _('"%(title)s" has neither an address nor an identifier of its own: left out.')
        work.problem(None, words % {"title": title[:100]})
    _sort_out(work, walked)
    _bring_in(work)
    _note_vanished(work, walked)
    harvest.state = HarvestState.DONE
    harvest.finished_at = timezone.now()
    harvest.found = walked.count
    harvest.problems, harvest.problem_count = work.problems, work.problem_count
    harvest.save()
    record(
        actor=harvest.by,
        action="catalog.harvest.finish",
        target=harvest,
        found=harvest.found,
        created=harvest.created,
        changed=harvest.changed,
        revised=harvest.revised,
        unchanged=harvest.unchanged,
        waiting=harvest.waiting,
        left_out=harvest.left_out,
        vanished=harvest.vanished,
        problems=harvest.problem_count,
    )
    return harvest


def _sort_out(work: _Work, walked: Walked) -> None:
    """Find what is new and what differs from what was told before; changes of published entries."""
    harvest = work.harvest
    known = {
        one.identifier: one
        for one in harvest.source.datasets.select_related("resource").defer(
            "resource__search", "resource__name_search"
        )
    }
    catalogue = urlsplit(harvest.source.settings["address"]).netloc
    for dataset in walked.datasets.values():
        told = fields_of(dataset, catalogue=catalogue)
        before = known.get(dataset.identifier)
        if before is None or (before.resource is None and harvest.brings_removed):
            work.written.append(_Wanted(dataset, told, before, {**told, **_stated(harvest)}))
            continue
        resource = before.resource
        differing = {name: told[name] for name in told if before.told.get(name) != told[name]}
        if resource is None or resource.state == ResourceState.WITHDRAWN:
            harvest.left_out += 1
        elif not differing:
            harvest.unchanged += 1
        elif resource.state in UNFINISHED:
            work.written.append(
                _Wanted(dataset, told, before, {"code": resource.code, **differing})
            )
        elif resource.state == ResourceState.PUBLISHED:
            _revise(work, _Wanted(dataset, told, before, differing), resource)
        else:
            harvest.waiting += 1


def _stated(harvest: Harvest) -> dict[str, Any]:
    names = ("resource_class", "classification", "sharing_attribute", "grade")
    return {name: getattr(harvest, name) for name in names}


def _revise(work: _Work, one: _Wanted, resource: Resource) -> None:
    """Write what differs into the change of the entry, begun now unless a steward has one open."""
    harvest = work.harvest
    change = open_changes(resource.pk).first()
    if change is not None and change.state not in UNFINISHED:
        harvest.waiting += 1
        return
    try:
        with transaction.atomic():
            if change is None:
                change = versions.start_revision(
                    resource=resource, version=resource.version, by=harvest.by
                )
            resources.change_draft(
                resource=change,
                version=change.version,
                entry=_with(entry_of(change), one.entry),
                items=items_left_to(change, list(change.items.order_by("position"))),
                by=harvest.by,
            )
    except Invalid as refusal:
        for name, words in refusal.fields.items():
            for word in words:
                work.problem(one.dataset, word, about=name)
        return
    except DomainError as refusal:
        work.problem(one.dataset, refusal.message)
        return
    harvest.revised += 1
    _link(work, one, resource)


def _with(entry: EntryData, told: dict[str, Any]) -> EntryData:
    values: dict[str, Any] = {
        name: tuple(value)
        if name in LISTS
        else date.fromisoformat(value)
        if name in DAYS and value
        else value
        for name, value in told.items()
    }
    return replace(entry, **values)


def _bring_in(work: _Work) -> None:
    """Check the entries one by one, tell what is wrong with some, and bring in the others."""
    good, same = _sound(work)
    for one in same:
        # A steward has written just that already.
        work.harvest.unchanged += 1
        _link(work, one, one.known.resource if one.known else None)
    for part in _files(good):
        made = _apply(work.harvest, part)
        by_row = {one.row: one.resource for one in made.entries.select_related("resource")}
        for row, one in enumerate(part, start=1):
            _link(work, one, by_row[row])
        work.harvest.created += made.created_count
        work.harvest.changed += made.changed_count
        work.harvest.imports.add(made)


def _sound(work: _Work) -> tuple[list[_Wanted], list[_Wanted]]:
    """The entries that can be written, and those that are so already."""
    department, by = work.harvest.source.department, work.harvest.by
    good: list[_Wanted] = []
    same: list[_Wanted] = []
    departments = departments_for(department)
    problems = Problems()
    reading = documents.read(
        io.BytesIO(_json(work.written)), departments=departments, problems=problems
    )
    house = with_known_codes(house_of(by, department, departments), reading)
    for start in range(0, len(reading.entries), BATCH):
        for planned in plan(reading.entries[start : start + BATCH], house, reading, problems):
            of_it = same if planned.is_unchanged else good
            of_it.append(work.written[planned.given.row - 1])
    for one in problems.kept:
        work.problem(work.written[one.row - 1].dataset, one.message, about=one.header)
    work.problem_count += problems.count - len(problems.kept)
    return good, same


def _files(wanted: Sequence[_Wanted]) -> Iterator[list[_Wanted]]:
    part: list[_Wanted] = []
    size = 0
    for one in wanted:
        weight = len(_json([one]))
        if part and size + weight > BYTES_A_FILE:
            yield part
            part, size = [], 0
        part.append(one)
        size += weight
    if part:
        yield part


def _json(wanted: Sequence[_Wanted]) -> bytes:
    return json.dumps([one.entry for one in wanted], ensure_ascii=False).encode()


def _apply(harvest: Harvest, part: Sequence[_Wanted]) -> BulkImport:
    """Bring the entries in as a file of their own, all or none, and so to be undone."""
    day = timezone.localdate()
    file = ContentFile(_json(part), name=f"{harvest.source.name} {day:%Y-%m-%d}.json")
    made = bulk.receive(file=file, by=harvest.by)
    if made.state == ImportState.CHECKED and made.is_ready:
        made = bulk.apply(bulk_import=made, by=harvest.by)
    if made.state != ImportState.APPLIED:
        first = made.problems[0]["message"] if made.problems else ""
        raise DomainError(said(made.failure) or said(first) or made.get_state_display())
    return made


def _link(work: _Work, one: _Wanted, resource: Resource | None) -> None:
    HarvestedDataset.objects.update_or_create(
        source=work.harvest.source,
        identifier=one.dataset.identifier,
        defaults={
            "title": one.told["name"][:200],
            "page": one.dataset.page,
            "told": one.told,
            "resource": resource,
        },
    )


def _note_vanished(work: _Work, walked: Walked) -> None:
    """Tell the stewards, once, what the portal no longer has. Their entries stay as they are."""
    now = timezone.now()
    held = work.harvest.source.datasets
    there = list(walked.datasets)
    held.filter(identifier__in=there).update(seen_at=now, vanished_at=None)
    gone = held.exclude(identifier__in=there).filter(vanished_at=None)
    work.harvest.vanished = gone.update(vanished_at=now)
    if work.harvest.vanished:
        tell_of_vanished(work.harvest)
