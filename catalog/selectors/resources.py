"""What is told of single entries, and of a department's own."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.core.paginator import Page
from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from catalog.completeness import Gap, gaps
from catalog.models import (
    ENDED,
    UNFINISHED,
    Announcement,
    Assessment,
    DataItem,
    Move,
    Resource,
    ResourceState,
    ResourceStep,
    Visibility,
)
from catalog.parties import Party
from catalog.permissions import Rights, may_see_work, rights_in, standing_of
from catalog.querysets import audience_of
from catalog.selectors import classification
from catalog.selectors.audience import audience_in_words, division_name
from catalog.selectors.catalogue import CountedPaginator, users_of
from catalog.selectors.related import Related, RequestedToo, often_requested_with, related_to
from portal.common.errors import NotFound
from portal.organisation.models import User

MINE_PAGE_SIZE = 20


@dataclass(frozen=True, slots=True)
class ResourcePage:
    """All that the page of an entry shows to one party; work is its provider's and reviewer's.

    `open_change` is the key of the change of it that is under way, told to the provider.
    """

    resource: Resource
    items: Sequence[DataItem]
    rights: Rights
    sees_work: bool
    assessments: Sequence[Assessment]
    steps: Sequence[ResourceStep]
    gaps: Sequence[Gap]
    users: int
    open_change: int | None
    is_being_changed: bool
    related: Sequence[Related]
    requested_too: Sequence[RequestedToo]
    classification: str
    spatial: str
    audience: Sequence[str]

    @property
    def personal_items(self) -> int:
        return sum(item.is_personal for item in self.items)


@dataclass(frozen=True, slots=True)
class Tab:
    """One state of the department's entries, with how many are in it."""

    name: str
    count: int
    is_current: bool


@dataclass(frozen=True, slots=True)
class MyResources:
    tabs: Sequence[Tab]
    page: "Page[Resource]"


TABS: dict[str, tuple[str, ...]] = {
    "all": tuple(state for state in ResourceState.values if state not in ENDED),
    "draft": (ResourceState.DRAFT,),
    "returned": (ResourceState.RETURNED,),
    "review": (ResourceState.HEAD_REVIEW, ResourceState.COMPETENT_REVIEW),
    "published": (ResourceState.PUBLISHED,),
    "withdrawn": (ResourceState.WITHDRAWN,),
}


def resource_for(party: Party, pk: int) -> Resource:
    """The entry, asked of the facts; NotFound when it is none of the party's business."""
    found = (
        Resource.objects.truly_visible(party)
        .select_related(
            "department__region", "source_department", "edited_by", "submitted_by", "approved_by"
        )
        .defer("search", "name_search")
        .filter(pk=pk)
        .first()
    )
    if found is None:
        raise NotFound(_("There is no such resource."))
    return found


def resource_page(party: Party, pk: int) -> ResourcePage:
    resource = resource_for(party, pk)
    standing = standing_of(party, resource)
    sees_work = may_see_work(standing)
    items = list(resource.items.order_by("position"))
    assessments: list[Assessment] = []
    steps: list[ResourceStep] = []
    if sees_work:
        assessments = list(resource.assessments.select_related("by__department").order_by("-kind"))
        steps = _steps_of(resource)
    unfinished = standing.owns and resource.state in UNFINISHED
    return ResourcePage(
        resource=resource,
        items=items,
        rights=rights_in(standing),
        sees_work=sees_work,
        assessments=assessments,
        steps=steps,
        gaps=gaps(resource, items, assessments) if unfinished else [],
        users=users_of([resource.pk]).get(resource.pk, 0),
        open_change=standing.open_change if standing.owns else None,
        is_being_changed=sees_work and standing.open_change is not None,
        related=related_to(party, resource),
        requested_too=often_requested_with(party, resource),
        classification=classification.name_of(resource),
        spatial=division_name(resource.spatial_code),
        audience=audience_in_words(resource) if resource.visibility == Visibility.LISTED else [],
    )


def _steps_of(resource: Resource) -> list[ResourceStep]:
    """What happened to the entry, and to the changes that were taken over into it."""
    taken_over = Q(resource__revision_of=resource, resource__state=ResourceState.MERGED)
    return list(
        ResourceStep.objects.filter(Q(resource=resource) | taken_over & ~Q(move=Move.MERGE))
        .select_related("by__department")
        .order_by("-at", "-id")
    )


def items_of(resource: Resource) -> list[DataItem]:
    return list(resource.items.order_by("position"))


def my_resources(user: User, *, tab: str = "all", number: int | str = 1) -> MyResources:
    """The entries of the person's department by state, the latest moved first; two queries."""
    tab = tab if tab in TABS else "all"
    mine = Resource.objects.permitted(user, "change_resource")
    counted = mine.aggregate(
        **{name: Count("pk", filter=Q(state__in=states)) for name, states in TABS.items()}
    )
    tabs = [Tab(name, counted[name], name == tab) for name in TABS]
    listed = (
        mine.filter(state__in=TABS[tab])
        .select_related("department__region", "edited_by")
        .defer("search", "name_search")
        .annotate(item_count=Count("items"))
        .order_by("-state_since", "-id")
    )
    paginator = CountedPaginator(listed, MINE_PAGE_SIZE, total=counted[tab])
    return MyResources(tabs=tabs, page=paginator.get_page(number))


def announcements_recent(party: Party) -> QuerySet[Announcement]:
    """The notices of the catalogue's changes that reached the party, latest first.

    Each tells by `can_open` whether its entry can still be looked at.
    """
    seen = Resource.objects.permitted(party, "view_resource").values("pk")
    return (
        Announcement.objects.filter(announced_to__overlap=audience_of(party))
        .select_related("resource__department")
        .defer("resource__search", "resource__name_search")
        .annotate(can_open=Q(resource__in=seen))
    )
