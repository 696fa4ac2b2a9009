"""Which steps a case can take, from where to where."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from portal.common.errors import WrongState

from .models import CaseMove, CaseState


@dataclass(frozen=True, slots=True)
class Step:
    before: frozenset[CaseState]
    after: CaseState | None  # None: it stays where it is


CLOSED = frozenset({CaseState.TRUE, CaseState.FALSE})
# Which steps have to say why.
WORDS_NEEDED = frozenset({CaseMove.NOTE, CaseMove.CONFIRM, CaseMove.DISMISS, CaseMove.REOPEN})
STEPS: dict[CaseMove, Step] = {
    CaseMove.LOOK: Step(frozenset({CaseState.OPEN}), CaseState.LOOKED_AT),
    CaseMove.NOTE: Step(frozenset(CaseState), None),
    CaseMove.CONFIRM: Step(frozenset({CaseState.LOOKED_AT}), CaseState.TRUE),
    CaseMove.DISMISS: Step(frozenset({CaseState.LOOKED_AT}), CaseState.FALSE),
    CaseMove.REOPEN: Step(CLOSED, CaseState.LOOKED_AT),
}


def can(state: str, how: CaseMove) -> bool:
    return state in STEPS[how].before


def next_state(state: str, how: CaseMove) -> CaseState:
    """Where the case stands after the move; raises `WrongState` when it is not possible from here."""
    if not can(state, how):
        raise WrongState(
            _('The case is in the state "%(state)s": this step is not possible now.')
            % {"state": CaseState(state).label}
        )
    return STEPS[how].after or CaseState(state)
