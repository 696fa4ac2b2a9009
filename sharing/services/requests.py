"""Requests, from the draft to the provider's answer (Decree 809, Art. 20 and 21)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

import audit.services
from catalog.models import DataItem, Resource
from catalog.one_source.routing import provided_by_its_source
from portal.common.errors import DomainError, Invalid, NotFound, WrongState
from portal.common.plain_text import fault_of
from portal.organisation.models import Department, InformationSystem, User
from sharing import deadlines, permissions, row_filters
from sharing.completeness import gaps
from sharing.models import (
    Application,
    DeadlineKind,
    RefusalReason,
    RequestedItem,
    RequestStep,
    SharingRequest,
    UseFrequency,
)
from sharing.numbers import REQUESTS, next_number
from sharing.services import agreements, supplements
from sharing.services.words import said, stated
from sharing.terms import LARGEST
from sharing.workflow import Move, can, check_version, locked, move

LONGEST_TEXT = 1000
LONGEST_YEARS = 3  # a rule of the platform, not of the law
TEXTS = ("use_basis", "use_scene", "use_scope", "security_measures")
QUANTITIES = ("calls_a_day", "rows_a_day")


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestData:
    """What an applicant writes. `items` are columns; the key of the resource is always added.

    `row_filter` is as `sharing.row_filters` reads it: a list of conditions that all hold.
    """

    items: tuple[str, ...] = ()
    use_basis: str = ""
    use_scene: str = ""
    use_scope: str = ""
    sharing_mode: str = ""
    use_until: date | None = None
    system: InformationSystem | None = None
    row_filter: Sequence[Any] = ()
    use_frequency: str = ""
    calls_a_day: int | None = None
    rows_a_day: int | None = None
    security_measures: str = ""
    is_vouched_for: bool = False


@transaction.atomic
def start_request(
    *, resource: Resource, data: RequestData, application: Application | None = None, by: User
) -> SharingRequest:
    """A draft; it may still be incomplete. `application` is what it is a part of, if of any."""
    if not Resource.objects.permitted(by, "view_resource").filter(pk=resource.pk).exists():
        raise NotFound(_("There is no such resource."))
    # A department's applications queue here, so that two colleagues do not both pass the check.
    Department.objects.select_for_update(no_key=True).get(pk=by.department_id)
    decision = permissions.may_request(by, resource)
    if not decision:
        raise DomainError(decision.reason, code="cannot_request")
    items = _items(resource, data)
    _check(resource, data, items, by)
    today = deadlines.today()
    request = SharingRequest(
        number=next_number(REQUESTS, today.year),
        resource=resource,
        requester=by.department,
        applicant=by,
        application=application,
    )
    _write(request, data)
    request.save()
    _write_items(request, items)
    RequestStep.objects.create(
        request=request, move=Move.START, before="", after=request.state, by=by
    )
    audit.services.record(
        actor=by,
        action="sharing.request.start",
        target=request,
        resource=resource.code,
        items=[item.column for item in items],
    )
    return request


@transaction.atomic
def change_draft(
    *, request: SharingRequest, version: int, data: RequestData, by: User
) -> SharingRequest:
    """Write the whole draft anew, as `by` wrote it on the grounds of `version`.

    What says the same as before is not written: a draft that keeps itself would else be a new
    version with every pause in typing.
    """
    held = locked(request.pk)
    permissions.may_change(by, held).enforce()
    check_version(held, version)
    if not can(held.state, Move.SUBMIT):
        raise WrongState(_("The request is under way and cannot be changed."))
    items = _items(held.resource, data)
    _check(held.resource, data, items, by)
    before = _said(held), set(held.requested_items.values_list("item", flat=True))
    _write(held, data)
    if before == (_said(held), {item.pk for item in items}):
        return held
    held.version += 1
    held.save()
    held.requested_items.all().delete()
    _write_items(held, items)
    audit.services.record(
        actor=by,
        action="sharing.request.change",
        target=held,
        version=held.version,
        items=[item.column for item in items],
    )
    return held


@transaction.atomic
def submit(
    *, request: SharingRequest, version: int, is_vouched_for: bool = False, by: User
) -> SharingRequest:
    """Hand the complete request to the own work body head; refused with everything missing.

    `is_vouched_for` vouches now, where the draft did not yet.
    """
    held = locked(request.pk)
    permissions.may_change(by, held).enforce()
    check_version(held, version)
    held.is_vouched_for = held.is_vouched_for or is_vouched_for
    missing = gaps(held)
    if missing:
        raise Invalid(_("The request is not complete yet."), fields=missing)
    if not held.resource.is_published:
        raise DomainError(_("The resource is not published any more."), code="not_published")
    return move(held.pk, Move.SUBMIT, by=by, write={"is_vouched_for": True})


@transaction.atomic
def approve(
    *, request: SharingRequest, version: int, opinion: str = "", by: User
) -> SharingRequest:
    """The requester's head lets the request out: the provider has received it, its clock starts."""
    held = locked(request.pk)
    permissions.may_decide_internally(by, held).enforce()
    check_version(held, version)
    if not held.resource.is_published:
        raise DomainError(_("The resource is not published any more."), code="not_published")
    now = timezone.now()
    first = held.received_at is None
    received = {"received_at": now} if first else {}
    moved = move(held.pk, Move.APPROVE, by=by, opinion=said(opinion), write=received)
    if first:
        limit = deadlines.answer_limit(moved.resource)
        deadlines.start_clock(request=moved, limit=limit, on=deadlines.today())
    else:
        supplements.close(request=moved, at=now, by=by)
    return moved


@transaction.atomic
def send_back(*, request: SharingRequest, version: int, opinion: str, by: User) -> SharingRequest:
    """The requester's head returns the draft to its applicant, with reasons."""
    held = locked(request.pk)
    permissions.may_decide_internally(by, held).enforce()
    check_version(held, version)
    return move(held.pk, Move.SEND_BACK, by=by, opinion=stated(opinion))


@transaction.atomic
def agree(*, request: SharingRequest, version: int, opinion: str = "", by: User) -> SharingRequest:
    """The provider's head agrees: the answer clock stops, and the agreement is made."""
    held = locked(request.pk)
    permissions.may_answer(by, held).enforce()
    check_version(held, version)
    if not held.resource.is_published:
        raise DomainError(_("The resource is not published any more."), code="not_published")
    now = timezone.now()
    moved = move(held.pk, Move.AGREE, by=by, opinion=said(opinion), write={"answered_at": now})
    deadlines.meet(request=moved, kind=DeadlineKind.ANSWER, at=now)
    agreements.make(request=moved, by=by)
    return moved


@transaction.atomic
def refuse(
    *, request: SharingRequest, version: int, reason: str, opinion: str, by: User
) -> SharingRequest:
    """The provider's head refuses, with a reason and words (Art. 21)."""
    held = locked(request.pk)
    permissions.may_answer(by, held).enforce()
    check_version(held, version)
    if reason not in RefusalReason.values:
        words = _("Choose the reason for the refusal.")
        raise Invalid(_("The refusal has errors."), fields={"reason": [words]})
    now = timezone.now()
    moved = move(
        held.pk,
        Move.REFUSE,
        by=by,
        opinion=stated(opinion),
        write={"answered_at": now, "refusal_reason": reason},
        reason=reason,
    )
    deadlines.meet(request=moved, kind=DeadlineKind.ANSWER, at=now)
    return moved


@transaction.atomic
def withdraw(
    *, request: SharingRequest, version: int, opinion: str = "", by: User
) -> SharingRequest:
    """The requester takes the request back before it is answered; the clock falls away."""
    held = locked(request.pk)
    permissions.may_withdraw(by, held).enforce()
    check_version(held, version)
    moved = move(held.pk, Move.WITHDRAW, by=by, opinion=said(opinion))
    deadlines.cancel(request=moved, kind=DeadlineKind.ANSWER, at=timezone.now())
    return moved


def _items(resource: Resource, data: RequestData) -> list[DataItem]:
    all_items = list(resource.items.order_by("position"))
    known = {item.column for item in all_items}
    unknown = [column for column in data.items if column not in known]
    if unknown:
        words = _("The resource has no such data item: %(items)s.") % {"items": ", ".join(unknown)}
        raise Invalid(_("The request has errors."), fields={"items": [words]})
    chosen = set(data.items)
    return [item for item in all_items if item.is_key or item.column in chosen]


def _check(resource: Resource, data: RequestData, items: list[DataItem], by: User) -> None:
    """What is wrong with what was written, complete or not."""
    errors: dict[str, list[str]] = {}
    if elsewhere := _elsewhere(resource, items, by):
        errors["items"] = elsewhere
    if data.sharing_mode and data.sharing_mode not in resource.sharing_modes:
        errors["sharing_mode"] = [_("The provider does not offer this mode.")]
    if data.use_until is not None:
        today = deadlines.today()
        latest = today.replace(year=today.year + LONGEST_YEARS, day=min(today.day, 28))
        if data.use_until < today:
            errors["use_until"] = [_("This day has passed.")]
        elif data.use_until > latest:
            errors["use_until"] = [
                _("At most %(years)s years (a rule of the platform): until %(day)s.")
                % {"years": LONGEST_YEARS, "day": latest.isoformat()}
            ]
    if data.system is not None and (
        data.system.department_id != by.department_id or not data.system.is_active
    ):
        errors["system"] = [_("Choose an information system of your own department.")]
    try:
        row_filters.read(data.row_filter, resource.items.all())
    except Invalid as refusal:
        errors |= refusal.fields
    if data.use_frequency and data.use_frequency not in UseFrequency.values:
        errors["use_frequency"] = [_("Choose how often you need the data.")]
    for name in QUANTITIES:
        quantity = getattr(data, name)
        if quantity is not None and not 1 <= quantity <= LARGEST[name]:
            words = _("A whole number from 1 to %(most)s, or nothing.")
            errors[name] = [words % {"most": LARGEST[name]}]
    for name in TEXTS:
        if len(getattr(data, name)) > LONGEST_TEXT:
            errors[name] = [_("At most %(most)s characters.") % {"most": LONGEST_TEXT}]
        elif fault := fault_of(getattr(data, name)):
            errors[name] = [fault]
    if errors:
        raise Invalid(_("The request has errors."), fields=errors)


def _elsewhere(resource: Resource, items: list[DataItem], by: User) -> list[str]:
    """What is asked for at its source department alone (Art. 19); keys come along with the rest."""
    names = [item.name for item in items if not item.is_key]
    return [
        _(
            '"%(item)s" is asked for at its source department, %(department)s: "%(entry)s" (Art. 19).'
        )
        % {"item": name, "department": entry.department, "entry": entry}
        for name, entry in provided_by_its_source(resource, names, party=by).items()
    ]


def _write(request: SharingRequest, data: RequestData) -> None:
    for name in TEXTS:
        setattr(request, name, getattr(data, name).strip())
    for name in QUANTITIES:
        setattr(request, name, getattr(data, name))
    conditions = row_filters.read(data.row_filter, request.resource.items.all())
    request.row_filter = row_filters.documents(conditions)
    request.use_frequency = data.use_frequency
    request.sharing_mode = data.sharing_mode
    request.use_until = data.use_until
    request.system = data.system
    request.is_vouched_for = data.is_vouched_for


def _said(request: SharingRequest) -> tuple[object, ...]:
    written = (*TEXTS, *QUANTITIES, "sharing_mode", "use_until", "use_frequency")
    said = tuple(getattr(request, name) for name in written)
    return (*said, request.system_id, request.row_filter, request.is_vouched_for)


def _write_items(request: SharingRequest, items: list[DataItem]) -> None:
    RequestedItem.objects.bulk_create([RequestedItem(request=request, item=item) for item in items])
