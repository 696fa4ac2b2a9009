"""Agreements: made by the agreeing answer, opened with the rows, ended in one transaction.

Terms and their confirmation are in `services.confirming`, suspension in `services.suspensions`.
"""

from datetime import date

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

import audit.services
from catalog.models import SharingMode
from catalog.selectors.interfaces import has_open_interface
from catalog.selectors.shared_files import has_files
from portal.common.errors import DomainError, Invalid
from portal.organisation.models import User
from sharing import deadlines, permissions
from sharing.models import (
    LIVE_AGREEMENT,
    Agreement,
    AgreementItem,
    AgreementStep,
    DeadlineKind,
    SharingRequest,
    VersionKind,
)
from sharing.numbers import AGREEMENTS, next_number
from sharing.services import versions
from sharing.services.flow import begin_flow, end_flow
from sharing.services.words import said
from sharing.telling import tell_of_agreement
from sharing.templates_in_force import terms_for
from sharing.terms import first_terms
from sharing.workflow import AgreementMove, check_revision, check_state, move_agreement


@transaction.atomic
def make(*, request: SharingRequest, by: User) -> Agreement:
    """The object of what both sides agreed, with its first terms, for both heads to confirm.

    The clock of Art. 22 starts today, with the agreeing answer and not with the confirmations:
    twenty working days to share the data.
    """
    today = deadlines.today()
    if request.use_until is None or request.use_until < today:
        raise DomainError(
            _("The term that was asked for has passed: refuse, or let the requester ask again."),
            code="term_passed",
        )
    agreement = Agreement.objects.create(
        number=next_number(AGREEMENTS, today.year),
        request=request,
        resource=request.resource,
        provider=request.resource.department,
        requester=request.requester,
        system=request.system,
        purpose=f"{request.use_scene}\n{request.use_basis}",
        scope=request.use_scope,
        sharing_mode=request.sharing_mode,
        starts_on=today,
        ends_on=request.use_until,
    )
    AgreementItem.objects.bulk_create(
        [
            AgreementItem(agreement=agreement, item=requested.item)
            for requested in request.requested_items.select_related("item")
        ]
    )
    usual = terms_for(agreement.provider, agreement.resource.sharing_attribute)
    terms = first_terms(agreement, usual)
    versions.write(agreement, terms, kind=VersionKind.FIRST, reason="", by=by)
    _noted(agreement, by)
    deadlines.start_clock(request=request, limit=deadlines.DELIVER, on=today)
    return agreement


@transaction.atomic
def activate(*, agreement: Agreement, revision: int | None = None, by: User | None) -> Agreement:
    """Open the data: the right, the view, the state. `by` is None when the portal's sweep does it."""
    held = locked(agreement.pk)
    if by is not None:
        permissions.may_activate(by, held).enforce()
        check_revision(held, revision)
    check_state(held, AgreementMove.ACTIVATE)
    if not has_what_to_deliver(held):
        raise DomainError(
            _(
                "The resource has no rows yet: connect its source and run the sync, open its"
                " interface, or share its files, first."
            ),
            code="no_rows",
        )
    open_delivery(held, by=by)
    return held


def has_what_to_deliver(agreement: Agreement) -> bool:
    """Rows in the store, or what the agreed mode gives: the provider's interface, or its files."""
    return (
        agreement.resource.has_rows
        or (
            agreement.sharing_mode == SharingMode.INTERFACE
            and has_open_interface(agreement.resource_id)
        )
        or (agreement.sharing_mode == SharingMode.FILE and has_files(agreement.resource_id))
    )


def open_delivery(held: Agreement, *, by: User | None) -> None:
    """State, right and view begin together, and the clock of Art. 22 is met. Held by the caller."""
    now = timezone.now()
    move_agreement(held, AgreementMove.ACTIVATE, by=by, write={"activated_at": now})
    begin_flow(held, by=by)
    deadlines.meet(request=held.request, kind=DeadlineKind.DELIVER, at=now)


@transaction.atomic
def terminate(
    *, agreement: Agreement, reason: str, revision: int | None = None, by: User
) -> Agreement:
    """End the agreement for good; a pull that is running stops."""
    held = locked(agreement.pk)
    permissions.may_terminate(by, held).enforce()
    check_revision(held, revision)
    why = said(reason, "reason")
    if not why:
        words = _("State the reason: both parties read it.")
        raise Invalid(_("The reason is missing."), fields={"reason": [words]})
    _close(held, AgreementMove.TERMINATE, by=by, reason=why)
    return held


@transaction.atomic
def expire(*, agreement: Agreement, today: date) -> bool:
    """End an agreement whose term is over; False when it has ended already, or still runs.

    The last day of the term still counts.
    """
    held = locked(agreement.pk)
    if held.ends_on >= today or held.state not in LIVE_AGREEMENT:
        return False
    _close(held, AgreementMove.EXPIRE, by=None, reason="")
    return True


def locked(agreement_id: int) -> Agreement:
    agreement: Agreement = (
        Agreement.objects.select_for_update(of=("self",), no_key=True)
        .select_related(
            "resource__department",
            "provider",
            "requester",
            "request__applicant",
            "system",
            "version_in_force",
            "version_proposed__made_by",
        )
        .get(pk=agreement_id)
    )
    return agreement


def _noted(agreement: Agreement, by: User) -> None:
    """The first step and entry; there is no state before it."""
    AgreementStep.objects.create(
        agreement=agreement, move=AgreementMove.MAKE, before="", after=agreement.state, by=by
    )
    audit.services.record(
        actor=by,
        action="sharing.agreement.make",
        target=agreement,
        request=agreement.request.number,
        resource=agreement.resource.code,
        requester=agreement.requester.name,
        items=[agreed.item.column for agreed in agreement.agreed_items.select_related("item")],
        starts_on=agreement.starts_on,
        ends_on=agreement.ends_on,
    )
    tell_of_agreement(agreement)


def _file(agreement: Agreement, *, by: User | None) -> None:
    """File what the provider ended after consulting; what was planned falls away in any case."""
    now = timezone.now()
    plans = agreement.end_plans.filter(closed_at=None)
    is_filed = by is not None and by.department_id == agreement.provider_id
    if is_filed and plans.filter(agrees=True).update(filed_at=now, closed_at=now):
        audit.services.record(
            actor=by,
            action="sharing.agreement.file",
            target=agreement,
            reason=agreement.end_reason,
        )
    plans.update(closed_at=now)


def _close(agreement: Agreement, how: AgreementMove, *, by: User | None, reason: str) -> None:
    """State, right and view end together; the view last, since that waits for running pulls to stop."""
    was_active = agreement.is_active
    now = timezone.now()
    move_agreement(
        agreement,
        how,
        by=by,
        opinion=reason,
        write={
            "ended_at": now,
            "ended_by": by,
            "end_reason": reason,
            "version_proposed": None,
        },
    )
    deadlines.cancel(request=agreement.request, kind=DeadlineKind.DELIVER, at=now)
    agreement.suspensions.filter(closed_at=None).update(closed_at=now)
    _file(agreement, by=by)
    if was_active:
        end_flow(agreement, by=by)
