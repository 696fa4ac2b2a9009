"""Where the data of a resource come from and who draws them, as far as one party may know."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count

from catalog.models import Resource, SyncJob
from catalog.parties import Party, Visitor
from catalog.selectors import resource_for
from catalog.selectors.catalogue import users_of
from catalog.selectors.sync import jobs_for
from sharing.models import Agreement, AgreementState

MOST_NAMED = 50


@dataclass(frozen=True, slots=True)
class Lineage:
    """`agreements` and the numbers `by_state` are of those that the party may see, others nowhere.

    `users` is how many departments draw the data now, which everybody who sees the entry is told.
    `job` is None for those who may not look at the provider's sources.
    """

    resource: Resource
    job: SyncJob | None
    by_state: Sequence[tuple[AgreementState, int]]
    agreements: Sequence[Agreement]
    users: int

    @property
    def total(self) -> int:
        return sum(number for _state, number in self.by_state)

    @property
    def unnamed(self) -> int:
        return self.total - len(self.agreements)


def lineage_of(party: Party, pk: int) -> Lineage:
    """Five queries, and one for the duties of the party.

    NotFound when the entry is none of the party's business.
    """
    resource = resource_for(party, pk)
    job = None
    seen = Agreement.objects.none()
    if not isinstance(party, Visitor):
        job = jobs_for(party).filter(resource=resource).first()
        seen = Agreement.objects.permitted(party).filter(resource=resource)
    counted = dict(
        seen.order_by()
        .values_list("state")
        .annotate(number=Count("pk"))
        .values_list("state", "number")
    )
    named = seen.select_related("requester").order_by("-created_at", "-id")[:MOST_NAMED]
    return Lineage(
        resource=resource,
        job=job,
        by_state=[(state, counted[state]) for state in AgreementState if counted.get(state)],
        agreements=list(named) if counted else [],
        users=users_of([resource.pk]).get(resource.pk, 0),
    )
