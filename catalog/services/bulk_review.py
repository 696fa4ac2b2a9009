"""Many entries submitted or decided on with one click, each by the service for one.

Each is an act of its own, in its own transaction: one entry that is refused must not keep the
others from their review, and who decides on twenty answers for twenty decisions, not for one.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from catalog.models import Move, Resource
from catalog.services import review
from portal.common.errors import DomainError
from portal.organisation.models import User


@dataclass(frozen=True, slots=True)
class Chosen:
    """An entry as the person saw it when they chose it."""

    resource: Resource
    version: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one: `refused` is empty when it was done, else why not."""

    resource: Resource
    refused: Sequence[str] = ()

    @property
    def is_done(self) -> bool:
        return not self.refused


def submit_each(*, chosen: Sequence[Chosen], by: User) -> list[Outcome]:
    return [
        _tried(one, partial(review.submit, resource=one.resource, version=one.version, by=by))
        for one in chosen
    ]


def decide_each(
    *, chosen: Sequence[tuple[Chosen, Move]], opinion: str = "", by: User
) -> list[Outcome]:
    """Approve or publish each, as its state asked when it was chosen."""
    acts = {Move.APPROVE: review.approve, Move.PUBLISH: review.publish}
    return [
        _tried(
            one,
            partial(acts[how], resource=one.resource, version=one.version, opinion=opinion, by=by),
        )
        for one, how in chosen
    ]


def _tried(one: Chosen, act: Callable[[], Resource]) -> Outcome:
    try:
        return Outcome(act())
    except DomainError as refusal:
        words = [str(word) for told in refusal.fields.values() for word in told]
        return Outcome(one.resource, words or [str(refusal.message)])
