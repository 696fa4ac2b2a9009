"""Imports of a department, and what many entries at once are told of: files, submissions, decisions."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.db.models import Prefetch, QuerySet
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from catalog.bulk.layout import LANGUAGES
from catalog.bulk.writing import WrittenEntry
from catalog.completeness import Gap, gaps
from catalog.entry import entry_of, item_of
from catalog.models import BulkImport, DataItem, Move, Resource, ResourceState
from catalog.parties import Party
from catalog.permissions import Standing, acting_person, rights_in
from catalog.querysets import ResourceQuerySet
from catalog.selectors.tasks import waiting_for
from portal.common.decisions import ALLOWED, Decision, denied
from portal.common.errors import NotFound
from portal.organisation.models import DutyKind, User

MOST_AT_ONCE = 200
WRITTEN_AT_ONCE = 200
HEAVY = ("problems", "preview", "seen")


@dataclass(frozen=True, slots=True)
class ToSubmit:
    """A chosen entry, with what it lacks; `decision` is about this person."""

    resource: Resource
    gaps: Sequence[Gap]
    decision: Decision

    @property
    def is_ready(self) -> bool:
        return bool(self.decision) and not self.gaps


@dataclass(frozen=True, slots=True)
class ToDecide:
    """A chosen entry that waits for this person; `how` is approving or publishing."""

    resource: Resource
    how: Move
    decision: Decision


def imports_for(party: Party) -> QuerySet[BulkImport]:
    """The imports of the person's own department, latest first, without their long parts."""
    person = acting_person(party)
    return (
        BulkImport.objects.filter(department=person.department_id)
        .select_related("by", "applied_by", "undone_by")
        .defer(*HEAVY)
    )


def import_for(party: Party, pk: int) -> BulkImport:
    """One import with its problems; NotFound when it is another department's."""
    found = (
        BulkImport.objects.filter(department=acting_person(party).department_id, pk=pk)
        .select_related("department", "by", "applied_by", "undone_by")
        .defer("seen")
        .first()
    )
    if found is None:
        raise NotFound(_("There is no such import."))
    return found


def may_take_all(party: Party) -> Decision:
    """Whether somebody may take home all that they see, and not only their department's own."""
    if acting_person(party).has_duty(DutyKind.COMPETENT_OFFICER):
        return ALLOWED
    return denied(
        _("Only officers of the competent department take the entries of all departments.")
    )


def entries_to_write(party: Party, *, is_all: bool = False) -> Iterator[WrittenEntry]:
    """The department's entries but the withdrawn, or all that an officer sees; batch by batch."""
    person = acting_person(party)
    if is_all:
        may_take_all(person).enforce()
    found = Resource.objects.permitted(person, "view_resource" if is_all else "change_resource")
    return _written(found.filter(revision_of=None).exclude(state=ResourceState.WITHDRAWN))


def _written(found: ResourceQuerySet) -> Iterator[WrittenEntry]:
    listed = (
        found.select_related("department", "source_department")
        .prefetch_related(Prefetch("items", DataItem.objects.order_by("resource", "position")))
        .defer("search", "name_search")
        .order_by("pk")
    )
    with translation.override(LANGUAGES[0]):
        states = {state.value: str(state.label) for state in ResourceState}
    last = 0
    while batch := list(listed.filter(pk__gt=last)[:WRITTEN_AT_ONCE]):
        for resource in batch:
            source = resource.source_department
            moment = resource.published_at
            yield WrittenEntry(
                code=resource.code,
                entry=entry_of(resource),
                items=[item_of(item) for item in resource.items.all()],
                provider=resource.department.name,
                provider_code=resource.department.uscc,
                state=states[resource.state],
                published_on=timezone.localdate(moment) if moment else None,
                source_department=source.uscc if source else "",
            )
        last = batch[-1].pk


def chosen_to_submit(user: User, keys: Sequence[int]) -> list[ToSubmit]:
    """Entries of the own department among `keys`, in the order of their names; three queries."""
    found = (
        Resource.objects.permitted(user, "change_resource")
        .filter(pk__in=keys[:MOST_AT_ONCE])
        .select_related("department__region")
        .prefetch_related("items", "assessments")
        .defer("search", "name_search")
        .order_by("name", "pk")
    )
    chosen = []
    for resource in found:
        # The provider's own: the query has asked it, and nothing more is asked of one entry.
        standing = Standing(party=user, resource=resource, sees=True, owns=True)
        lacks = gaps(resource, list(resource.items.all()), list(resource.assessments.all()))
        chosen.append(ToSubmit(resource, lacks, rights_in(standing).submit))
    return chosen


def chosen_to_decide(user: User, keys: Sequence[int]) -> list[ToDecide]:
    """Entries that wait for this person among `keys`, longest first; one query."""
    chosen = []
    for resource in waiting_for(user).filter(pk__in=keys[:MOST_AT_ONCE]):
        owns = resource.department_id == user.department_id
        rights = rights_in(Standing(party=user, resource=resource, sees=True, owns=owns))
        if resource.state == ResourceState.HEAD_REVIEW:
            chosen.append(ToDecide(resource, Move.APPROVE, rights.approve))
        else:
            chosen.append(ToDecide(resource, Move.PUBLISH, rights.publish))
    return chosen
