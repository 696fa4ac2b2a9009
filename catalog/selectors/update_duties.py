"""The duties to update the catalogue as a list and as a page (Art. 17), and their clocks for others."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page
from django.db.models import Count, Exists, F, FilteredRelation, OuterRef, Prefetch, Q, QuerySet
from django.utils.translation import gettext as _

from catalog.deadlines import today
from catalog.duty_permissions import (
    DutyFacts,
    DutyRights,
    may_record,
    may_record_any,
    records_for_others,
    rights_in,
)
from catalog.duty_querysets import UpdateDutyQuerySet
from catalog.models import (
    CatalogueClock,
    CatalogueDeadline,
    DutyState,
    EntryState,
    Move,
    Resource,
    ResourceState,
    ResourceStep,
    UpdateDuty,
    UpdateDutyEntry,
    UpdateDutyStep,
    UpdateExtension,
)
from catalog.parties import Party
from catalog.querysets import ResourceQuerySet
from catalog.selectors.catalogue import CountedPaginator
from portal.common.decisions import Decision
from portal.common.errors import Invalid, NotFound
from portal.organisation.models import Department, User
from portal.workdays.clocks import RUNNING

PAGE_SIZE = 20
TABS = ("open", "overdue", "met", "all")


@dataclass(frozen=True, slots=True)
class DutyTab:
    name: str
    count: int
    is_current: bool


@dataclass(frozen=True, slots=True)
class DutyLine:
    """One duty in a list: the clock that matters now, and how many of its entries are submitted."""

    duty: UpdateDuty
    clock: CatalogueDeadline
    waits_for_consent: bool
    is_late: bool
    entries: int
    submitted: int


@dataclass(frozen=True, slots=True)
class DutyList:
    tabs: Sequence[DutyTab]
    page: "Page[UpdateDuty]"
    lines: Sequence[DutyLine]
    may_record: Decision
    is_region: bool


@dataclass(frozen=True, slots=True)
class EntryLine:
    """An entry concerned, as far as the reader may know of it: hidden ones have no resource."""

    entry: UpdateDutyEntry
    resource: Resource | None
    review: CatalogueDeadline | None
    can_count: bool


@dataclass(frozen=True, slots=True)
class DutyPage:
    duty: UpdateDuty
    clock: CatalogueDeadline
    extension: UpdateExtension | None
    entries: Sequence[EntryLine]
    steps: Sequence[UpdateDutyStep]
    known: frozenset[int]
    rights: DutyRights


def update_duties_for(party: Party, *, tab: str = "all") -> UpdateDutyQuerySet:
    """The duties that the party may know of, what is due first on top, closed ones last."""
    return (
        _told(party)
        .filter(_condition(tab))
        .select_related("department__region", "extension", "recorded_by__department")
        .prefetch_related(
            Prefetch("clocks", queryset=CatalogueDeadline.objects.order_by("due", "pk")),
            "entries",
        )
        .annotate(
            update=FilteredRelation("clocks", condition=Q(clocks__kind=CatalogueClock.UPDATE))
        )
        .order_by(F("done_at").desc(nulls_first=True), "update__due", "pk")
    )


def duty_list(user: User, *, tab: str = "open", number: int | str = 1) -> DutyList:
    """One page of the duties of the person's department or region; four queries."""
    tab = tab if tab in TABS else "open"
    counted = _told(user).aggregate(**{name: Count("pk", filter=_condition(name)) for name in TABS})
    found = update_duties_for(user, tab=tab)
    page = CountedPaginator(found, PAGE_SIZE, total=counted[tab]).get_page(number)
    return DutyList(
        tabs=[DutyTab(name, counted[name], name == tab) for name in TABS],
        page=page,
        lines=[_line(duty) for duty in page],
        may_record=may_record_any(user),
        is_region=user.department.is_competent,
    )


def update_duty_for(party: Party, pk: int) -> UpdateDuty:
    """The duty, with what its representation needs; NotFound when it is none of the party's business."""
    found = update_duties_for(party).filter(pk=pk).first()
    if found is None:
        raise NotFound(_("There is no such duty."))
    return found


def duty_page(user: User, pk: int) -> DutyPage:
    """All that the page of a duty shows; entries that the person may not know of stay nameless."""
    duty = update_duty_for(user, pk)
    clock = next(one for one in duty.clocks.all() if one.kind == CatalogueClock.UPDATE)
    extension = getattr(duty, "extension", None)
    entries = sorted(duty.entries.all(), key=lambda one: one.pk)
    steps = list(duty.steps.select_related("by__department", "resource"))
    keys = {one.resource_id for one in entries}
    keys |= {one.resource_id for one in steps if one.resource_id is not None}
    resources = (
        Resource.objects.permitted(user, "view_resource")
        .filter(pk__in=keys)
        .select_related("department__region")
        .defer("search", "name_search")
        .in_bulk()
    )
    reviews = {one.entry_id: one for one in duty.clocks.all() if one.entry_id is not None}
    submitted = _submitted_since(duty, [e for e in entries if e.state == EntryState.WAITING])
    rights = rights_in(user, DutyFacts(duty, clock, extension))
    return DutyPage(
        duty=duty,
        clock=clock,
        extension=extension,
        entries=[
            EntryLine(
                entry=one,
                resource=resources.get(one.resource_id),
                review=reviews.get(one.pk),
                can_count=bool(rights.answer) and one.resource_id in submitted,
            )
            for one in entries
        ],
        steps=steps,
        known=frozenset(resources),
        rights=rights,
    )


def steps_of(duty: UpdateDuty) -> list[UpdateDutyStep]:
    return list(duty.steps.select_related("by"))


def known_entries(party: Party, duty: UpdateDuty) -> list[UpdateDutyEntry]:
    """The duty's entries that the party may know of."""
    seen = Resource.objects.permitted(party, "view_resource").values("pk")
    return list(duty.entries.filter(resource__in=seen).select_related("resource").order_by("pk"))


def entries_to_name(user: User, department: Department) -> ResourceQuerySet:
    """Of which entries of the department the person may say that a change concerns them."""
    return (
        Resource.objects.permitted(user, "view_resource")
        .filter(department=department)
        .filter(revision_of=None)  # a change under way bears the code and the name of its entry
        .exclude(state=ResourceState.WITHDRAWN)
        .only("pk", "code", "name", "state")
        .order_by("name")
    )


def entry_of_code(user: User, code: str) -> Resource | None:
    """The entry of the person's own department with this code."""
    return Resource.objects.permitted(user, "change_resource").filter(code=code.strip()).first()


def departments_to_record_for(user: User) -> list[Department]:
    """The departments for which the person may record changes, the own one first."""
    own = [user.department] if may_record(user, user.department) else []
    if not records_for_others(user):
        return own
    others = Department.objects.filter(region=user.department.region_id, is_active=True)
    return [*own, *others.exclude(pk=user.department_id).select_related("region").order_by("name")]


def department_to_record_for(user: User, pk: int | None) -> Department:
    """The department that was named, the person's own when none was; asked before the right is."""
    if pk is None or pk == user.department_id:
        return user.department
    found = Department.objects.select_related("region").filter(pk=pk, is_active=True).first()
    if found is None:
        raise Invalid(
            _("There is no such department."),
            fields={"department": [_("There is no such department.")]},
        )
    return found


def clocks_on(resources: Iterable[Resource]) -> Mapping[int, CatalogueDeadline]:
    """By entry, the clock under which it waits for its reviewer; one query a kind of reviewer.

    For who approves in the department that is the clock of the update, for the competent department
    that of the review. Of several the first to end.
    """
    by_state: dict[str, list[int]] = {}
    for resource in resources:
        by_state.setdefault(resource.state, []).append(resource.pk)
    running = CatalogueDeadline.objects.filter(RUNNING).order_by("-due", "-pk")
    clocks: dict[int, CatalogueDeadline] = {}
    if approved := by_state.get(ResourceState.COMPETENT_REVIEW):
        reviews = running.filter(kind=CatalogueClock.REVIEW, entry__resource__in=approved)
        clocks |= {clock.concerned: clock for clock in _of_entry(reviews, "entry__resource")}
    if submitted := by_state.get(ResourceState.HEAD_REVIEW):
        updates = running.filter(
            kind=CatalogueClock.UPDATE,
            duty__entries__resource__in=submitted,
            duty__entries__state=EntryState.WAITING,
        )
        clocks |= {
            clock.concerned: clock for clock in _of_entry(updates, "duty__entries__resource")
        }
    return clocks


def _of_entry(clocks: "QuerySet[CatalogueDeadline]", resource: str) -> Iterable[Any]:
    return clocks.annotate(concerned=F(resource))


def _told(party: Party) -> UpdateDutyQuerySet:
    late = CatalogueDeadline.objects.filter(RUNNING, duty=OuterRef("pk"), due__lt=today())
    return UpdateDuty.objects.permitted(party).annotate(is_late=Exists(late))


def _condition(tab: str) -> Q:
    match tab:
        case "open":
            return ~Q(state=DutyState.DONE)
        case "overdue":
            return Q(is_late=True)
        case "met":
            return Q(state=DutyState.DONE)
    return Q()


def _line(duty: UpdateDuty) -> DutyLine:
    """While a review runs after the update, the one that ends first is what matters."""
    clocks = list(duty.clocks.all())
    update = next(one for one in clocks if one.kind == CatalogueClock.UPDATE)
    running = [one for one in clocks if one.is_running]
    extension = getattr(duty, "extension", None)
    entries = list(duty.entries.all())
    return DutyLine(
        duty=duty,
        clock=update if update.is_running or not running else running[0],
        waits_for_consent=update.is_running and extension is not None and not extension.is_decided,
        is_late=update.is_met_late,
        entries=len(entries),
        submitted=sum(one.received_at is not None for one in entries),
    )


def _submitted_since(duty: UpdateDuty, waiting: Sequence[UpdateDutyEntry]) -> set[int]:
    """Which of the waiting entries were submitted after the change, before it was recorded."""
    if not waiting:
        return set()
    return set(
        ResourceStep.objects.filter(
            resource__in=[one.resource_id for one in waiting],
            move__in=(Move.APPROVE, Move.WITHDRAW),
            at__gte=duty.begins_at,
        ).values_list("resource_id", flat=True)
    )
