"""The versions of an entry, and what differs between any two of them, in words."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from catalog.models import ENDED, DataItem, Resource, ResourceVersion, SyncJob
from catalog.parties import Party
from catalog.permissions import Rights, may_see_work, rights_in, standing_of
from catalog.querysets import audience_of
from catalog.selectors.comparison import Comparison, compare, listed
from catalog.selectors.resources import resource_for
from catalog.snapshot import Snapshot, snapshot_in, snapshot_of
from catalog.store.reshape import reshaping
from catalog.structure import check_structure, drawing, restructuring, table_for
from portal.common.errors import DomainError, NotFound

__all__ = ["Change", "Versions", "change_of", "compare", "effects_of", "versions_of"]


@dataclass(frozen=True, slots=True)
class Effect:
    """What a change does outside the entry; `tone` is that of a check list, "bad" forbids it."""

    tone: str
    words: str


@dataclass(frozen=True, slots=True)
class Change:
    """A change of a published entry, beside the entry as it is published or was before."""

    resource: Resource
    live: Resource
    comparison: Comparison
    effects: Sequence[Effect]


@dataclass(frozen=True, slots=True)
class Versions:
    """The versions of an entry that the party may read, latest first; `latest` is its number.

    `open_change` is the key of the change that is under way, told to the provider.
    """

    resource: Resource
    listed: QuerySet[ResourceVersion]
    latest: int
    sees_work: bool
    rights: Rights
    open_change: int | None

    def numbered(self, number: int) -> ResourceVersion:
        found = self.listed.filter(number=number).first()
        if found is None:
            raise NotFound(_("There is no such version."))
        return found


def versions_of(party: Party, pk: int) -> Versions:
    """Those that were published to the party, and the latest; all for those who work on the entry.

    NotFound when the entry is none of the party's business. Of a change, those of its entry.
    """
    resource = resource_for(party, pk)
    if resource.revision_of_id is not None:
        resource = resource_for(party, resource.revision_of_id)
    standing = standing_of(party, resource)
    sees_work = may_see_work(standing)
    kept = resource.versions.select_related("published_by__department", "step").order_by("-number")
    latest = kept.values_list("number", flat=True).first() or 0
    if not sees_work:
        kept = kept.filter(Q(number=latest) | Q(visible_to__overlap=audience_of(party)))
    change = standing.open_change if standing.owns else None
    return Versions(resource, kept, latest, sees_work, rights_in(standing), change)


def change_of(resource: Resource) -> Change | None:
    """What the change would do, or did, to its entry; None for an entry of its own.

    The caller has found that the reader may see the change.
    """
    live = resource.revision_of
    if live is None:
        return None
    items = list(resource.items.order_by("position"))
    before, effects = _base_of(resource, live), list[Effect]()
    if resource.state not in ENDED:
        effects = effects_of(live, items)
    return Change(resource, live, compare(before, snapshot_of(resource, items)), effects)


def effects_of(live: Resource, items: Sequence[DataItem]) -> list[Effect]:
    """What its steward and its reviewers have to know before the change is published."""
    found = restructuring(list(live.items.order_by("position")), items)
    told: list[Effect] = []
    try:
        check_structure(live, items)
    except DomainError as refusal:
        return [Effect("bad", str(refusal.message))]
    if departments := drawing(live):
        words = _(
            "%(departments)s draw its rows. They go on getting what was agreed; a new item reaches"
            " nobody before an agreement names it."
        )
        told.append(Effect("warn", words % {"departments": listed(departments)}))
    job = SyncJob.objects.filter(resource=live).first()
    unmapped = [item.name for item in found.added if not job or item.column not in job.mapping]
    if live.has_rows and unmapped:
        words = _("Empty until the sync job maps them to a column of the source: %(items)s.")
        told.append(Effect("warn", words % {"items": listed(unmapped)}))
    if live.has_rows and found:
        with connection.cursor() as wrapped:
            planned = reshaping(wrapped.cursor, table_for(live, items))
        if planned.loses_rows:
            words = _(
                "The rows in the store do not fit this change. They are removed when it is"
                " published, and nobody can draw any until the next sync brings them back."
            )
            told.append(Effect("warn", words))
        elif planned.drop:
            words = _("Leave the store with all their values: %(items)s.")
            told.append(
                Effect("warn", words % {"items": listed(item.name for item in found.removed)})
            )
    return told


def _base_of(change: Resource, live: Resource) -> Snapshot:
    """What the change began from: the entry as it is, or as it was when an ended change began."""
    if change.state in ENDED:
        before = live.versions.filter(published_at__lte=change.created_at).order_by("-number")
        if version := before.first():
            return snapshot_in(version)
    return snapshot_of(live, list(live.items.order_by("position")))
