"""Which moves a sync run can make from which state. The one table of this."""

from dataclasses import dataclass
from enum import StrEnum

from django.utils.translation import gettext_lazy as _

from catalog.models import RunState
from portal.common.errors import WrongState


class Move(StrEnum):
    BEGIN = "begin"
    WAIT = "wait"
    SUCCEED = "succeed"
    LEAVE = "leave"
    FAIL = "fail"
    CANCEL = "cancel"


@dataclass(frozen=True, slots=True)
class Rule:
    before: frozenset[str]
    after: RunState


# A run that is RUNNING begins anew when its worker has died.
RULES: dict[Move, Rule] = {
    Move.BEGIN: Rule(
        frozenset({RunState.QUEUED, RunState.RETRYING, RunState.RUNNING}), RunState.RUNNING
    ),
    Move.WAIT: Rule(frozenset({RunState.RUNNING}), RunState.RETRYING),
    Move.SUCCEED: Rule(frozenset({RunState.RUNNING}), RunState.SUCCEEDED),
    Move.LEAVE: Rule(frozenset({RunState.RUNNING}), RunState.UNCHANGED),
    Move.FAIL: Rule(
        frozenset({RunState.QUEUED, RunState.RETRYING, RunState.RUNNING}), RunState.FAILED
    ),
    Move.CANCEL: Rule(
        frozenset({RunState.QUEUED, RunState.RETRYING, RunState.RUNNING}), RunState.CANCELLED
    ),
}


def next_state(before: str, move: Move) -> RunState:
    rule = RULES[move]
    if before not in rule.before:
        raise WrongState(
            _("A run that is “%(state)s” cannot do this.") % {"state": RunState(before).label}
        )
    return rule.after
