"""The life of an entry: one table of moves, and one function that moves a state.

Decree 809: the department head approves (Art. 13), the competent department reviews, publishes and
announces (Art. 16). Being sent back, with reasons, is ours: the Decree names only "passes review".

A change of a published entry goes the same way as a row of its own. Where an entry would be
published, MERGE ends the change and RENEW marks the entry, which was published all the time.
"""

from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audit.services import record
from portal.common.errors import WrongState
from portal.organisation.models import User

from .models import IN_REVIEW, UNFINISHED, Move, Resource, ResourceState, ResourceStep
from .projection import visible_to_of


@dataclass(frozen=True, slots=True)
class Rule:
    """From which states a move is possible, and to which it leads."""

    sources: frozenset[ResourceState]
    target: ResourceState


RULES: dict[Move, Rule] = {
    Move.SUBMIT: Rule(
        frozenset({ResourceState.DRAFT, ResourceState.RETURNED}), ResourceState.HEAD_REVIEW
    ),
    Move.APPROVE: Rule(frozenset({ResourceState.HEAD_REVIEW}), ResourceState.COMPETENT_REVIEW),
    Move.PUBLISH: Rule(frozenset({ResourceState.COMPETENT_REVIEW}), ResourceState.PUBLISHED),
    Move.SEND_BACK: Rule(
        frozenset({ResourceState.HEAD_REVIEW, ResourceState.COMPETENT_REVIEW}),
        ResourceState.RETURNED,
    ),
    Move.WITHDRAW: Rule(frozenset({ResourceState.PUBLISHED}), ResourceState.WITHDRAWN),
    Move.RENEW: Rule(frozenset({ResourceState.PUBLISHED}), ResourceState.PUBLISHED),
    Move.MERGE: Rule(frozenset({ResourceState.COMPETENT_REVIEW}), ResourceState.MERGED),
    Move.DISCARD: Rule(frozenset({*UNFINISHED, *IN_REVIEW}), ResourceState.DISCARDED),
}

# Whose hand a move is, kept on the entry so that the next one is another's.
HANDS: dict[Move, str] = {Move.SUBMIT: "submitted_by", Move.APPROVE: "approved_by"}


def is_possible(state: str, how: Move) -> bool:
    return state in RULES[how].sources


def next_state(resource: Resource, how: Move) -> ResourceState:
    """Where `how` leads from the entry's state; raises WrongState, with that state's label."""
    if not is_possible(resource.state, how):
        raise wrong_state(resource)
    return RULES[how].target


def wrong_state(resource: Resource) -> WrongState:
    return WrongState(
        _('This is not possible now: the entry "%(name)s" is in the state "%(state)s".')
        % {"name": resource.name, "state": resource.get_state_display()}
    )


def locked(resource_id: int) -> Resource:
    """The entry as it is now, kept from other writers until the transaction ends."""
    return (
        Resource.objects.select_for_update(of=("self",))
        .select_related("department__region")
        .defer("search", "name_search")
        .get(pk=resource_id)
    )


@transaction.atomic
def move(resource_id: int, how: Move, *, by: User, opinion: str = "") -> Resource:
    """Lock the row, check the move, write the state, who sees it, its step and its audit entry.

    The caller has asked whether `by` may do it, of the same locked row.
    """
    resource = locked(resource_id)
    before = resource.state
    resource.state = next_state(resource, how)
    resource.state_since = timezone.now()
    resource.version += 1
    written = ["state", "state_since", "version", "updated_at", "visible_to"]
    if how == Move.PUBLISH:
        resource.published_at = resource.state_since
        written.append("published_at")
    if hand := HANDS.get(how):
        setattr(resource, hand, by)
        written.append(hand)
    resource.visible_to = visible_to_of(resource)
    resource.save(update_fields=written)
    ResourceStep.objects.create(
        resource=resource,
        move=how,
        before=before,
        after=resource.state,
        by=by,
        opinion=opinion,
        at=resource.state_since,
    )
    record(
        actor=by,
        action=f"catalog.resource.{how}",
        target=resource,
        before=before,
        after=resource.state,
        version=resource.version,
        opinion=opinion,
    )
    return resource
