import pytest

from catalog.models import RunState
from catalog.sources.workflow import Move, next_state
from portal.common.errors import WrongState

QUEUED, RUNNING, RETRYING, SUCCEEDED, FAILED, CANCELLED, UNCHANGED = RunState.values

MOVES = {
    (QUEUED, Move.BEGIN): RUNNING,
    (RETRYING, Move.BEGIN): RUNNING,
    (RUNNING, Move.BEGIN): RUNNING,
    (RUNNING, Move.WAIT): RETRYING,
    (RUNNING, Move.SUCCEED): SUCCEEDED,
    (RUNNING, Move.LEAVE): UNCHANGED,
    (QUEUED, Move.FAIL): FAILED,
    (RETRYING, Move.FAIL): FAILED,
    (RUNNING, Move.FAIL): FAILED,
    (QUEUED, Move.CANCEL): CANCELLED,
    (RETRYING, Move.CANCEL): CANCELLED,
    (RUNNING, Move.CANCEL): CANCELLED,
}


@pytest.mark.parametrize("move", Move)
@pytest.mark.parametrize("state", RunState.values)
def test_a_run_moves_as_the_table_says(state, move):
    if (state, move) in MOVES:
        assert next_state(state, move) == MOVES[state, move]
    else:
        with pytest.raises(WrongState):
            next_state(state, move)
