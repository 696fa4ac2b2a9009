"""The way of an entry into the catalogue and out of it (Decree 809, Art. 13 and 16)."""

from django.db import transaction
from django.utils.translation import gettext as _

from catalog.completeness import gaps
from catalog.models import Announcement, Move, Resource, ResourceState, ResourceStep
from catalog.one_source.gaps import one_source_gaps
from catalog.services import duplicates, opinions, update_progress
from catalog.services.audience import settle_audience
from catalog.services.resources import checked
from catalog.services.versions import (
    check_change_complete,
    discard_open,
    keep_version,
    merge,
)
from catalog.structure import drawing
from catalog.workflow import locked, move
from portal.common.errors import DomainError, Invalid
from portal.common.plain_text import plain_words
from portal.organisation.models import Department, User


@transaction.atomic
def submit(*, resource: Resource, version: int, by: User) -> Resource:
    """Hand the complete entry to the department head; refused with everything that is missing."""
    held = checked(resource, Move.SUBMIT, version=version, by=by)
    items = list(held.items.order_by("position"))
    found = gaps(held, items, list(held.assessments.all()))
    found += one_source_gaps(held, by=by)
    if found:
        fields: dict[str, list[str]] = {}
        for gap in found:
            fields.setdefault(gap.field, []).append(str(gap.message))
        raise Invalid(_("The entry is not complete yet."), fields=fields)
    if held.is_change:
        check_change_complete(held, items)
    _competent_department(held)
    duplicates.check(subject=held)
    return move(held.pk, Move.SUBMIT, by=by)


@transaction.atomic
def approve(*, resource: Resource, version: int, opinion: str = "", by: User) -> Resource:
    """The department head answers for the entry; it goes to the region's competent department."""
    held = checked(resource, Move.APPROVE, version=version, by=by)
    _competent_department(held)
    words = plain_words(opinion, field="opinion")
    update_progress.entry_submitted(resource=held.revision_of or held, by=by)
    return move(held.pk, Move.APPROVE, by=by, opinion=words)


@transaction.atomic
def publish(*, resource: Resource, version: int, opinion: str = "", by: User) -> Resource:
    """The competent department publishes the entry and announces it to all departments.

    A change is written onto its entry, which is what comes back then. What is published is kept as
    a version. The entry is locked before its change, here as in `withdraw`.
    """
    live = locked(resource.revision_of_id) if resource.revision_of_id else None
    held = checked(resource, Move.PUBLISH, version=version, by=by)
    words = plain_words(opinion, field="opinion")
    if live is not None:
        published = merge(change=held, live=live, opinion=words, by=by)
    else:
        published = move(held.pk, Move.PUBLISH, by=by, opinion=words)
        settle_audience(resource=published, by=by)
        published.refresh_from_db(fields=["visible_to"])
    update_progress.entry_published(resource=published, by=by)
    step = ResourceStep.objects.filter(resource=published).latest("pk")
    items = list(published.items.order_by("position"))
    kept = keep_version(published, items, step=step)
    _announce(published, announced_to=published.visible_to, number=kept.number)
    return published


@transaction.atomic
def send_back(*, resource: Resource, version: int, reasons: str, by: User) -> Resource:
    """Either reviewer returns the entry to its stewards, with reasons."""
    held = checked(resource, Move.SEND_BACK, version=version, by=by)
    words = opinions.stated(reasons)
    update_progress.entry_sent_back(resource=held.revision_of or held, by=by)
    return move(held.pk, Move.SEND_BACK, by=by, opinion=words)


@transaction.atomic
def withdraw(*, resource: Resource, version: int, reasons: str, by: User) -> Resource:
    """Take an entry out of the catalogue; refused while any department may draw its rows.

    A change of it that is under way is discarded with it.
    """
    held = checked(resource, Move.WITHDRAW, version=version, by=by)
    stated = opinions.stated(reasons)
    if users := drawing(held):
        raise DomainError(
            _(
                "Departments draw its rows under live agreements: %(departments)s."
                " These agreements have to end first."
            )
            % {"departments": _(", ").join(str(department) for department in users)},
            code="in_use",
        )
    announced_to = list(held.visible_to)
    withdrawn = move(held.pk, Move.WITHDRAW, by=by, opinion=stated)
    settle_audience(resource=withdrawn, by=by)
    update_progress.entry_withdrawn(resource=withdrawn, by=by)
    discard_open(withdrawn, reasons=stated, by=by)
    _announce(withdrawn, announced_to=announced_to)
    return withdrawn


def _competent_department(resource: Resource) -> Department:
    """Who will review the entry; refused when nobody could (Art. 16: of the same level)."""
    region = resource.department.region
    found = Department.objects.filter(region=region, is_competent=True).first()
    if found is None:
        raise DomainError(
            _(
                "%(region)s has no competent department that could review the entry."
                " The system administrator has to name one."
            )
            % {"region": region},
            code="no_competent_department",
        )
    return found


def _announce(resource: Resource, *, announced_to: list[int], number: int = 1) -> None:
    Announcement.objects.create(
        resource=resource,
        state=ResourceState(resource.state),
        number=number,
        announced_to=announced_to,
        at=resource.state_since,
    )
