"""Several resources of one purpose in one application (Decree 809, Art. 20).

A part of it is a request like any other, from the approval on with its own clock: a resource that is
shared unconditionally is answered in one working day and another in ten, even by one provider.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from django.db import transaction
from django.utils.translation import gettext as _

import audit.services
from catalog.models import Resource
from portal.common.errors import DomainError, Invalid, NotFound, StaleVersion, WrongState
from portal.organisation.models import User
from sharing import deadlines, permissions
from sharing.completeness import gaps, seen_of
from sharing.draft_data import data_of
from sharing.models import Application, BasketEntry, RequestState, SharingRequest
from sharing.numbers import APPLICATIONS, next_number
from sharing.services import requests
from sharing.services.requests import RequestData
from sharing.workflow import Move, can

MOST_PARTS = 50
# What is said once for all parts; the rest hangs on the resource.
COMMON = (
    "use_basis",
    "use_scene",
    "use_scope",
    "use_frequency",
    "use_until",
    "system",
    "security_measures",
)


def put_in_basket(*, resource: Resource, by: User) -> None:
    """Put a resource aside; once is enough. Refused like a request for it would be."""
    if not Resource.objects.permitted(by, "view_resource").filter(pk=resource.pk).exists():
        raise NotFound(_("There is no such resource."))
    permissions.may_request(by, resource).enforce()
    if BasketEntry.objects.filter(person=by).count() >= MOST_PARTS:
        words = _("A basket holds at most %(most)s resources: apply for these first.")
        raise DomainError(words % {"most": MOST_PARTS}, code="basket_full")
    BasketEntry.objects.bulk_create(
        [BasketEntry(person=by, resource=resource)], ignore_conflicts=True
    )


def take_from_basket(*, resource_ids: Sequence[int], by: User) -> None:
    BasketEntry.objects.filter(person=by, resource__in=resource_ids).delete()


@transaction.atomic
def make(*, parts: Sequence[tuple[Resource, RequestData]], by: User) -> Application:
    """An application with a draft for each resource; what lay in the basket leaves it.

    All or none: Invalid at `resources` names each resource that cannot be asked for, and why.
    """
    if not 1 <= len(parts) <= MOST_PARTS:
        words = _("Choose at least one resource, and at most %(most)s.") % {"most": MOST_PARTS}
        raise Invalid(_("The application has errors."), fields={"resources": [words]})
    made = Application.objects.create(
        number=next_number(APPLICATIONS, deadlines.today().year),
        department=by.department,
        applicant=by,
    )
    refused: list[str] = []
    for resource, data in parts:
        try:
            requests.start_request(resource=resource, data=data, application=made, by=by)
        except Invalid:
            raise
        except DomainError as refusal:
            refused.append(_("%(name)s: %(why)s") % {"name": resource, "why": refusal.message})
    if refused:
        raise Invalid(_("The application has errors."), fields={"resources": refused})
    take_from_basket(resource_ids=[resource.pk for resource, _data in parts], by=by)
    audit.services.record(
        actor=by,
        action="sharing.application.make",
        target=made,
        requests=[one.number for one in made.requests.all()],
    )
    return made


@transaction.atomic
def change_purpose(*, application: Application, seen: str, data: RequestData, by: User) -> None:
    """Write what is said once for all parts onto each part that is a draft still."""
    drafts = _drafts(application, seen, by)
    for one in drafts:
        common = {name: getattr(data, name) for name in COMMON}
        requests.change_draft(
            request=one, version=one.version, data=replace(data_of(one), **common), by=by
        )
    audit.services.record(actor=by, action="sharing.application.change", target=application)


@transaction.atomic
def submit(*, application: Application, seen: str, is_vouched_for: bool = False, by: User) -> None:
    """Hand all drafts to the own head; Invalid names what is missing, part by part."""
    drafts = _drafts(application, seen, by)
    for one in drafts:
        one.is_vouched_for = one.is_vouched_for or is_vouched_for
    missing = [
        _("%(name)s: %(why)s") % {"name": one.resource, "why": " ".join(words)}
        for one in drafts
        for words in gaps(one).values()
    ]
    if missing:
        raise Invalid(_("The application is not complete yet."), fields={"parts": missing})
    for one in drafts:
        requests.submit(request=one, version=one.version, is_vouched_for=is_vouched_for, by=by)


@transaction.atomic
def approve(*, application: Application, seen: str, opinion: str = "", by: User) -> None:
    """The requester's head lets all parts out at once; each provider's clock starts."""
    _decide(application, seen, requests.approve, opinion, by)


@transaction.atomic
def send_back(*, application: Application, seen: str, opinion: str, by: User) -> None:
    """The requester's head returns all parts that wait for it, with reasons."""
    _decide(application, seen, requests.send_back, opinion, by)


def _decide(
    application: Application, seen: str, act: Callable[..., object], opinion: str, by: User
) -> None:
    parts = _locked(application)
    for one in parts:
        permissions.may_decide_internally(by, one).enforce()
    _check_seen(parts, seen)
    waiting = [one for one in parts if one.state == RequestState.INTERNAL_REVIEW]
    _some(waiting)
    for one in waiting:
        act(request=one, version=one.version, opinion=opinion, by=by)


def _drafts(application: Application, seen: str, by: User) -> list[SharingRequest]:
    """The parts that are the applicant's to change, locked with all others."""
    parts = _locked(application)
    for one in parts:
        permissions.may_change(by, one).enforce()
    _check_seen(parts, seen)
    drafts = [one for one in parts if can(one.state, Move.SUBMIT)]
    _some(drafts)
    return drafts


def _locked(application: Application) -> list[SharingRequest]:
    """All parts, in one order, so that two who act at once queue."""
    return list(
        SharingRequest.objects.select_for_update(of=("self",), no_key=True)
        .filter(application=application)
        .select_related("resource__department", "requester", "applicant", "system")
        .order_by("pk")
    )


def _check_seen(parts: Sequence[SharingRequest], seen: str) -> None:
    """StaleVersion unless the parts are as `seen`. Asked after the right."""
    if seen_of(parts) != seen:
        raise StaleVersion(_("The application has changed since you opened it. Look at it again."))


def _some(parts: Sequence[SharingRequest]) -> None:
    if not parts:
        raise WrongState(_("None of its requests can be changed or decided just now."))
