"""Looking at the trail, which is itself an act: allowed or denied, and recorded."""

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import translation
from django.utils.translation import gettext as _

from audit import export as csv_export
from audit import others, proofs, selectors, standing, witnesses
from audit.criteria import Criteria, Cursor
from audit.models import (
    Entry,
    Month,
    OtherFork,
    OtherHead,
    OtherPortal,
    Result,
    TreeHead,
    WitnessState,
)
from audit.permissions import may_read
from audit.services import record, record_alone
from audit.signing import PublicKey
from audit.witness_kinds import Witness
from portal.common.errors import NotAllowed, NotFound

HEADS_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Found:
    """`archived` are the months that were not looked through: their entries are in files alone."""

    page: selectors.Page
    timeline: selectors.Timeline | None
    archived: list[Month]


@dataclass(frozen=True, slots=True)
class Opened:
    entry: Entry
    proof: proofs.Inclusion
    neighbours: list[Entry]


@dataclass(frozen=True, slots=True)
class Watched:
    """A witness, and how far it has come; None before it was first tried."""

    witness: Witness
    state: WitnessState | None


@dataclass(frozen=True, slots=True)
class Board:
    standing: standing.Standing
    heads: list[TreeHead]
    witnesses: list[Watched]
    verification: Entry | None
    keys: list[dict[str, Any]]
    months: list[Month]


@dataclass(frozen=True, slots=True)
class KeptKey:
    """`since` is the head with which it was learned; None when it was told by hand."""

    public: PublicKey
    since: int | None
    at: datetime

    @property
    def encoded(self) -> str:
        return base64.b64encode(self.public.raw).decode()


@dataclass(frozen=True, slots=True)
class KeptPortal:
    """Another portal, its last heads, newest first, and the heads of its own that contradict them."""

    portal: OtherPortal
    heads: list[OtherHead]
    keys: list[KeptKey]
    forks: list[OtherFork]

    @property
    def last(self) -> OtherHead | None:
        return self.heads[0] if self.heads else None


def search(*, by: Any, criteria: Criteria, cursor: Cursor | None = None) -> Found:
    """One page of what answers `criteria`, and its numbers over time; each page is recorded."""
    permit(by=by, action="audit.search", criteria=criteria.given())
    turned = {"page": str(cursor)} if cursor else {}
    with transaction.atomic(durable=True):
        found = Found(
            selectors.page(criteria, cursor),
            selectors.timeline(criteria),
            selectors.archived(criteria),
        )
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
        proof = proofs.inclusion(entry_id) if entry else None
        if entry is None or proof is None:
            raise _missing(entry_id)
        opened = Opened(entry, proof, selectors.neighbours(entry))
        record(actor=by, action="audit.entry.read", target=entry)
    return opened


def proof_of(*, by: Any, entry_id: int) -> proofs.Inclusion:
    """The proof of one entry, with its content; the look is recorded as that of the page is."""
    permit(by=by, action="audit.proof.read", entry=entry_id)
    with transaction.atomic(durable=True):
        proof = proofs.inclusion(entry_id)
        entry = selectors.entry(entry_id) if proof else None
        if entry is None or proof is None:
            raise _missing(entry_id)
        record(actor=by, action="audit.proof.read", target=entry)
    return proof


def board(*, by: Any) -> Board:
    """How sealing stands: the last heads, what waits, witnesses, the last full verification."""
    permit(by=by, action="audit.seals.read")
    with transaction.atomic(durable=True):
        found = Board(
            standing.standing(),
            list(TreeHead.objects.order_by("-number")[:HEADS_SHOWN]),
            [
                Watched(witness, WitnessState.objects.filter(name=witness.name).first())
                for witness in witnesses.configured()
            ],
            standing.last_verification(),
            proofs.keys_as_json(),
            selectors.months(),
        )
        record(actor=by, action="audit.seals.read", target=None)
    return found


def other_portals(*, by: Any) -> list[KeptPortal]:
    """The portals whose heads are kept here, each with how far it has come."""
    permit(by=by, action="audit.other.read")
    with transaction.atomic():
        found = [_kept(portal, heads=1) for portal in others.portals()]
        record(actor=by, action="audit.other.read", target=None)
    return found


def other_portal(*, by: Any, name: str) -> KeptPortal:
    """One of them, with its last heads, its keys, and what contradicted it."""
    permit(by=by, action="audit.other.read", name=name)
    with transaction.atomic():
        portal = others.portal_named(name)
        found = _kept(portal, heads=HEADS_SHOWN)
        record(actor=by, action="audit.other.read", target=portal)
    return found


def other_heads(*, by: Any, name: str) -> Iterator[str]:
    """All its heads as `verify_audit --anchor` of that portal reads them, oldest first."""
    permit(by=by, action="audit.other.export", name=name)
    with transaction.atomic():
        portal = others.portal_named(name)
        record(actor=by, action="audit.other.export", target=portal)
    found = others.heads_of(portal).reverse().values_list("note", flat=True)
    return (f"{note}\n" for note in found.iterator(chunk_size=2000))


def _kept(portal: OtherPortal, *, heads: int) -> KeptPortal:
    return KeptPortal(
        portal,
        list(others.heads_of(portal)[:heads]),
        [KeptKey(PublicKey(bytes(key.raw)), key.since, key.at) for key in portal.keys.all()],
        list(portal.forks.all()),
    )


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


def _missing(entry_id: int) -> NotFound:
    """Why there is no such entry: it never was, or it is in the file of a month that was archived."""
    month = selectors.archived_month_of(entry_id)
    if month is None:
        return NotFound(_("There is no such audit entry."))
    words = _(
        "This audit entry is in the archived month %(month)s."
        " The operators bring it back with manage.py audit_months restore %(month)s."
    )
    return NotFound(words % {"month": month.name})


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
