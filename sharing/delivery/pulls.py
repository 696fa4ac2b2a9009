"""Every call for shared rows leaves one line on the agreement's page and one entry in the trail."""

import time
from dataclasses import dataclass, field
from typing import Any

import structlog
from django.db import transaction

import audit.services
from audit.models import Result
from portal.common.errors import DomainError, NotAllowed, NotFound
from portal.organisation.models import InformationSystem, User
from sharing import permissions
from sharing.delivery import quotas
from sharing.models import Agreement, Pull, PullKind, PullResult

ACTIONS = {
    PullResult.OK: ("sharing.pull.finish", Result.OK),
    PullResult.BROKEN: ("sharing.pull.break", Result.BROKEN),
    PullResult.DENIED: ("sharing.pull.deny", Result.DENIED),
}
LONGEST = 300


@dataclass(slots=True)
class Call:
    """One call while it runs; `note` writes it down, once."""

    agreement: Agreement
    party: User | InformationSystem
    kind: PullKind
    query: str
    items: list[str] = field(default_factory=list)
    rows: int = 0
    bytes: int = 0
    began: float = field(default_factory=time.monotonic)
    is_noted: bool = False
    taken: quotas.Taken | None = None
    # A stream ends after its request: what the trail says of the request is kept from its beginning.
    context: dict[str, Any] = field(default_factory=structlog.contextvars.get_contextvars)

    def deny(self, refusal: DomainError) -> None:
        told = [str(refusal.message), *(w for words in refusal.fields.values() for w in words)]
        self.note(PullResult.DENIED, status=refusal.status, reason=" ".join(told))

    def note(self, result: PullResult, *, status: int = 200, reason: str = "") -> None:
        if self.is_noted:
            return
        self.is_noted = True
        if self.taken is not None:
            is_counted = result != PullResult.DENIED
            quotas.settle(self.taken, rows=self.rows, is_counted=is_counted)
        with structlog.contextvars.bound_contextvars(**self.context):
            self._note(result, status, reason)

    @transaction.atomic
    def _note(self, result: PullResult, status: int, reason: str) -> None:
        seconds = round(time.monotonic() - self.began, 3)
        Pull.objects.create(
            agreement=self.agreement,
            kind=self.kind,
            caller=self.party.name,
            query=self.query[:LONGEST],
            seconds=seconds,
            rows=self.rows,
            bytes=self.bytes,
            result=result,
            status=status,
            reason=reason[:LONGEST],
        )
        action, outcome = ACTIONS[result]
        audit.services.record(
            actor=self.party,
            action=action,
            target=self.agreement,
            result=outcome,
            kind=self.kind,
            query=self.query[:LONGEST],
            items=self.items,
            rows=self.rows,
            bytes=self.bytes,
            seconds=seconds,
            reason=reason,
        )

    def take(self, rows: int, *, is_export: bool = False) -> int:
        """Count the call against the agreed quotas; how many rows it may draw."""
        self.taken = quotas.take(self.agreement, rows=rows, is_export=is_export)
        return rows if self.taken is None else self.taken.rows


def begin(*, number: str, party: User | InformationSystem, kind: PullKind, query: str = "") -> Call:
    """The call on an agreement, when `party` may draw under it; each refusal is noted.

    Who is no party learns no more than that there is no such agreement.
    """
    agreement = (
        Agreement.objects.filter(number=number)
        .select_related("resource__department", "requester", "provider", "system")
        .first()
    )
    missing = NotFound(permissions.no_agreement())
    if agreement is None:
        raise missing
    call = Call(agreement=agreement, party=party, kind=kind, query=query.replace("\0", "\ufffd"))
    if not Agreement.objects.permitted(party).filter(pk=agreement.pk).exists():
        call.deny(missing)
        raise missing
    decision = permissions.may_pull(party, agreement)
    if not decision:
        refusal = NotAllowed(decision.reason)
        call.deny(refusal)
        raise refusal
    return call


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
