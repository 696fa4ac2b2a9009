"""Messages between the two sides of a request, and the competent department's advice on it."""

from django.db import transaction
from django.utils.translation import gettext as _

import audit.services
from portal.clocks.models import NoticeKind
from portal.clocks.services.telling import tell
from portal.common.errors import Invalid, WrongState
from portal.organisation.models import DutyKind, User
from portal.organisation.selectors import holders
from sharing import permissions
from sharing.models import RequestNote, RequestState, SharingRequest, Verdict
from sharing.services.words import said
from sharing.workflow import check_version, locked


@transaction.atomic
def write(
    *, request: SharingRequest, words: str, version: int | None = None, by: User
) -> RequestNote:
    """Say something to the other side; it is told, and what was said stands on record."""
    held = locked(request.pk)
    permissions.may_write(by, held).enforce()
    check_version(held, version)
    return _noted(held, _stated(words), by, verdict="")


@transaction.atomic
def advise(
    *, request: SharingRequest, verdict: str, words: str, version: int | None = None, by: User
) -> RequestNote:
    """The pre-check: advice to the provider while its clock runs, which it neither stops nor delays.

    Once a request, and only where the installation has it switched on (`settings.PRE_CHECK`).
    """
    held = locked(request.pk)
    permissions.may_advise(by, held).enforce()
    check_version(held, version)
    if held.state != RequestState.RECEIVED:
        raise WrongState(_("Advice is for a request that the provider has not answered."))
    if held.notes.exclude(verdict="").exists():
        raise WrongState(_("Advice has been given on this request."))
    if verdict not in Verdict.values:
        wrong = _("Choose what you advise.")
        raise Invalid(wrong, fields={"verdict": [wrong]})
    return _noted(held, _stated(words), by, verdict=verdict)


def _noted(held: SharingRequest, words: str, by: User, *, verdict: str) -> RequestNote:
    made = RequestNote.objects.create(request=held, words=words, by=by, verdict=verdict)
    audit.services.record(
        actor=by,
        action="sharing.request.advise" if verdict else "sharing.request.write",
        target=held,
        words=words,
        verdict=verdict,
    )
    tell(
        people=_others(held, by),
        kind=NoticeKind.MESSAGE,
        about=SharingRequest._meta.label_lower,
        about_id=held.pk,
        occasion=str(made.pk),
    )
    return made


def _others(held: SharingRequest, by: User) -> set[int]:
    """Who acts for the other side; of advice, for both."""
    provider = holders(held.resource.department, DutyKind.WORK_BODY_HEAD)
    requester = holders(held.requester, DutyKind.WORK_BODY_HEAD)
    found: set[int] = set()
    if by.department_id != held.resource.department_id:
        found |= set(provider.values_list("pk", flat=True))
    if by.department_id != held.requester_id:
        found |= {held.applicant_id, *requester.values_list("pk", flat=True)}
    return found - {by.pk}


def _stated(words: str) -> str:
    if not words.strip():
        wrong = _("Write what you want to say.")
        raise Invalid(wrong, fields={"words": [wrong]})
    return said(words, "words")
