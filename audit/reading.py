"""Looking at the trail, which is itself an act: allowed or denied, and recorded."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import translation
from django.utils.translation import gettext as _

from audit import export as csv_export
from audit import selectors
from audit.criteria import Criteria, Cursor
from audit.models import Entry, Result
from audit.permissions import may_read
from audit.services import record, record_alone
from portal.common.errors import NotAllowed, NotFound


@dataclass(frozen=True, slots=True)
class Found:
    page: selectors.Page
    timeline: selectors.Timeline | None


@dataclass(frozen=True, slots=True)
class Opened:
    entry: Entry
    proof: selectors.Proof
    neighbours: list[Entry]


def search(*, by: Any, criteria: Criteria, cursor: Cursor | None = None) -> Found:
    """One page of what answers `criteria`, and its numbers over time; each page is recorded."""
    permit(by=by, action="audit.search", criteria=criteria.given())
    turned = {"page": str(cursor)} if cursor else {}
    with transaction.atomic(durable=True):
        found = Found(selectors.page(criteria, cursor), selectors.timeline(criteria))
        record(
            actor=by,
            action="audit.search",
            target=None,
            criteria=criteria.given(),
            shown=len(found.page.entries),
            **turned,
        )
    return found


def open_entry(*, by: Any, entry_id: int) -> Opened:
    """One entry with its proof and what the same actor did around it."""
    permit(by=by, action="audit.entry.read", entry=entry_id)
    with transaction.atomic(durable=True):
        entry = selectors.entry(entry_id)
        if entry is None:
            raise NotFound(_("There is no such audit entry."))
        opened = Opened(entry, selectors.proof(entry_id), selectors.neighbours(entry))
        record(actor=by, action="audit.entry.read", target=entry)
    return opened


def export(*, by: Any, criteria: Criteria) -> Iterator[bytes]:
    """Everything before this act that answers `criteria`, as CSV.

    Recorded before the first byte, and again with the number of entries that left: whole, broken
    off by the reader, or failed.
    """
    permit(by=by, action="audit.export", criteria=criteria.given())
    began = record_alone(actor=by, action="audit.export", target=None, criteria=criteria.given())
    found = selectors.search(criteria).filter(pk__lt=began.pk)
    return _exported(by, criteria, found, translation.get_language())


def _exported(
    by: Any, criteria: Criteria, found: QuerySet[Entry], language: str | None
) -> Iterator[bytes]:
    entries, size, result = 0, 0, Result.FAILED
    try:
        pieces = csv_export.chunks(found.iterator(chunk_size=2000))
        while True:
            with translation.override(language):  # the request, and its language, are over by now
                piece, rows = next(pieces, (b"", 0))
            if not piece:
                break
            yield piece
            entries += rows
            size += len(piece)
        result = Result.OK
    except GeneratorExit:
        result = Result.BROKEN
        raise
    finally:
        record_alone(
            actor=by,
            action="audit.export.finish",
            target=None,
            result=result,
            criteria=criteria.given(),
            entries=entries,
            bytes=size,
        )


def permit(*, by: Any, action: str, **asked: Any) -> None:
    """Raise `NotAllowed` when `by` may not read; the attempt stays in the trail."""
    decision = may_read(by)
    if decision:
        return
    record_alone(
        actor=by,
        action=action,
        target=None,
        result=Result.DENIED,
        reason=str(decision.reason),
        **asked,
    )
    raise NotAllowed(decision.reason)
