"""Changing a published entry: a draft beside it, and what becomes of it. Every version is kept."""

from collections.abc import Sequence

from django.db import connection, transaction
from django.db.models import CharField, F, Max, Value
from django.db.models.functions import Cast, Concat
from django.utils.translation import gettext as _

from audit.services import record
from catalog import search
from catalog.entry import BINDINGS, ITEM_FIELDS, entry_of
from catalog.models import (
    Announcement,
    Assessment,
    DataItem,
    Move,
    Resource,
    ResourceStep,
    ResourceVersion,
    Work,
)
from catalog.permissions import check_change, open_changes
from catalog.projection import visible_to_of
from catalog.services import duplicates
from catalog.services.audience import settle_audience
from catalog.services.resources import checked, save_entry, stale
from catalog.snapshot import snapshot_of
from catalog.sources import lock
from catalog.store.errors import StoreRefusal
from catalog.store.reshape import reshape, reshaping
from catalog.structure import check_structure, table_for
from catalog.workflow import locked, move, wrong_state
from portal.common.errors import DomainError, WrongState
from portal.common.plain_text import plain_words
from portal.organisation.models import User

HANDS = ("edited_by", "submitted_by", "approved_by")


@transaction.atomic
def start_revision(*, resource: Resource, version: int, by: User) -> Resource:
    """Begin a change of the published entry: a draft that says what the entry says now.

    The entry stays as it is, and seen, until the change is published. WrongState with the code
    `change_open` while another change of it is under way.
    """
    held = locked(resource.pk)
    check_change(by, held)
    if under_way := open_changes(held.pk).select_related("edited_by").first():
        raise WrongState(
            _('%(person)s is preparing a change of "%(name)s" already. Go on with that one.')
            % {"person": under_way.edited_by, "name": held.name},
            code="change_open",
        )
    if held.version != version:
        raise stale(held)
    items = list(held.items.order_by("position"))
    if not held.versions.exists():  # it came in published
        keep_version(held, items, step=None)
    change = Resource(revision_of=held, code=held.code, department=held.department, edited_by=by)
    entry_of(held).write_to(change)
    change.visible_to = visible_to_of(change)
    save_entry(change)
    copies = DataItem.objects.bulk_create(
        DataItem(resource=change, position=item.position, **_told(item)) for item in items
    )
    search.index(change, copies)
    ResourceStep.objects.create(
        resource=change, move=Work.REVISE, before=change.state, after=change.state, by=by
    )
    record(
        actor=by,
        action="catalog.resource.revise",
        target=change,
        code=change.code,
        entry=held.pk,
        version=change.version,
    )
    return change


@transaction.atomic
def discard_revision(*, resource: Resource, version: int, reasons: str = "", by: User) -> Resource:
    """Give up a change that is not published yet, under review or not; it stays on record."""
    if resource.revision_of_id is not None:
        locked(resource.revision_of_id)  # first the entry, as who publishes the change
    held = checked(resource, Move.DISCARD, version=version, by=by)
    moved = move(held.pk, Move.DISCARD, by=by, opinion=plain_words(reasons, field="reasons"))
    if held.revision_of is not None:  # what only the change repeated is repeated no longer
        duplicates.check(subject=held.revision_of)
    return moved


def discard_open(live: Resource, *, reasons: str, by: User) -> None:
    """With the entry goes the change of it that is under way. The entry is held by the caller."""
    for change in open_changes(live.pk):
        move(change.pk, Move.DISCARD, by=by, opinion=reasons)


def check_change_complete(change: Resource, items: Sequence[DataItem]) -> None:
    """Refuse a change that changes nothing, or that would cut off who draws the entry's rows."""
    live = change.revision_of
    if live is None:
        raise ValueError(f"{change.pk} is no change of an entry")
    if snapshot_of(change, items) == snapshot_of(live, list(live.items.order_by("position"))):
        raise DomainError(
            _("Nothing has been changed yet: edit the entry, or discard the change."),
            code="unchanged",
        )
    check_structure(live, items)


def merge(*, change: Resource, live: Resource, opinion: str, by: User) -> Resource:
    """Write the reviewed change onto its entry, and keep what the entry says now as a version.

    Both rows are held by the caller, the entry first, as everywhere. All that refers to the entry
    and to items that remain goes on referring to them.
    """
    if not live.is_published:
        raise wrong_state(live)
    items = list(change.items.order_by("position"))
    is_restructured = bool(check_structure(live, items))
    if is_restructured and not lock.held_until_commit(live.pk):
        raise DomainError(
            _("A sync of its rows is under way. Publish the change when the sync has ended."),
            code="sync_under_way",
        )
    entry_of(change).write_to(live)
    for hand in HANDS:
        setattr(live, hand, getattr(change, hand))
    save_entry(live)
    _take_items(live, items)
    _take_assessments(live, change)
    if is_restructured:
        _reshape_rows(live, items)
    published = move(live.pk, Move.RENEW, by=by, opinion=opinion)
    settle_audience(resource=published, by=by)
    published.refresh_from_db(fields=["visible_to"])
    search.index(published, items)
    move(change.pk, Move.MERGE, by=by, opinion=opinion)
    # Earlier notices show the entry's title of today: to those who may see it today.
    Announcement.objects.filter(resource=published).update(announced_to=published.visible_to)
    return published


def keep_version(
    resource: Resource, items: Sequence[DataItem], *, step: ResourceStep | None
) -> ResourceVersion:
    """Keep what the entry says now under the next number. The entry is held by the caller."""
    last = resource.versions.aggregate(last=Max("number"))["last"] or 0
    said = snapshot_of(resource, items)
    return ResourceVersion.objects.create(
        resource=resource,
        number=last + 1,
        entry=said.entry,
        items=said.items,
        visible_to=resource.visible_to,
        published_at=step.at if step else resource.published_at or resource.state_since,
        published_by=step.by if step else None,
        step=step,
    )


def _told(item: DataItem) -> dict[str, object]:
    """By attribute: what an item is bound to stays a key, and nothing is asked."""
    names = (f"{name}_id" if name in BINDINGS else name for name in ITEM_FIELDS)
    return {name: getattr(item, name) for name in names}


def _take_items(live: Resource, items: Sequence[DataItem]) -> None:
    """Items are the same when their column is: agreements and requests go on naming them."""
    held = {item.column: item for item in live.items.all()}
    live.items.exclude(column__in=[item.column for item in items]).delete()
    # Two items may exchange their names, and no moment may see a name twice.
    live.items.update(name=Concat(Value("~"), Cast(F("pk"), CharField())))
    kept: list[DataItem] = []
    new: list[DataItem] = []
    for item in items:
        one = held.get(item.column)
        target = one or DataItem(resource=live)
        for name, value in _told(item).items():
            setattr(target, name, value)
        target.position = item.position
        (new if one is None else kept).append(target)
    DataItem.objects.bulk_update(kept, ["position", *ITEM_FIELDS])
    DataItem.objects.bulk_create(new)


def _take_assessments(live: Resource, change: Resource) -> None:
    """The entry's assessments are those of what it says now; findings before stay in the record."""
    live.assessments.all().delete()
    Assessment.objects.bulk_create(
        Assessment(
            resource=live,
            kind=one.kind,
            is_present=one.is_present,
            is_passed=one.is_passed,
            findings=one.findings,
            by_id=one.by_id,
            at=one.at,
        )
        for one in change.assessments.all()
    )


def _reshape_rows(live: Resource, items: Sequence[DataItem]) -> None:
    table = table_for(live, items)
    with connection.cursor() as wrapped:
        planned = reshaping(wrapped.cursor, table)
        try:
            reshape(wrapped.cursor, table, planned)
        except StoreRefusal as refusal:
            raise DomainError(
                _("The rows of the entry are being read just now. Publish again in a minute."),
                code=refusal.code,
            ) from None
    if planned.loses_rows:
        live.row_count = live.rows_changed_at = None
        live.save(update_fields=["row_count", "rows_changed_at"])
