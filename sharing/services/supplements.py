"""What is missing of a request is asked for once, all of it (Decree 809, Art. 21)."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.common.errors import Invalid, WrongState
from portal.common.text import Text
from portal.organisation.models import User
from sharing import deadlines, permissions
from sharing.models import SharingRequest, SupplementNotice
from sharing.services.words import stated
from sharing.workflow import Move, check_version, locked, move

# What Art. 20 has a request state, by the field that says it.
FIELDS: dict[str, Text] = {
    "items": gettext_lazy("Data items"),
    "use_basis": gettext_lazy("Basis for use"),
    "use_scene": gettext_lazy("Scene of use"),
    "use_scope": gettext_lazy("Scope of use"),
    "sharing_mode": gettext_lazy("Sharing mode"),
    "use_until": gettext_lazy("Use until"),
    "system": gettext_lazy("Receiving information system"),
}


@transaction.atomic
def ask(
    *, request: SharingRequest, version: int, missing: Sequence[str], opinion: str, by: User
) -> SharingRequest:
    """Tell the requester everything that is missing; a second notice is refused.

    What the answer clock does meanwhile is the platform's policy: see `deadlines.stop_for_supplement`.
    """
    held = locked(request.pk)
    permissions.may_answer(by, held).enforce()
    check_version(held, version)
    unknown = [name for name in missing if name not in FIELDS]
    if unknown or not missing:
        words = _("Name everything that is missing: there is one notice.")
        raise Invalid(_("The notice has errors."), fields={"missing": [words]})
    why = stated(opinion)
    if SupplementNotice.objects.filter(request=held).exists():
        raise WrongState(
            _("The supplement was asked for already: everything missing is told at once (Art. 21).")
        )
    now = timezone.now()
    moved = move(held.pk, Move.ASK_SUPPLEMENT, by=by, opinion=why, missing=list(missing))
    SupplementNotice.objects.create(
        request=moved,
        by=by,
        at=now,
        words=why,
        missing=[name for name in FIELDS if name in missing],
    )
    deadlines.stop_for_supplement(request=moved)
    return moved


def close(*, request: SharingRequest, at: datetime, by: User) -> None:
    """The request is complete again and with the provider; in the move that hands it over."""
    notice = SupplementNotice.objects.select_for_update().get(request=request, decided_at=None)
    notice.decided_by, notice.decided_at = by, at
    notice.save(update_fields=["decided_by", "decided_at"])
    deadlines.go_on_after_supplement(request=request)
