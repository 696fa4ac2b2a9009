"""Demands, challenges and the three lists (清单), as pages, files and the API ask for them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.models import Resource, ResourceState, ResourceVersion, SharingAttribute
from portal.common.decisions import Decision
from portal.common.errors import NotFound
from portal.common.tasks import Task
from portal.common.text import Text
from portal.organisation.models import Department, DutyKind, User
from portal.organisation.selectors import departments
from sharing.matching.models import (
    OPEN,
    ChallengeOutcome,
    ClassificationChallenge,
    Demand,
    DemandMove,
    DemandState,
    DemandStep,
)
from sharing.matching.permissions import (
    may_challenge,
    may_decide_challenge,
    may_move,
    may_state_view,
)
from sharing.models import SharingRequest

MOST_COMPARED = 2000
TOLD_FOR = timedelta(days=30)
MOST_SIMILAR = 5
LEAST_ALIKE = 0.25
TABS: dict[str, tuple[Text, Q]] = {
    "open": (gettext_lazy("under way"), Q(state__in=OPEN)),
    "listed": (gettext_lazy("in the catalogue"), Q(state=DemandState.LISTED)),
    "refused": (gettext_lazy("refused"), Q(state=DemandState.REFUSED)),
    "all": (gettext_lazy("all"), Q()),
}


@dataclass(frozen=True, slots=True)
class Tab:
    key: str
    label: Text
    count: int


@dataclass(frozen=True, slots=True)
class DemandPage:
    demand: Demand
    steps: list[DemandStep]
    similar: list[Demand]
    merged: list[Demand]
    joined: list[Department]
    rights: dict[str, Decision]

    def may(self, how: DemandMove) -> bool:
        return bool(self.rights.get(how, False))


@dataclass(frozen=True, slots=True)
class ChallengePage:
    challenge: ClassificationChallenge
    may_view: Decision
    may_decide: Decision


def demands_for(
    user: User, *, tab: str = "all", q: str = "", ours: bool = False
) -> QuerySet[Demand]:
    """The list of demands, newest first; `ours`: posted, joined or matched by the own department."""
    found = Demand.objects.permitted(user)
    if tab in TABS:
        found = found.filter(TABS[tab][1])
    if q:
        found = found.filter(
            Q(title__icontains=q) | Q(description__icontains=q) | Q(number__iexact=q)
        )
    if ours:
        own = user.department_id
        found = found.filter(
            Q(department=own)
            | Q(matched_to=own)
            | Q(pk__in=Demand.joined.through.objects.filter(department=own).values("demand"))
        )
    return found.select_related("department", "matched_to", "resource").order_by(
        "-posted_at", "-pk"
    )


def demand_tabs(user: User, *, q: str = "", ours: bool = False) -> list[Tab]:
    wanted = {key: Count("pk", filter=tab) for key, (_label, tab) in TABS.items() if tab}
    found = demands_for(user, q=q, ours=ours).order_by()
    counts = found.aggregate(**wanted, all=Count("pk"))
    return [Tab(key, label, counts[key]) for key, (label, _wanted) in TABS.items()]


def demand_of(user: User, number: str) -> Demand:
    found = (
        Demand.objects.permitted(user)
        .select_related("department", "posted_by", "matched_to", "merged_into", "resource")
        .filter(number=number)
        .first()
    )
    if found is None:
        raise NotFound(_("There is no such demand."))
    return found


def demand_page(user: User, number: str, *, can: "Sequence[DemandMove]") -> DemandPage:
    """`can` are the moves that the demand's state lets happen."""
    demand = demand_of(user, number)
    return DemandPage(
        demand=demand,
        steps=list(demand.steps.select_related("by__department")),
        similar=similar_to(user, demand) if demand.is_open else [],
        merged=list(demand.merged.select_related("department")),
        joined=list(demand.joined.order_by("name")),
        rights={how: may_move(user, demand, how) for how in can},
    )


def similar_to(user: User, demand: Demand) -> list[Demand]:
    """Open demands whose words are like these, most alike first.

    Alike by pairs of characters of title and description: what two have in common of what both say.
    """
    mine = _pairs(f"{demand.title}{demand.title}{demand.description}")
    others = (
        Demand.objects.permitted(user)
        .filter(state__in=OPEN)
        .exclude(pk=demand.pk)
        .select_related("department")[:MOST_COMPARED]
    )
    scored = [(_alike(mine, _pairs(f"{one.title}{one.description}")), one) for one in others]
    close = sorted((pair for pair in scored if pair[0] >= LEAST_ALIKE), key=lambda pair: -pair[0])
    return [one for _score, one in close[:MOST_SIMILAR]]


def challenges_for(user: User) -> QuerySet[ClassificationChallenge]:
    return ClassificationChallenge.objects.permitted(user).select_related(
        "resource__department", "department", "by", "decided_by"
    )


def challenge_page(user: User, pk: int) -> ChallengePage:
    found = challenges_for(user).filter(pk=pk).first()
    if found is None:
        raise NotFound(_("There is no such challenge."))
    return ChallengePage(found, may_state_view(user, found), may_decide_challenge(user, found))


def challenged_resource(user: User, pk: int) -> tuple[Resource, Decision]:
    """An entry with whether the person may challenge how it is shared."""
    found = (
        Resource.objects.permitted(user, "view_resource")
        .select_related("department")
        .filter(pk=pk)
        .first()
    )
    if found is None:
        raise NotFound(_("There is no such resource."))
    return found, may_challenge(user, found)


def listed_entries(user: User, kind: str) -> QuerySet[Resource]:
    """The published entries of a list: what is to be shared (责任清单), or is not (负面清单)."""
    found = (
        Resource.objects.permitted(user, "view_resource")
        .filter(state=ResourceState.PUBLISHED)
        .select_related("department")
        .order_by("department__name", "code")
        .defer("search", "name_search")
    )
    if kind == "negative":
        return found.filter(sharing_attribute=SharingAttribute.NOT_SHARED)
    return found.exclude(sharing_attribute=SharingAttribute.NOT_SHARED)


def departments_to_match(demand: Demand) -> QuerySet[Department]:
    return departments().exclude(pk=demand.department_id).order_by("region__code", "name")


def entry_of(user: User, pk: int) -> Resource | None:
    """An entry that the person may see."""
    return Resource.objects.permitted(user, "view_resource").filter(pk=pk).first()


def own_entries(user: User) -> QuerySet[Resource]:
    """The published entries of the person's department, which can answer a demand."""
    return (
        Resource.objects.permitted(user, "view_resource")
        .filter(state=ResourceState.PUBLISHED, department=user.department_id)
        .order_by("name")
        .defer("search", "name_search")
    )


def tasks_for(user: User) -> Iterator[Task]:
    """What waits for the person: to match, to answer, to compile, to request, to decide."""
    officer = user.has_duty(DutyKind.COMPETENT_OFFICER) and user.department.is_competent
    works = user.has_duty(DutyKind.STEWARD, DutyKind.WORK_BODY_HEAD)
    wanted = _to_request(user)
    if officer:
        wanted |= Q(state=DemandState.POSTED, department__region=user.department.region_id) & ~Q(
            posted_by=user
        )
    if works:
        wanted |= Q(
            state__in=(DemandState.MATCHED, DemandState.ACCEPTED), matched_to=user.department_id
        )
    for one in Demand.objects.filter(wanted).select_related("department").distinct():
        yield _demand_task(one)
    yield from _challenge_tasks(user, officer=officer, works=works)


def _to_request(user: User) -> Q:
    """What the person has asked for and finds in the catalogue since: told for a while."""
    fresh = DemandStep.objects.filter(
        move=DemandMove.LINK, at__gte=timezone.now() - TOLD_FOR
    ).values("demand")
    asked = SharingRequest.objects.filter(requester=user.department_id).values("resource")
    mine = Q(posted_by=user) | Q(merged__posted_by=user)
    return mine & Q(state=DemandState.LISTED, pk__in=fresh) & ~Q(resource__in=asked)


def _demand_task(one: Demand) -> Task:
    words = {
        DemandState.POSTED: (
            _("Match the demand: %(title)s"),
            _("Match"),
            _("Nobody looks for the data."),
        ),
        DemandState.MATCHED: (
            _("Answer the demand: %(title)s"),
            _("Answer"),
            _("The other department does not learn whether you hold the data."),
        ),
        DemandState.ACCEPTED: (
            _("Put into the catalogue: %(title)s"),
            _("Look at it"),
            _("The demand stays open until it names a published entry."),
        ),
        DemandState.LISTED: (
            _("In the catalogue now: %(title)s"),
            _("Look at it"),
            _("Nothing is shared before you request it."),
        ),
    }
    title, action, consequence = words[DemandState(one.state)]
    return Task(
        kind=f"demand_{one.state}",
        title=title % {"title": one.title},
        detail=f"{one.number} · {one.department}",
        url=one.get_absolute_url(),
        action=action,
        consequence=consequence,
    )


def _challenge_tasks(user: User, *, officer: bool, works: bool) -> Iterator[Task]:
    wanted = Q(pk__in=[])
    if officer:
        wanted |= Q(decided_at=None, resource__department__region=user.department.region_id) & ~(
            Q(department=user.department_id) | Q(resource__department=user.department_id)
        )
    if works:
        # Until a version was published after the decision, or the entry is gone.
        changed = ResourceVersion.objects.filter(
            resource=OuterRef("resource"), published_at__gt=OuterRef("decided_at")
        )
        wanted |= Q(
            ~Exists(changed),
            outcome=ChallengeOutcome.REVIEW,
            resource__department=user.department_id,
            resource__state=ResourceState.PUBLISHED,
        )
    if wanted == Q(pk__in=[]):
        return
    found = ClassificationChallenge.objects.filter(wanted).select_related("resource", "department")
    for one in found:
        if one.is_open:
            title = _("Decide the challenge: %(resource)s")
            consequence = _("The entry is shared as it is until you decide (Art. 15).")
        else:
            title = _("Change how it is shared: %(resource)s")
            consequence = _("The competent department has decided that it has to change.")
        yield Task(
            kind="challenge_decide" if one.is_open else "challenge_review",
            title=title % {"resource": one.resource},
            detail=str(one.department),
            url=one.get_absolute_url(),
            action=_("Decide") if one.is_open else _("Look at it"),
            consequence=consequence,
        )


def _pairs(text: str) -> frozenset[str]:
    plain = "".join(sign for sign in text.lower() if sign.isalnum())
    return frozenset(plain[place : place + 2] for place in range(len(plain) - 1))


def _alike(one: frozenset[str], other: frozenset[str]) -> float:
    both = len(one | other)
    return len(one & other) / both if both else 0.0
