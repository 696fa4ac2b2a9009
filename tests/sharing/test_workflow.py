import pytest

from portal.common.errors import StaleVersion, WrongState
from sharing.models import AgreementState, RequestState, RequestStep
from sharing.workflow import AgreementMove, Move, can, move

MOVES = {
    ("draft", "submit"): "internal_review",
    ("returned", "submit"): "internal_review",
    ("internal_review", "send_back"): "returned",
    ("internal_review", "approve"): "received",
    ("received", "agree"): "agreed",
    ("received", "refuse"): "refused",
    ("draft", "withdraw"): "withdrawn",
    ("internal_review", "withdraw"): "withdrawn",
    ("returned", "withdraw"): "withdrawn",
    ("received", "withdraw"): "withdrawn",
}
AGREEMENT_MOVES = {
    ("pending", "activate"),
    ("pending", "terminate"),
    ("active", "terminate"),
    ("pending", "expire"),
    ("active", "expire"),
}


@pytest.mark.parametrize("how", list(Move))
@pytest.mark.parametrize("state", list(RequestState))
def test_every_state_meets_every_move(draft, cast, state, how):
    # given
    type(draft).objects.filter(pk=draft.pk).update(
        state=state, refusal_reason="duplicate" if state == RequestState.REFUSED else ""
    )
    write = {"refusal_reason": "duplicate"} if how == Move.REFUSE else None
    expected = MOVES.get((state.value, how.value))
    before = RequestStep.objects.count()

    # when
    if expected is None:
        with pytest.raises(WrongState):
            move(draft.pk, how, by=cast.applicant, write=write)
    else:
        move(draft.pk, how, by=cast.applicant, write=write)

    # then
    draft.refresh_from_db()
    assert draft.state == (expected or state)
    assert draft.version == (2 if expected else 1)
    assert RequestStep.objects.count() == before + (1 if expected else 0)
    assert can(state, how) is (expected is not None)


@pytest.mark.parametrize("how", list(AgreementMove))
@pytest.mark.parametrize("state", list(AgreementState))
def test_the_agreements_table_is_as_agreed(state, how):
    assert can(state, how) is ((state.value, how.value) in AGREEMENT_MOVES)


def test_nobody_decides_on_words_they_have_not_seen(draft, cast):
    with pytest.raises(StaleVersion):
        move(draft.pk, Move.SUBMIT, by=cast.applicant, version=7)

    draft.refresh_from_db()
    assert (draft.state, draft.version) == ("draft", 1)
