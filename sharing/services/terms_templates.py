"""What agreements begin with, written by the competent department of a region (Art. 8)."""

from dataclasses import asdict

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

import audit.services
from portal.common.decisions import ALLOWED, Decision, denied
from portal.common.errors import DomainError, Invalid, StaleVersion
from portal.common.plain_text import fault_of
from portal.organisation.models import DutyKind, Region, User
from sharing.models import TermsTemplate
from sharing.templates_in_force import KINDS
from sharing.terms import LARGEST, QUOTAS, UsualTerms

LONGEST = 2000
LONGEST_REASON = 500
TEXTS = ("provider_duties", "requester_duties")


def may_write(user: User) -> Decision:
    """The officers of a competent department write the templates of its region."""
    if user.has_duty(DutyKind.COMPETENT_OFFICER) and user.department.is_competent:
        return ALLOWED
    return denied(_("An officer of the competent department writes the templates."))


@transaction.atomic
def write(
    *, sharing_attribute: str, version: int, terms: UsualTerms, reason: str, by: User
) -> TermsTemplate:
    """The next version for the officer's region, on the grounds of its version `version` (0: none).

    Agreements that were made before keep their terms.
    """
    may_write(by).enforce()
    region = Region.objects.select_for_update(no_key=True).get(pk=by.department.region_id)
    known = TermsTemplate.objects.filter(region=region, sharing_attribute=sharing_attribute)
    last = known.aggregate(last=Max("number"))["last"] or 0
    if last != version:
        raise StaleVersion(_("The template has changed since you opened it. Look at it again."))
    _check(sharing_attribute, terms, reason)
    latest = known.filter(number=last).first()
    if latest is not None and all(
        getattr(latest, name) == value for name, value in asdict(terms).items()
    ):
        raise DomainError(_("The terms are the same as before."), code="unchanged")
    made = TermsTemplate.objects.create(
        region=region,
        sharing_attribute=sharing_attribute,
        number=last + 1,
        reason=reason.strip(),
        made_by=by,
        **asdict(terms),
    )
    audit.services.record(
        actor=by,
        action="sharing.template.write",
        target=made,
        region=region.code,
        sharing_attribute=sharing_attribute,
        version=made.number,
        reason=made.reason,
    )
    return made


def _check(sharing_attribute: str, terms: UsualTerms, reason: str) -> None:
    wrong: dict[str, list[str]] = {}
    if sharing_attribute not in KINDS:
        wrong["sharing_attribute"] = [_("There are agreements on what is shared alone.")]
    for name in TEXTS:
        text = getattr(terms, name)
        if not text.strip():
            wrong[name] = [_("State this: it is part of the agreement.")]
        elif len(text) > LONGEST:
            wrong[name] = [_("At most %(most)s characters.") % {"most": LONGEST}]
        elif fault := fault_of(text):
            wrong[name] = [fault]
    for name in QUOTAS:
        quota = getattr(terms, name)
        if quota is not None and not 1 <= quota <= LARGEST[name]:
            words = _("A whole number from 1 to %(most)s, or nothing.")
            wrong[name] = [words % {"most": LARGEST[name]}]
    if not reason.strip():
        wrong["reason"] = [_("State the reason: departments read it.")]
    elif len(reason) > LONGEST_REASON or fault_of(reason):
        wrong["reason"] = [_("At most %(most)s plain characters.") % {"most": LONGEST_REASON}]
    if wrong:
        raise Invalid(_("The template has errors."), fields=wrong)
