"""Whatever syncs come between and beside pushes of changes: the table holds a state of the agreement."""

import random
import threading

import pytest
from django.db import connection

from sharing.models import PushMode, PushState
from tests.sharing.follower import row, sync

from .homes import pushed

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 8


def some_rows(chance: random.Random):
    """Any of a few rows, of which those of parent 1 are in the agreement's scope."""
    codes = chance.sample(range(1, 30), chance.randint(0, 25))
    return [row(i, chance.choice(["a", "b", None]), chance.choice(["1", "2"])) for i in codes]


def in_scope(rows):
    return sorted((code, name) for code, name, parent in rows if parent == "1")


@pytest.mark.parametrize("seed", range(3))
def test_syncs_between_and_beside_pushes(cast, batch, stored, home, seed):
    # given
    chance = random.Random(seed)  # noqa: S311 — a story, not a secret
    home.register(batch, cast.applicant, mode=PushMode.CHANGES)
    last = some_rows(chance)
    sync(stored, last)

    for _ in range(ROUNDS):
        # when one sync ends before the push, and perhaps another runs beside it
        last = some_rows(chance)
        sync(stored, last)
        beside = some_rows(chance) if chance.random() < 0.5 else None
        worker = threading.Thread(target=_synced, args=(stored, beside))
        if beside is not None:
            worker.start()
        push = pushed(batch, cast.applicant)
        if beside is not None:
            worker.join(60)

        # then the table is one of the states, as a whole, and the receipt knows it
        found = home.rows()
        states = [in_scope(last)] + ([in_scope(beside)] if beside is not None else [])
        assert found in states
        assert (push.state, push.is_equal) == (PushState.DELIVERED, True)
        assert push.found_rows == len(found)
        last = last if beside is None else beside

    # and at rest it is the last one
    pushed(batch, cast.applicant)
    assert home.rows() == in_scope(last)


def _synced(resource, rows):
    try:
        sync(resource, rows)
    finally:
        connection.close()
