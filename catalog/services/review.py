"""The way of an entry into the catalogue and out of it (Decree 809, Art. 13 and 16)."""

from django.db import transaction
from django.utils.translation import gettext as _

from catalog.completeness import gaps
from catalog.models import Announcement, Move, Resource, ResourceState
from catalog.one_source.gaps import one_source_gaps
from catalog.permissions import check_move
from catalog.services import one_source, update_progress
from catalog.services.audience import settle_audience
from catalog.services.resources import stale
from catalog.workflow import locked, move
from portal.common.errors import DomainError, Invalid
from portal.organisation.models import Department, User


@transaction.atomic
def submit(*, resource: Resource, version: int, by: User) -> Resource:
    """Hand the complete entry to the department head; refused with everything that is missing."""
    held = _checked(resource, Move.SUBMIT, version=version, by=by)
    found = gaps(held, list(held.items.order_by("position")), list(held.assessments.all()))
    found += one_source_gaps(held, by=by)
    if found:
        fields: dict[str, list[str]] = {}
        for gap in found:
            fields.setdefault(gap.field, []).append(str(gap.message))
        raise Invalid(_("The entry is not complete yet."), fields=fields)
    _competent_department(held)
    one_source.check(resource=held)
    return move(held.pk, Move.SUBMIT, by=by)


@transaction.atomic
def approve(*, resource: Resource, version: int, opinion: str = "", by: User) -> Resource:
    """The department head answers for the entry; it goes to the region's competent department."""
    held = _checked(resource, Move.APPROVE, version=version, by=by)
    _competent_department(held)
    update_progress.entry_submitted(resource=held, by=by)
    return move(held.pk, Move.APPROVE, by=by, opinion=opinion.strip())


@transaction.atomic
def publish(*, resource: Resource, version: int, opinion: str = "", by: User) -> Resource:
    """The competent department publishes the entry and announces it to all departments."""
    held = _checked(resource, Move.PUBLISH, version=version, by=by)
    published = move(held.pk, Move.PUBLISH, by=by, opinion=opinion.strip())
    settle_audience(resource=published, by=by)
    update_progress.entry_published(resource=published, by=by)
    published.refresh_from_db(fields=["visible_to"])
    _announce(published, announced_to=published.visible_to)
    return published


@transaction.atomic
def send_back(*, resource: Resource, version: int, reasons: str, by: User) -> Resource:
    """Either reviewer returns the entry to its stewards, with reasons."""
    held = _checked(resource, Move.SEND_BACK, version=version, by=by)
    update_progress.entry_sent_back(resource=held, by=by)
    return move(held.pk, Move.SEND_BACK, by=by, opinion=_stated(reasons))


@transaction.atomic
def withdraw(*, resource: Resource, version: int, reasons: str, by: User) -> Resource:
    """Take an entry out of the catalogue; refused while any department may draw its rows."""
    held = _checked(resource, Move.WITHDRAW, version=version, by=by)
    stated = _stated(reasons)
    users = list(
        Department.objects.filter(
            group__resourcegrouppermission__content_object=held,
            group__resourcegrouppermission__permission__codename="pull_resource",
        ).order_by("name")
    )
    if users:
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
    _announce(withdrawn, announced_to=announced_to)
    return withdrawn


def _checked(resource: Resource, how: Move, *, version: int, by: User) -> Resource:
    """The entry under lock, once `by` may do this with it and has seen it as it is."""
    held = locked(resource.pk)
    check_move(by, held, how)
    if held.version != version:
        raise stale(held)
    return held


def _stated(reasons: str) -> str:
    if not reasons.strip():
        words = _("State the reasons: the stewards have to act on them.")
        raise Invalid(_("Reasons are missing."), fields={"reasons": [words]})
    return reasons.strip()


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


def _announce(resource: Resource, *, announced_to: list[int]) -> None:
    Announcement.objects.create(
        resource=resource,
        state=ResourceState(resource.state),
        announced_to=announced_to,
        at=resource.state_since,
    )
