"""Who may take the evidence pack of a case, and that each taking is on record."""

from dataclasses import dataclass

import structlog
from django.utils.translation import gettext as _

import audit.services
from audit.permissions import may_read
from audit.sealing import CannotSeal, seal
from portal.common.errors import NotFound
from portal.organisation.models import User
from sharing.evidence import pack
from sharing.models import SharingRequest

logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Taken:
    name: str
    content: bytes


def take(*, number: str, by: User) -> Taken:
    """The pack of one request: for its parties, the competent department and the audit administrator.

    Seals first, so that what was done until now is proved; an entry that still waits is told as such.
    Raises `NotFound` for who may not know of the request. Must not be called inside a transaction.
    """
    found = SharingRequest.objects.filter(number=number)
    if not may_read(by):
        found = SharingRequest.objects.permitted(by).filter(number=number)
    request = found.select_related("resource", "requester", "applicant").first()
    if request is None:
        raise NotFound(_("There is no such sharing request."))
    return taken(request=request, by=by)


def taken(*, request: SharingRequest, by: User) -> Taken:
    """The pack for somebody whose right to it was asked elsewhere: as to the case of an alert."""
    audit.services.record_alone(actor=by, action="sharing.evidence.take", target=request)
    try:
        seal()
    except CannotSeal as refusal:
        # The pack is needed all the more then: it shows what the tree still proves.
        logger.error("evidence_unsealed", request=request.number, words=str(refusal))
    return Taken(f"evidence-{request.number}.zip", pack.build(request))
