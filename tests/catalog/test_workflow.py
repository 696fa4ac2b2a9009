"""The life of an entry: every move in every state, against the table of the requirements."""

import pytest

from audit.models import Entry
from catalog.models import IN_REVIEW, UNFINISHED, Move, ResourceState, ResourceStep
from catalog.workflow import RULES, move
from portal.common.errors import WrongState
from tests.factories import ResourceFactory, UserFactory

REQUIRED = {
    ("published", "renew"): "published",
    ("competent_review", "merge"): "merged",
    **{
        (state, "discard"): "discarded"
        for state in ("draft", "returned", "head_review", "competent_review")
    },
    ("draft", "submit"): "head_review",
    ("returned", "submit"): "head_review",
    ("head_review", "approve"): "competent_review",
    ("head_review", "send_back"): "returned",
    ("competent_review", "publish"): "published",
    ("competent_review", "send_back"): "returned",
    ("published", "withdraw"): "withdrawn",
}


OF_BOTH = {*UNFINISHED, *IN_REVIEW}


def test_the_table_is_the_required_one():
    found = {
        (str(source), str(how)): str(rule.target)
        for how, rule in RULES.items()
        for source in rule.sources
    }

    assert found == REQUIRED


@pytest.mark.parametrize("how", list(Move))
@pytest.mark.parametrize("state", list(ResourceState))
def test_a_move_is_made_from_its_states_only(db, state, how):
    # given
    of_changes = {"revision_of": ResourceFactory(state="published")}
    is_of_changes = how in {Move.MERGE, Move.DISCARD} and state in OF_BOTH
    resource = ResourceFactory(state=state, **of_changes if is_of_changes else {})
    by = UserFactory(department=resource.department)
    target = REQUIRED.get((str(state), str(how)))

    if target is None:
        # when
        with pytest.raises(WrongState) as refused:
            move(resource.pk, how, by=by)

        # then
        assert str(state.label) in str(refused.value.message)
        resource.refresh_from_db()
        assert (resource.state, resource.version) == (state, 1)
        assert not ResourceStep.objects.exists()
        assert not Entry.objects.exists()
        return

    # when
    moved = move(resource.pk, how, by=by, opinion="意见")

    # then
    resource.refresh_from_db()
    assert (moved.state, resource.state, resource.version) == (target, target, 2)
    step = ResourceStep.objects.get()
    assert (step.move, step.before, step.after, step.opinion) == (how, state, target, "意见")
    assert step.by == by
    entry = Entry.objects.get()
    assert entry.action == f"catalog.resource.{how}"
    assert entry.target_id == str(resource.pk)
    assert entry.data["before"] == state
    assert entry.data["after"] == target
