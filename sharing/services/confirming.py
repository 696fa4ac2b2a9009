"""Terms of agreements: proposed by either side, in force when the heads of both have confirmed.

What is in force stays so until then. Another purpose, and passing the data on, want the provider's
express consent (Decree 809, Art. 25).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from portal.common.errors import DomainError, Invalid, StaleVersion, WrongState
from portal.common.plain_text import fault_of
from portal.organisation.models import User
from sharing import agreement_permissions as may
from sharing import canaries, deadlines, masks, row_filters
from sharing.models import (
    Agreement,
    AgreementConfirmation,
    AgreementState,
    AgreementVersion,
    Side,
    VersionKind,
)
from sharing.row_filters import Condition
from sharing.services import versions
from sharing.services.agreements import has_what_to_deliver, locked, open_delivery
from sharing.services.flow import reopen_view
from sharing.services.words import said
from sharing.terms import (
    LARGEST,
    NEED_CONSENT,
    QUOTAS,
    Terms,
    changed_names,
    content_hash,
    terms_in_force,
    terms_of,
)
from sharing.workflow import AgreementMove, check_revision, check_state, move_agreement

LONGEST_YEARS = 3  # a rule of the platform, not of the law


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """Other terms as a whole, as either side writes them. The key of the resource is always added."""

    basis: str
    purpose: str
    scope: str
    items: tuple[str, ...]
    ends_on: date
    row_filter: Sequence[Any] = ()
    masks: Mapping[str, str] = field(default_factory=dict)
    verification_only: bool = False
    canary: Mapping[str, str] = field(default_factory=dict)
    third_parties: str = ""
    calls_a_day: int | None = None
    rows_a_day: int | None = None
    exports_at_once: int | None = None
    provider_duties: str
    requester_duties: str


@transaction.atomic
def propose(
    *,
    agreement: Agreement,
    version: int,
    proposal: Proposal,
    reason: str,
    revision: int | None = None,
    by: User,
) -> AgreementVersion:
    """Write other terms on the grounds of version `version`, for both heads to confirm.

    What is in force stays in force. Before the agreement is concluded they replace what was
    proposed before, with its confirmations.
    """
    held = locked(agreement.pk)
    may.may_propose(by, held).enforce()
    check_revision(held, revision)
    check_state(held, AgreementMove.PROPOSE)
    if held.version_proposed is not None and held.state != AgreementState.AWAITING:
        raise WrongState(
            _("Version %(number)s is proposed already: confirm it or take it back first.")
            % {"number": held.version_proposed.number},
            code="proposal_open",
        )
    if version != _newest(held):
        raise StaleVersion(_("The terms have changed since you opened them. Look at them again."))
    before = terms_of(held.version_proposed) if held.version_proposed else terms_in_force(held)
    after = _checked(held, before, proposal, by=by)
    why = said(reason, "reason")
    if not why:
        words = _("State the reason: both parties read it.")
        raise Invalid(_("The reason is missing."), fields={"reason": [words]})
    changed = changed_names(before, after)
    if not changed:
        raise DomainError(_("The terms are the same as before."), code="unchanged")
    kind = VersionKind.RENEWAL if changed == ("ends_on",) else VersionKind.AMENDMENT
    written = versions.write(held, after, kind=kind, reason=why, by=by)
    move_agreement(
        held,
        AgreementMove.PROPOSE,
        by=by,
        opinion=why,
        version=written.number,
        content_hash=written.content_hash,
        changed=list(changed),
    )
    return written


@transaction.atomic
def retract(
    *,
    agreement: Agreement,
    version: int,
    reason: str = "",
    revision: int | None = None,
    by: User,
) -> Agreement:
    """Take the proposed terms back, or turn them down; what is in force stays."""
    held = locked(agreement.pk)
    may.may_retract(by, held).enforce()
    check_revision(held, revision)
    check_state(held, AgreementMove.RETRACT)
    proposed = _proposed(held, version)
    move_agreement(
        held,
        AgreementMove.RETRACT,
        by=by,
        opinion=said(reason, "reason"),
        write={"version_proposed": None},
        version=proposed.number,
    )
    return held


@transaction.atomic
def confirm(
    *,
    agreement: Agreement,
    version: int,
    content_hash: str,
    consents: bool = False,
    revision: int | None = None,
    by: User,
) -> Agreement:
    """One head confirms the proposed version by its hash; with the second it is in force.

    `consents` is the provider's express consent to another purpose or to passing the data on,
    needed when the version has either. The first terms conclude the agreement, and open the data
    at once when its rows are there.
    """
    held = locked(agreement.pk)
    may.may_confirm(by, held).enforce()
    check_revision(held, revision)
    check_state(held, AgreementMove.CONFIRM)
    proposed = _proposed(held, version)
    _check_hash(proposed, content_hash)
    side = Side.PROVIDER if by.department_id == held.provider_id else Side.REQUESTER
    if proposed.confirmations.filter(side=side).exists():
        raise WrongState(_("Your side has confirmed this version already."), code="confirmed")
    if terms_of(proposed).ends_on < deadlines.today():
        raise DomainError(
            _("The term has passed: propose another one, or end the agreement."), code="term_passed"
        )
    consented = _consented(held, proposed, consents=consents) if side == Side.PROVIDER else []
    AgreementConfirmation.objects.create(
        version=proposed, side=side, by=by, content_hash=proposed.content_hash, consents=consented
    )
    move_agreement(
        held,
        AgreementMove.CONFIRM,
        by=by,
        version=proposed.number,
        side=side,
        content_hash=proposed.content_hash,
        consents=consented,
    )
    if proposed.confirmations.count() == len(Side):
        _put_in_force(held, proposed, by=by)
    return held


def consent_needed(agreement: Agreement, version: AgreementVersion) -> tuple[str, ...]:
    """What of Art. 25 a version asks the provider to consent to, beside all else it says."""
    if agreement.state == AgreementState.AWAITING:
        after = terms_of(version)
        return ("third_parties",) if after.third_parties else ()
    changed = changed_names(terms_in_force(agreement), terms_of(version))
    return tuple(name for name in NEED_CONSENT if name in changed)


def _put_in_force(held: Agreement, version: AgreementVersion, *, by: User) -> None:
    is_first = held.state == AgreementState.AWAITING
    lets_out_else = versions.take_over(held, version)
    how = AgreementMove.CONCLUDE if is_first else AgreementMove.ADOPT
    move_agreement(held, how, by=by, version=version.number, content_hash=version.content_hash)
    if is_first and has_what_to_deliver(held) and held.resource.is_published:
        open_delivery(held, by=by)
    elif lets_out_else and held.is_active:
        reopen_view(held)


def _proposed(held: Agreement, number: int) -> AgreementVersion:
    proposed = held.version_proposed
    if proposed is None:
        raise WrongState(_("No terms are proposed just now."), code="nothing_proposed")
    if proposed.number != number:
        raise StaleVersion(
            _("Version %(number)s is proposed now. Look at it before you decide.")
            % {"number": proposed.number}
        )
    return proposed


def _check_hash(proposed: AgreementVersion, given: str) -> None:
    """What was seen is what is kept, and what is kept is what was written."""
    if given.lower() != proposed.content_hash or content_hash(proposed.terms) != given.lower():
        raise StaleVersion(
            _("This is not the hash of the proposed terms. Look at them again before you confirm.")
        )


def _consented(held: Agreement, proposed: AgreementVersion, *, consents: bool) -> list[str]:
    needed = consent_needed(held, proposed)
    if needed and not consents:
        words = _(
            "The terms have another purpose, or let the data be passed on: that wants your express"
            " consent (Decree 809, Art. 25)."
        )
        raise Invalid(_("The consent is missing."), fields={"consents": [words]})
    return list(needed)


def _newest(held: Agreement) -> int:
    last = held.versions.order_by("-number").values_list("number", flat=True).first()
    return last or 0


def _checked(held: Agreement, before: Terms, given: Proposal, *, by: User) -> Terms:
    """The proposed terms, complete and possible; Invalid with everything that is not."""
    wrong: dict[str, list[str]] = {}
    texts = ("basis", "purpose", "scope", "provider_duties", "requester_duties")
    for name in texts:
        if not getattr(given, name).strip():
            wrong[name] = [_("State this: it is part of the agreement.")]
    for name in (*texts, "third_parties"):
        if fault := fault_of(getattr(given, name)):
            wrong[name] = [fault]
    today = deadlines.today()
    if given.ends_on < max(today, before.starts_on):
        wrong["ends_on"] = [_("This day has passed.")]
    elif given.ends_on > today.replace(year=today.year + LONGEST_YEARS, day=min(today.day, 28)):
        words = _("At most %(years)s years from today.") % {"years": LONGEST_YEARS}
        wrong["ends_on"] = [words]
    for name in QUOTAS:
        quota = getattr(given, name)
        if quota is not None and not 1 <= quota <= LARGEST[name]:
            wrong[name] = [
                _("A whole number from 1 to %(most)s, or nothing.") % {"most": LARGEST[name]}
            ]
    items = list(held.resource.items.order_by("position"))
    unknown = sorted(set(given.items) - {item.column for item in items})
    columns = tuple(i.column for i in items if i.is_key or i.column in given.items)
    if unknown:
        words = _("The resource has no such data item: %(items)s.") % {"items": ", ".join(unknown)}
        wrong["items"] = [words]
    elif all(item.is_key for item in items if item.column in columns):
        wrong["items"] = [_("Choose at least one data item besides the key.")]
    row_filter: tuple[Condition, ...] = ()
    masked: dict[str, str] = {}
    try:
        row_filter = tuple(row_filters.read(given.row_filter, items))
    except Invalid as refusal:
        wrong |= refusal.fields
    try:
        masked = masks.read(given.masks, [item for item in items if item.column in columns])
    except Invalid as refusal:
        wrong |= refusal.fields
    canary: dict[str, str] = {}
    try:
        canary = canaries.read(
            given.canary,
            [item for item in items if item.column in columns],
            agreement=held,
            masks=masked,
            before=before.canary,
            may_write=by.department_id == held.provider_id,
            verification_only=given.verification_only,
        )
    except Invalid as refusal:
        wrong |= refusal.fields
    if wrong:
        raise Invalid(_("The terms have errors."), fields=wrong)
    return replace(
        before,
        items=columns,
        row_filter=row_filter,
        masks=masked,
        ends_on=given.ends_on,
        verification_only=given.verification_only,
        canary=canary,
        third_parties=given.third_parties.strip(),
        **{name: getattr(given, name).strip() for name in texts},
        **{name: getattr(given, name) for name in QUOTAS},
    )
