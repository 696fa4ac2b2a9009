"""Every call for shared rows leaves one line on the agreement's page and one entry in the trail."""

import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg
import structlog
from django.db import Error, transaction
from django.utils.translation import gettext as _

import audit.services
from audit.identity import identity_of
from audit.models import Result
from audit.standing import TrailBehind, enforce_sealed
from portal.common.decisions import Decision
from portal.common.errors import DomainError, NotAllowed, NotFound
from portal.organisation.models import InformationSystem, User
from sharing import permissions
from sharing.delivery import finding, quotas, running
from sharing.delivery.noting import LONGEST, Line, told
from sharing.models import Agreement, PullKind, PullResult

logger = structlog.get_logger(__name__)
LONGEST_NUMBER = 20
LONGEST_CALLER = 100
OF_THE_REQUEST = ("request_id", "ip")


@dataclass(slots=True)
class Call:
    """One call while it runs; `note` writes it down, once."""

    agreement: Agreement
    # None for what the portal does by itself; `by_portal` is then what stands for a caller.
    party: User | InformationSystem | None
    kind: PullKind
    query: str
    by_portal: str = ""
    items: list[str] = field(default_factory=list)
    rows: int = 0
    bytes: int = 0
    began: float = field(default_factory=time.monotonic)
    is_noted: bool = False
    taken: quotas.Taken | None = None
    receipt: uuid.UUID = field(default_factory=uuid.uuid4)
    sha256: str = ""
    stream: running.Stream | None = None
    # A stream ends after its request: what the trail says of the request is kept from its beginning.
    context: dict[str, Any] = field(default_factory=structlog.contextvars.get_contextvars)

    @property
    def caller(self) -> User | InformationSystem:
        """Whoever calls. What the portal does by itself has nobody."""
        if self.party is None:
            raise RuntimeError("nobody has called: the portal acts by itself")
        return self.party

    def deny(self, refusal: DomainError) -> None:
        words = [str(refusal.message), *(w for words in refusal.fields.values() for w in words)]
        self.note(PullResult.DENIED, status=refusal.status, reason=" ".join(words))

    def note(self, result: PullResult, *, status: int = 200, reason: str = "") -> None:
        """Raises django.db.Error for what can't be written down, unless it is of a stream: the sweep
        does that later, for its bytes have left already.
        """
        if self.is_noted:
            return
        self.is_noted = True
        line = self._line(result, status, reason)
        if self.stream is None:
            self._settle(is_counted=result != PullResult.DENIED)
            line.write(self.agreement, self.party)
            return
        try:
            line.write(self.agreement, self.party)
        except Error as away:
            logger.warning("stream_not_noted", receipt=line.receipt, error=str(away))
            if self.taken is not None:
                quotas.free_place(self.taken)
            self.stream.leave(self._told(line))
            return
        if self.stream.end():
            self._settle(is_counted=True)
        elif self.taken is not None:
            # The sweep has settled it, or will when Valkey is back; the place is ours to let go.
            quotas.free_place(self.taken)

    def streams(self) -> None:
        """From here on bytes leave: the sweep notes the call should this process die."""
        words = _("The portal's process ended while it gave the rows.")
        line = self._line(PullResult.BROKEN, 200, words)
        self.stream = running.Stream(str(self.receipt), self._told(line))

    def going(self, *, rows: int, bytes: int) -> None:
        """So many rows and bytes have left when the next ones have."""
        self.rows, self.bytes = rows, bytes
        if self.stream is not None:
            self.stream.going(rows=rows, bytes=bytes)

    def _line(self, result: PullResult, status: int, reason: str) -> Line:
        return Line(
            receipt=str(self.receipt),
            kind=self.kind,
            caller=self.party.name if self.party else self.by_portal[:LONGEST_CALLER],
            query=self.query[:LONGEST],
            items=self.items,
            seconds=round(time.monotonic() - self.began, 3),
            rows=self.rows,
            bytes=self.bytes,
            sha256=self.sha256,
            result=result,
            status=status,
            reason=reason,
            context={
                name: str(value)
                for name, value in self.context.items()
                if name in OF_THE_REQUEST and value
            },
        )

    def _told(self, line: Line) -> dict[str, Any]:
        return told(line, self.agreement, identity_of(self.party), self.taken)

    def _settle(self, *, is_counted: bool) -> None:
        if self.taken is not None:
            quotas.settle(self.taken, rows=self.rows, is_counted=is_counted)

    def take(self, rows: int, *, is_export: bool = False, is_whole: bool = False) -> int:
        """Count the call against the agreed quotas; how many rows it may draw."""
        self.taken = quotas.take(self.agreement, rows=rows, is_export=is_export, is_whole=is_whole)
        return rows if self.taken is None else self.taken.rows


@contextmanager
def noted(call: Call) -> Iterator[None]:
    """Note how the call comes out: done, refused or broken. What was noted within stays."""
    try:
        yield
    except DomainError as refusal:
        call.deny(refusal)
        raise
    except psycopg.Error as broken:
        call.note(PullResult.BROKEN, status=500, reason=type(broken).__name__)
        raise
    call.note(PullResult.OK)


def begin(*, number: str, party: User | InformationSystem, kind: PullKind, query: str = "") -> Call:
    """The call on an agreement, when `party` may draw under it; each refusal is noted.

    Who is no party learns no more than that there is no such agreement.
    """
    missing = NotFound(permissions.no_agreement())
    query = query.replace("\0", "\ufffd")
    found = finding.seen(number, party)
    if found is None:
        unseen = finding.named(number).first()
        if unseen is None:
            _note_unknown(number, party, kind, missing)
        else:
            Call(agreement=unseen, party=party, kind=kind, query=query).deny(missing)
        raise missing
    call = Call(agreement=found.agreement, party=party, kind=kind, query=query)
    may = permissions.may_pull if kind == PullKind.VERIFY else permissions.may_list
    return _let(call, may(party, found.agreement, holds_right=found.holds_right))


def begin_push(agreement: Agreement, *, into: str, query: str) -> Call:
    """The portal's own call, into the table of the requester; each refusal is noted."""
    call = Call(
        agreement=agreement, party=None, kind=PullKind.PUSH, query=query, by_portal=f"→ {into}"
    )
    decision = permissions.may_be_pushed(agreement)
    return _let(call, decision)


def _let(call: Call, decision: Decision) -> Call:
    """The call, when it is allowed and the trail is not behind; else the refusal, noted."""
    if not decision:
        refusal = NotAllowed(decision.reason)
        call.deny(refusal)
        raise refusal
    try:
        enforce_sealed()
    except TrailBehind as behind:
        call.deny(behind)
        raise
    return call


@transaction.atomic
def _note_unknown(
    number: str, party: User | InformationSystem, kind: PullKind, missing: NotFound
) -> None:
    """No agreement's page can show it, but the trail does: who tries numbers is found by it."""
    audit.services.record(
        actor=party,
        action="sharing.pull.deny",
        target=None,
        result=Result.DENIED,
        kind=kind,
        number=number[:LONGEST_NUMBER],
        reason=missing.message,
    )


def just_ended(call: Call) -> NotAllowed:
    """The refusal for a call whose view is gone, or whose backend was ended: what became of it.

    Waits for who is ending the agreement just now, so as to tell the reason. Call it when the
    reader's connection is closed: until then, that one waits for us.
    """
    with transaction.atomic():
        now = Agreement.objects.select_for_update(of=("self",), no_key=True).get(
            pk=call.agreement.pk
        )
    decision = permissions.why_ended(now)
    # A denial is false in an `if`: here it is the answer.
    return NotAllowed(permissions.cannot_be_read() if decision is None else decision.reason)
