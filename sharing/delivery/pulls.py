"""Every call for shared rows leaves one line on the agreement's page and one entry in the trail."""

import time
from dataclasses import dataclass, field

from django.db import transaction

import audit.services
from audit.models import Result
from portal.organisation.models import InformationSystem, User
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

    @transaction.atomic
    def note(self, result: PullResult, *, status: int = 200, reason: str = "") -> None:
        if self.is_noted:
            return
        self.is_noted = True
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
