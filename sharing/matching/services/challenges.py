"""Contesting how an entry is shared, before the competent department (Decree 809, Art. 15)."""

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

import audit.services
from catalog.models import Resource
from portal.common.errors import Invalid, NotFound, StaleVersion, WrongState
from portal.organisation.models import User
from sharing.matching.models import ChallengeOutcome, ClassificationChallenge
from sharing.matching.permissions import may_challenge, may_decide_challenge, may_state_view
from sharing.services.words import said


@transaction.atomic
def raise_challenge(*, resource: Resource, words: str, by: User) -> ClassificationChallenge:
    """Say why an entry that is not shared, or its conditions, should be looked at again."""
    if not Resource.objects.permitted(by, "view_resource").filter(pk=resource.pk).exists():
        raise NotFound(_("There is no such resource."))
    may_challenge(by, resource).enforce()
    why = _stated(words, "words")
    try:
        with transaction.atomic():
            made = ClassificationChallenge.objects.create(
                resource=resource, department=by.department, by=by, words=why
            )
    except IntegrityError:
        raise WrongState(
            _("Your department has challenged it already; it waits for the decision.")
        ) from None
    audit.services.record(
        actor=by,
        action="matching.challenge.raise",
        target=made,
        resource=resource.code,
        attribute=resource.sharing_attribute,
        words=why,
    )
    return made


@transaction.atomic
def state_view(
    *, challenge: ClassificationChallenge, words: str, version: int | None = None, by: User
) -> ClassificationChallenge:
    """What the provider says to it, once; the decision does not wait for it."""
    held = _locked(challenge)
    may_state_view(by, held).enforce()
    _check_version(held, version)
    _check_open(held)
    if held.view:
        raise WrongState(_("The provider has stated its view already."))
    held.view, held.viewed_by = _stated(words, "words"), by
    held.save(update_fields=["view", "viewed_by"])
    audit.services.record(actor=by, action="matching.challenge.view", target=held, words=held.view)
    return held


@transaction.atomic
def decide(
    *,
    challenge: ClassificationChallenge,
    outcome: str,
    words: str,
    version: int | None = None,
    by: User,
) -> ClassificationChallenge:
    """It stands as it is, or the provider has to change it: a task of its stewards until it has."""
    held = _locked(challenge)
    may_decide_challenge(by, held).enforce()
    _check_version(held, version)
    _check_open(held)
    if outcome not in ChallengeOutcome.values:
        wrong = _("Choose what follows.")
        raise Invalid(wrong, fields={"outcome": [wrong]})
    held.opinion = _stated(words, "words")
    held.outcome, held.decided_by, held.decided_at = outcome, by, timezone.now()
    held.save(update_fields=["outcome", "opinion", "decided_by", "decided_at"])
    audit.services.record(
        actor=by,
        action="matching.challenge.decide",
        target=held,
        outcome=outcome,
        words=held.opinion,
    )
    return held


def _locked(challenge: ClassificationChallenge) -> ClassificationChallenge:
    held: ClassificationChallenge = (
        ClassificationChallenge.objects.select_for_update(of=("self",))
        .select_related("resource__department", "department")
        .get(pk=challenge.pk)
    )
    return held


def _check_version(held: ClassificationChallenge, version: int | None) -> None:
    if version is not None and held.version != version:
        raise StaleVersion(_("The challenge has changed since you read it. Look at it again."))


def _check_open(held: ClassificationChallenge) -> None:
    if not held.is_open:
        raise WrongState(_("The challenge is decided."))


def _stated(words: str, field: str) -> str:
    if not words.strip():
        wrong = _("Say why: the other side reads it.")
        raise Invalid(wrong, fields={field: [wrong]})
    return said(words, field)
