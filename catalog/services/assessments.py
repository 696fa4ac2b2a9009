"""The two assessments before submission (Decree 809, Art. 13)."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.services import record
from catalog.models import Assessment, AssessmentKind, DataItem, Resource, ResourceStep, Work
from catalog.permissions import check_edit
from catalog.services.resources import stale
from catalog.workflow import locked
from portal.common.errors import Invalid
from portal.common.plain_text import plain_words
from portal.organisation.models import User

STEPS = {
    AssessmentKind.SECRECY: Work.ASSESS_SECRECY,
    AssessmentKind.PERSONAL_INFORMATION: Work.ASSESS_PERSONAL_INFORMATION,
}


@transaction.atomic
def assess(
    *,
    resource: Resource,
    version: int,
    kind: AssessmentKind,
    is_present: bool,
    is_passed: bool,
    findings: str,
    by: User,
) -> Assessment:
    """Record one assessment of the entry as it stood in `version`; a later one replaces it.

    Refused when it contradicts the entry: a secret that "may be catalogued" (Art. 3), or an answer
    on personal information other than the items' own flags give.
    """
    held = locked(resource.pk)
    check_edit(by, held)
    if held.version != version:
        raise stale(held)
    words = plain_words(findings, field="findings")
    if not words:
        raise Invalid(
            _("The assessment has errors."),
            fields={"findings": [_("Write down what was examined and found.")]},
        )
    items = list(held.items.order_by("position"))
    if not items:
        raise Invalid(_("Describe the data items first: they are what is assessed."))
    if kind == AssessmentKind.SECRECY:
        _check_secrecy(is_present=is_present, is_passed=is_passed)
    else:
        _check_personal(items, is_present=is_present)
    assessment, _created = Assessment.objects.update_or_create(
        resource=held,
        kind=kind,
        defaults={
            "is_present": is_present,
            "is_passed": is_passed,
            "findings": words,
            "by": by,
            "at": timezone.now(),
        },
    )
    ResourceStep.objects.create(
        resource=held,
        move=STEPS[kind],
        before=held.state,
        after=held.state,
        by=by,
        opinion=words,
    )
    record(
        actor=by,
        action="catalog.resource.assess",
        target=held,
        kind=kind,
        is_present=is_present,
        is_passed=is_passed,
        findings=words,
        version=held.version,
    )
    return assessment


def _check_secrecy(*, is_present: bool, is_passed: bool) -> None:
    if is_present and is_passed:
        words = _("State secrets and work secrets cannot be catalogued (Decree 809, Art. 3).")
        raise Invalid(_("The assessment has errors."), fields={"is_passed": [words]})


def _check_personal(items: list[DataItem], *, is_present: bool) -> None:
    flagged = [item.name for item in items if item.is_personal]
    if flagged and not is_present:
        words = _("These items are marked as personal information: %(items)s.") % {
            "items": _(", ").join(flagged)
        }
    elif is_present and not flagged:
        words = _("No item is marked as personal information: mark those that are, then assess.")
    else:
        return
    raise Invalid(_("The assessment has errors."), fields={"is_present": [words]})
