"""Agreeing in part: fewer items or rows, masks, a shorter term; accepted or not (Art. 20, 21)."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.common.errors import DomainError, Invalid
from portal.organisation.models import User
from sharing import deadlines, permissions, row_filters
from sharing.masks import read as read_masks
from sharing.models import DeadlineKind, Offer, RefusalReason, SharingRequest
from sharing.services import agreements
from sharing.services.words import said, stated
from sharing.workflow import Move, check_version, locked, move


@transaction.atomic
def make(
    *,
    request: SharingRequest,
    version: int,
    columns: Sequence[str],
    use_until: date,
    row_filter: Sequence[Any] = (),
    masks: Mapping[str, str] | None = None,
    opinion: str,
    by: User,
) -> SharingRequest:
    """Offer a part of what was asked for: the answer is given, and its clock stops.

    `row_filter` are conditions beside those that were asked for, which stay in any case; `masks` a
    rule by column of what would be delivered in part.
    """
    held = locked(request.pk)
    permissions.may_answer(by, held).enforce()
    check_version(held, version)
    if not held.resource.is_published:
        raise DomainError(_("The resource is not published any more."), code="not_published")
    why = stated(opinion)
    asked = {one.item.column: one.item for one in held.requested_items.select_related("item")}
    chosen = [name for name, item in asked.items() if item.is_key or name in columns]
    errors: dict[str, list[str]] = {}
    if set(columns) - asked.keys():
        errors["columns"] = [_("Only items that were asked for can be offered.")]
    elif all(asked[name].is_key for name in chosen):
        errors["columns"] = [_("Offer at least one data item besides the key.")]
    if use_until < deadlines.today():
        errors["use_until"] = [_("This day has passed.")]
    elif held.use_until is not None and use_until > held.use_until:
        errors["use_until"] = [_("Not longer than what was asked for.")]
    rows, masked = held.row_filter, {}
    try:
        rows = _rows(held, row_filter)
    except Invalid as refusal:
        errors |= refusal.fields
    try:
        masked = read_masks(masks or {}, [asked[name] for name in chosen])
    except Invalid as refusal:
        errors |= refusal.fields
    is_all = len(chosen) == len(asked) and rows == held.row_filter and not masked
    if not errors and is_all and use_until == held.use_until:
        errors["columns"] = [_("This is all that was asked for: agree instead.")]
    if errors:
        raise Invalid(_("The offer has errors."), fields=errors)
    now = timezone.now()
    moved = move(
        held.pk,
        Move.OFFER,
        by=by,
        opinion=why,
        write={"answered_at": now},
        items=chosen,
        row_filter=rows,
        masks=masked,
        use_until=use_until,
    )
    Offer.objects.filter(request=moved).delete()  # of an answer that was given before a dispute
    Offer.objects.create(
        request=moved,
        by=by,
        words=why,
        columns=chosen,
        row_filter=rows,
        masks=masked,
        use_until=use_until,
    )
    deadlines.meet(request=moved, kind=DeadlineKind.ANSWER, at=now)
    return moved


@transaction.atomic
def accept(*, request: SharingRequest, version: int, opinion: str = "", by: User) -> SharingRequest:
    """The requester's head takes the part: the agreement is made of it, and sharing is due (Art. 22)."""
    held = locked(request.pk)
    permissions.may_decide_internally(by, held).enforce()
    check_version(held, version)
    offer = Offer.objects.select_for_update().filter(request=held, decided_at=None).first()
    columns = [] if offer is None else offer.columns
    moved = move(
        held.pk,
        Move.ACCEPT,
        by=by,
        opinion=said(opinion),
        write=_taken(offer) if offer else {},
        items=columns,
    )
    if offer is None:
        raise DomainError(_("There is no offer."), code="no_offer")
    moved.requested_items.exclude(item__column__in=columns).delete()
    _answered(offer, accepted=True, opinion=opinion, by=by)
    agreements.make(request=moved, by=by)
    return moved


@transaction.atomic
def decline(*, request: SharingRequest, version: int, opinion: str, by: User) -> SharingRequest:
    """The part does not meet the need: what was asked for counts as refused, and can be contested."""
    held = locked(request.pk)
    permissions.may_decide_internally(by, held).enforce()
    check_version(held, version)
    why = stated(opinion)
    moved = move(
        held.pk,
        Move.DECLINE,
        by=by,
        opinion=why,
        write={"refusal_reason": RefusalReason.SCOPE_TOO_LARGE},
    )
    offer = Offer.objects.select_for_update().get(request=held, decided_at=None)
    _answered(offer, accepted=False, opinion=why, by=by)
    return moved


def _rows(held: SharingRequest, given: Sequence[Any]) -> list[dict[str, Any]]:
    """The rows that are offered: those asked for, narrowed by what the provider adds."""
    asked = row_filters.kept(held.row_filter)
    added = row_filters.read(given, held.resource.items.all())
    both = sorted({*asked, *added}, key=lambda one: (one.column, one.op, one.values))
    return row_filters.documents(both)


def _taken(offer: Offer) -> dict[str, Any]:
    return {name: getattr(offer, name) for name in ("use_until", "row_filter", "masks")}


def _answered(offer: Offer, *, accepted: bool, opinion: str, by: User) -> None:
    offer.accepted, offer.opinion = accepted, said(opinion)
    offer.decided_by, offer.decided_at = by, timezone.now()
    offer.save()
