"""The states of requests and agreements, the moves between them, and the only writers of both."""

from dataclasses import dataclass
from typing import Any

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

import audit.services
from portal.common.errors import StaleVersion, WrongState
from portal.organisation.models import User
from sharing.models import (
    LIVE,
    LIVE_AGREEMENT,
    Agreement,
    AgreementState,
    AgreementStep,
    RequestState,
    RequestStep,
    SharingRequest,
)
from sharing.telling import tell_of_agreement, tell_of_request


class Move(models.TextChoices):
    """What can happen to a request; the label is what the record on its page says."""

    START = "start", gettext_lazy("drafted the request")
    SUBMIT = "submit", gettext_lazy("submitted it to the work body head")
    SEND_BACK = "send_back", gettext_lazy("sent it back")
    APPROVE = "approve", gettext_lazy("approved it and handed it to the provider")
    AGREE = "agree", gettext_lazy("agreed")
    REFUSE = "refuse", gettext_lazy("refused")
    WITHDRAW = "withdraw", gettext_lazy("withdrew the request")
    ASK_SUPPLEMENT = "ask_supplement", gettext_lazy("asked for what is missing")
    OFFER = "offer", gettext_lazy("offered a part of what was asked for")
    ACCEPT = "accept", gettext_lazy("accepted the offer")
    DECLINE = "decline", gettext_lazy("declined the offer")
    ASK_EXTENSION = "ask_extension", gettext_lazy("asked for an extension of the answer")
    EXTEND = "extend", gettext_lazy("consented to the extension")
    DENY_EXTENSION = "deny_extension", gettext_lazy("refused the extension")
    DISPUTE = "dispute", gettext_lazy("contested the refusal")
    UPHOLD = "uphold", gettext_lazy("decided that the refusal stands")
    REOPEN = "reopen", gettext_lazy("decided that the provider answers again")


class AgreementMove(models.TextChoices):
    MAKE = "make", gettext_lazy("made the agreement")
    PROPOSE = "propose", gettext_lazy("proposed other terms")
    RETRACT = "retract", gettext_lazy("took the proposed terms back")
    CONFIRM = "confirm", gettext_lazy("confirmed the terms")
    CONCLUDE = "conclude", gettext_lazy("concluded the agreement: both sides have confirmed")
    ADOPT = "adopt", gettext_lazy("put the new terms in force: both sides have confirmed")
    ACTIVATE = "activate", gettext_lazy("opened the data")
    SUSPEND = "suspend", gettext_lazy("suspended sharing")
    RECTIFY = "rectify", gettext_lazy("ordered it to be put right")
    REPORT = "report", gettext_lazy("reported what was put right")
    RESTORE = "restore", gettext_lazy("restored sharing")
    CONSULT = "consult", gettext_lazy("consulted the requester on the end of the service")
    ANSWER = "answer", gettext_lazy("answered on the end of the service")
    TERMINATE = "terminate", gettext_lazy("terminated the agreement")
    EXPIRE = "expire", gettext_lazy("ended the agreement with its term")


STAYS = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """From which states a move is possible, and where it leads: `STAYS` where it is."""

    before: frozenset[str]
    after: str


RULES: dict[Move, Rule] = {
    Move.SUBMIT: Rule(
        frozenset({RequestState.DRAFT, RequestState.RETURNED, RequestState.SUPPLEMENT}),
        RequestState.INTERNAL_REVIEW,
    ),
    Move.SEND_BACK: Rule(frozenset({RequestState.INTERNAL_REVIEW}), RequestState.RETURNED),
    Move.APPROVE: Rule(frozenset({RequestState.INTERNAL_REVIEW}), RequestState.RECEIVED),
    Move.AGREE: Rule(frozenset({RequestState.RECEIVED}), RequestState.AGREED),
    Move.REFUSE: Rule(frozenset({RequestState.RECEIVED}), RequestState.REFUSED),
    Move.WITHDRAW: Rule(frozenset(LIVE), RequestState.WITHDRAWN),
    Move.ASK_SUPPLEMENT: Rule(frozenset({RequestState.RECEIVED}), RequestState.SUPPLEMENT),
    Move.OFFER: Rule(frozenset({RequestState.RECEIVED}), RequestState.OFFERED),
    Move.ACCEPT: Rule(frozenset({RequestState.OFFERED}), RequestState.AGREED),
    Move.DECLINE: Rule(frozenset({RequestState.OFFERED}), RequestState.REFUSED),
    Move.ASK_EXTENSION: Rule(frozenset({RequestState.RECEIVED}), STAYS),
    Move.EXTEND: Rule(frozenset({RequestState.RECEIVED}), STAYS),
    Move.DENY_EXTENSION: Rule(frozenset({RequestState.RECEIVED}), STAYS),
    Move.DISPUTE: Rule(frozenset({RequestState.REFUSED}), STAYS),
    Move.UPHOLD: Rule(frozenset({RequestState.REFUSED}), STAYS),
    Move.REOPEN: Rule(frozenset({RequestState.REFUSED}), RequestState.RECEIVED),
}

UNDER_TERMS = frozenset({AgreementState.PENDING, AgreementState.ACTIVE})
AGREEMENT_RULES: dict[AgreementMove, Rule] = {
    AgreementMove.PROPOSE: Rule(UNDER_TERMS | {AgreementState.AWAITING}, STAYS),
    AgreementMove.RETRACT: Rule(UNDER_TERMS, STAYS),
    AgreementMove.CONFIRM: Rule(UNDER_TERMS | {AgreementState.AWAITING}, STAYS),
    AgreementMove.CONCLUDE: Rule(frozenset({AgreementState.AWAITING}), AgreementState.PENDING),
    AgreementMove.ADOPT: Rule(UNDER_TERMS, STAYS),
    AgreementMove.ACTIVATE: Rule(frozenset({AgreementState.PENDING}), AgreementState.ACTIVE),
    AgreementMove.SUSPEND: Rule(frozenset({AgreementState.ACTIVE}), AgreementState.SUSPENDED),
    AgreementMove.RECTIFY: Rule(frozenset({AgreementState.SUSPENDED}), AgreementState.RECTIFYING),
    AgreementMove.REPORT: Rule(frozenset({AgreementState.RECTIFYING}), STAYS),
    AgreementMove.RESTORE: Rule(
        frozenset({AgreementState.SUSPENDED, AgreementState.RECTIFYING}), AgreementState.ACTIVE
    ),
    AgreementMove.CONSULT: Rule(UNDER_TERMS, STAYS),
    AgreementMove.ANSWER: Rule(UNDER_TERMS, STAYS),
    AgreementMove.TERMINATE: Rule(frozenset(LIVE_AGREEMENT), AgreementState.TERMINATED),
    AgreementMove.EXPIRE: Rule(frozenset(LIVE_AGREEMENT), AgreementState.EXPIRED),
}


def can(state: str, how: Move | AgreementMove) -> bool:
    """Whether the move leads on from `state`; a page asks this before it shows a decision."""
    rule = _rule(how)
    return rule is not None and state in rule.before


def move(
    request_id: int,
    how: Move,
    *,
    by: User | None,
    opinion: str = "",
    write: dict[str, Any] | None = None,
    **data: Any,
) -> SharingRequest:
    """Lock the request, check the move, write state, step and audit entry. Call it in a transaction.

    `write` are further fields that change with the state; `data` goes into the entry alone.
    """
    request = locked(request_id)
    before = request.state
    request.state = _next(before, how, RequestState(before).label)
    for name, value in (write or {}).items():
        setattr(request, name, value)
    request.version += 1
    request.save(update_fields=["state", "version", *(write or {})])
    RequestStep.objects.create(
        request=request, move=how, before=before, after=request.state, by=by, opinion=opinion
    )
    audit.services.record(
        actor=by,
        action=f"sharing.request.{how}",
        target=request,
        before=before,
        after=request.state,
        opinion=opinion,
        **data,
    )
    if request.state != before:
        tell_of_request(request)
    return request


def locked(request_id: int) -> SharingRequest:
    """The request as it is now, kept from other writers until the transaction ends."""
    request: SharingRequest = (
        SharingRequest.objects.select_for_update(of=("self",), no_key=True)
        .select_related("resource__department", "requester", "applicant")
        .get(pk=request_id)
    )
    return request


def check_version(request: SharingRequest, version: int | None) -> None:
    """Raise StaleVersion unless `version`, the one that the person saw, is still the request's.

    Asked after the right: who may not act learns that, whatever they saw. None is for acts that hold
    beside whatever else happens to the request, as a message does.
    """
    if version is not None and request.version != version:
        raise StaleVersion(
            _("The request has changed since you opened it. Look at it again before you decide.")
        )


def move_agreement(
    agreement: Agreement,
    how: AgreementMove,
    *,
    by: User | None,
    opinion: str = "",
    write: dict[str, Any] | None = None,
    **data: Any,
) -> None:
    """Move an agreement that `services.agreements` has locked, with its step and audit entry."""
    before = agreement.state
    agreement.state = _next(before, how, AgreementState(before).label)
    for name, value in (write or {}).items():
        setattr(agreement, name, value)
    agreement.revision += 1
    agreement.save(update_fields=["state", "revision", *(write or {})])
    AgreementStep.objects.create(
        agreement=agreement, move=how, before=before, after=agreement.state, by=by, opinion=opinion
    )
    audit.services.record(
        actor=by,
        action=f"sharing.agreement.{how}",
        target=agreement,
        before=before,
        after=agreement.state,
        reason=opinion,
        **data,
    )
    if agreement.state != before or how == AgreementMove.ADOPT:
        tell_of_agreement(agreement, is_amended=how == AgreementMove.ADOPT)


def check_revision(agreement: Agreement, revision: int | None) -> None:
    """Raise StaleVersion unless `revision`, if one was seen, is still that of the locked agreement.

    None is for who acts on what the moves themselves check: the state, or the version of the terms.
    """
    if revision is not None and agreement.revision != revision:
        raise StaleVersion(
            _("The agreement has changed since you read it. Look at it again before you decide.")
        )


def check_state(agreement: Agreement, how: AgreementMove) -> None:
    """Raise WrongState unless the move is possible: before anything else about it is looked at."""
    _next(agreement.state, how, AgreementState(agreement.state).label)


def _rule(how: Move | AgreementMove) -> Rule | None:
    return RULES.get(how) if isinstance(how, Move) else AGREEMENT_RULES.get(how)


def _next(before: str, how: Move | AgreementMove, label: Any) -> str:
    rule = _rule(how)
    if rule is None or before not in rule.before:
        raise WrongState(
            _("This is not possible any more. It stands at: %(state)s.") % {"state": label}
        )
    return rule.after or before
