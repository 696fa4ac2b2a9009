"""A canary row is pushed as any row is, counted on both sides, and follows its key in pushes of changes."""

import pytest

from sharing.models import PushMode, PushState, WhyWhole
from tests.agreements import confirmed, proposed
from tests.sharing.canary import code_of, with_canary
from tests.sharing.follower import row, sync

from .homes import pushed

pytestmark = pytest.mark.django_db(transaction=True)
ROWS = [row(1), row(2), row(3)]


def held(rows, *more):
    return [*((code, name) for code, name, _parent in rows), *more]


def is_whole_and_equal(push, *, rows):
    assert (push.state, push.is_equal) == (PushState.DELIVERED, True)
    assert push.agreed_rows == push.found_rows == rows


def test_a_full_push_has_it_and_sums_agree(cast, batch, home):
    planted = with_canary(cast, batch)
    home.register(planted, cast.applicant)

    push = pushed(planted, cast.applicant)

    assert home.rows() == held(ROWS, (code_of(planted), "虚构户"))
    is_whole_and_equal(push, rows=4)
    assert (push.rows, push.inserted) == (4, 4)


def test_pushes_of_changes_bring_it_take_it_and_follow_a_real_row_of_its_key(
    cast, batch, stored, home
):
    # given pushes of changes before there is one
    home.register(batch, cast.applicant, mode=PushMode.CHANGES)
    pushed(batch, cast.applicant)

    # when it is agreed, then other terms want all rows once
    planted = with_canary(cast, batch)
    code = code_of(planted)
    push = pushed(planted, cast.applicant)
    assert (push.kind, push.why_whole) == (PushMode.FULL, WhyWhole.TERMS)
    assert home.rows() == held(ROWS, (code, "虚构户"))
    is_whole_and_equal(push, rows=4)

    # and a real row takes its place, leaves the scope, and goes
    for real, shown in (
        ([(code, "real", "1")], [(code, "real")]),
        ([(code, "real", "2")], []),
        ([], [(code, "虚构户")]),
    ):
        sync(stored, [*ROWS, *real])
        push = pushed(planted, cast.applicant)
        assert push.kind == PushMode.CHANGES
        assert home.rows() == held(ROWS, *shown)
        is_whole_and_equal(push, rows=3 + len(shown))

    # and when it is left out again, it goes
    proposed(planted, cast.applicant, canary={})
    agreement = confirmed(planted, cast.provider_head, cast.head)
    push = pushed(agreement, cast.applicant)
    assert home.rows() == held(ROWS)
    is_whole_and_equal(push, rows=3)
