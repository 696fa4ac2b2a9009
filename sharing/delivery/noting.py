"""What is written down of a call when it has ended: by its own process, or by the sweep after that died."""

import uuid
from dataclasses import asdict, dataclass
from typing import Any

import structlog
from django.db import transaction

import audit.services
from audit.identity import Identity
from audit.models import Result
from portal.common.insertion import insertion
from sharing.models import Agreement, Pull, PullResult
from sharing.values import UNSTORABLE

from . import quotas, running

ACTIONS = {
    PullResult.OK: ("sharing.pull.finish", Result.OK),
    PullResult.BROKEN: ("sharing.pull.break", Result.BROKEN),
    PullResult.DENIED: ("sharing.pull.deny", Result.DENIED),
}
LONGEST = 300


@dataclass(frozen=True, slots=True)
class Line:
    """One line on the agreement's page and one entry in the trail; plain, so that Valkey can keep it.

    `context` is what the trail says of the request.
    """

    receipt: str
    kind: str
    caller: str
    query: str
    items: list[str]
    seconds: float
    rows: int
    bytes: int
    sha256: str
    result: str
    status: int
    reason: str
    context: dict[str, str]

    def write(self, agreement: Agreement, actor: Any) -> None:
        """Both in one statement."""
        query, reason = _storable(self.query), _storable(self.reason)
        pull = Pull(
            receipt=uuid.UUID(self.receipt),
            sha256=self.sha256,
            agreement=agreement,
            kind=self.kind,
            caller=self.caller,
            query=query,
            seconds=self.seconds,
            rows=self.rows,
            bytes=self.bytes,
            result=self.result,
            status=self.status,
            reason=reason[:LONGEST],
        )
        action, outcome = ACTIONS[PullResult(self.result)]
        with structlog.contextvars.bound_contextvars(**self.context):
            audit.services.record_with(
                insertion(pull),
                actor=actor,
                action=action,
                target=agreement,
                result=outcome,
                kind=self.kind,
                query=query,
                items=self.items,
                rows=self.rows,
                bytes=self.bytes,
                seconds=self.seconds,
                reason=reason,
                sha256=self.sha256,
            )


def _storable(text: str) -> str:
    """What callers write is told in refusals too, and the database takes not all of it."""
    return UNSTORABLE.sub("\ufffd", text)


def told(
    line: Line, agreement: Agreement, actor: Identity, taken: quotas.Taken | None
) -> dict[str, Any]:
    """The line as `running` keeps it, with what it takes to write and to settle it elsewhere.

    Rows and bytes stand by themselves, for they grow.
    """
    return {
        "rows": line.rows,
        "bytes": line.bytes,
        "line": asdict(line),
        "agreement": agreement.pk,
        "actor": asdict(actor),
        "taken": None if taken is None else asdict(taken),
    }


def note_left_behind() -> int:
    """Note the streams that died with their process; how many. May run twice, and beside itself."""
    return sum(_noted(left) for left in running.left_behind())


def _noted(left: running.Left) -> bool:
    given = left.told
    taken = None if given["taken"] is None else quotas.Taken(**given["taken"])
    # More was said than had left, but never more leaves than was allowed; 0 where that is not counted.
    rows = min(given["rows"], taken.rows) if taken and taken.rows else given["rows"]
    line = Line(**{**given["line"], "rows": rows, "bytes": given["bytes"]})
    with transaction.atomic():
        # Two sweeps at once wait for each other here.
        agreement = Agreement.objects.select_for_update(of=("self",), no_key=True).get(
            pk=given["agreement"]
        )
        written = Pull.objects.filter(receipt=left.receipt).first()
        if written is None:
            line.write(agreement, Identity(**given["actor"]))
    drawn = rows if written is None else written.rows
    if running.forget(left.receipt) and taken is not None:
        quotas.settle(taken, rows=drawn, is_counted=True)
    return written is None
