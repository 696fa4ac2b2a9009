import pytest

from audit.models import Entry
from portal.common.errors import WrongState
from sharing.models import AgreementState, AgreementStep, RequestState, RequestStep
from sharing.workflow import AGREEMENT_RULES, RULES, AgreementMove, Move, can, move, move_agreement

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
    ("supplement", "withdraw"): "withdrawn",
    ("offered", "withdraw"): "withdrawn",
    ("received", "ask_supplement"): "supplement",
    ("supplement", "submit"): "internal_review",
    ("received", "offer"): "offered",
    ("offered", "accept"): "agreed",
    ("offered", "decline"): "refused",
    ("received", "ask_extension"): "received",
    ("received", "extend"): "received",
    ("received", "deny_extension"): "received",
    ("refused", "dispute"): "refused",
    ("refused", "uphold"): "refused",
    ("refused", "reopen"): "received",
}
LIVE = ("awaiting", "pending", "active", "suspended", "rectifying")
AGREEMENT_MOVES = {
    **{(state, "propose"): state for state in ("awaiting", "pending", "active")},
    **{(state, "confirm"): state for state in ("awaiting", "pending", "active")},
    **{(state, "retract"): state for state in ("pending", "active")},
    **{(state, "adopt"): state for state in ("pending", "active")},
    **{(state, "consult"): state for state in ("pending", "active")},
    **{(state, "answer"): state for state in ("pending", "active")},
    ("awaiting", "conclude"): "pending",
    ("pending", "activate"): "active",
    ("active", "suspend"): "suspended",
    ("suspended", "rectify"): "rectifying",
    ("rectifying", "report"): "rectifying",
    ("suspended", "restore"): "active",
    ("rectifying", "restore"): "active",
    **{(state, "terminate"): "terminated" for state in LIVE},
    **{(state, "expire"): "expired" for state in LIVE},
}


@pytest.mark.parametrize("how", list(Move))
@pytest.mark.parametrize("state", list(RequestState))
def test_every_state_meets_every_move(draft, cast, state, how):
    # given
    type(draft).objects.filter(pk=draft.pk).update(
        state=state, refusal_reason="duplicate" if state == RequestState.REFUSED else ""
    )
    write = {"refusal_reason": "duplicate"} if how in {Move.REFUSE, Move.DECLINE} else None
    expected = MOVES.get((state.value, how.value))
    before, entries = RequestStep.objects.count(), Entry.objects.count()

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
    assert Entry.objects.count() == entries + (1 if expected else 0)
    assert can(state, how) is (expected is not None)


@pytest.mark.parametrize("how", list(AgreementMove))
@pytest.mark.parametrize("state", list(AgreementState))
def test_the_agreements_table_is_as_agreed(state, how):
    assert can(state, how) is ((state.value, how.value) in AGREEMENT_MOVES)


def test_the_tables_name_every_move_but_the_first():
    assert set(RULES) == set(Move) - {Move.START}
    assert set(AGREEMENT_RULES) == set(AgreementMove) - {AgreementMove.MAKE}


@pytest.mark.parametrize("how", list(AgreementMove))
@pytest.mark.parametrize("state", list(AgreementState))
def test_every_state_of_an_agreement_meets_every_move(agreement, cast, state, how):
    # given
    type(agreement).objects.filter(pk=agreement.pk).update(state=state)
    agreement.refresh_from_db()
    counts = (AgreementStep.objects.count(), Entry.objects.count())
    after = AGREEMENT_MOVES.get((state.value, how.value))

    # when
    if after is None:
        with pytest.raises(WrongState) as refused:
            move_agreement(agreement, how, by=cast.head)
        assert refused.value.status == 409
        expected, more = state, 0
    else:
        move_agreement(agreement, how, by=cast.head)
        expected, more = after, 1

    # then
    agreement.refresh_from_db()
    assert agreement.state == expected
    assert (AgreementStep.objects.count(), Entry.objects.count()) == (
        counts[0] + more,
        counts[1] + more,
    )
