"""Telling the requesters of live agreements that an entry has changed, and their acknowledgement."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext as _

import audit.services
from catalog.models import ResourceVersion
from portal.clocks.models import NoticeKind
from portal.clocks.services.telling import tell
from portal.common.errors import WrongState
from portal.organisation.models import DutyKind, User
from portal.organisation.selectors import holders
from sharing import agreement_permissions as may
from sharing.models import LIVE_AGREEMENT, Agreement, ChangeNotice
from sharing.services.agreements import locked
from sharing.telling import tell_of_change
from sharing.workflow import check_revision

BATCH = 500
# Longer than the portal may be down: a version that was published meanwhile is still told.
LOOKED_BACK = timedelta(days=60)
TOLD = ("name", "type", "length", "is_key", "is_nullable", "masking_rule", "code_list")


def tell_of_changes() -> int:
    """A notice a live agreement and version that changed items or frequency; may run twice.

    A version that changes neither is noted without asking anybody. The catalogue knows nothing of
    agreements: its kept versions are what is listened to.
    """
    since = timezone.now() - LOOKED_BACK
    drawn = Agreement.objects.filter(
        resource=OuterRef("resource"),
        state__in=LIVE_AGREEMENT,
        created_at__lt=OuterRef("published_at"),
    ).exclude(notices__version=OuterRef("pk"))
    fresh = ResourceVersion.objects.filter(Exists(drawn), number__gt=1, published_at__gte=since)
    return sum(_tell_of(version) for version in fresh.order_by("published_at")[:BATCH])


@transaction.atomic
def acknowledge(
    *, agreement: Agreement, version: int, revision: int | None = None, by: User
) -> ChangeNotice:
    """The requester has seen what changed in the entry's version `version`."""
    held = locked(agreement.pk)
    may.may_acknowledge(by, held).enforce()
    check_revision(held, revision)
    notice: ChangeNotice | None = held.notices.filter(version__number=version).first()
    if notice is None or notice.acknowledged_at is not None:
        raise WrongState(_("There is no notice that waits for this."), code="acknowledged")
    notice.acknowledged_at, notice.acknowledged_by = timezone.now(), by
    notice.save(update_fields=["acknowledged_at", "acknowledged_by"])
    audit.services.record(
        actor=by, action="sharing.notice.acknowledge", target=held, version=version
    )
    return notice


@transaction.atomic
def _tell_of(version: ResourceVersion) -> int:
    before = ResourceVersion.objects.filter(
        resource=version.resource_id, number=version.number - 1
    ).first()
    said = before or version
    items = changed_items(said.items, version.items)
    frequencies = [one.entry.get("update_frequency") or "" for one in (said, version)]
    is_told = bool(items) or frequencies[0] != frequencies[1]
    found = Agreement.objects.filter(
        resource=version.resource_id,
        state__in=LIVE_AGREEMENT,
        created_at__lt=version.published_at,
    ).exclude(notices__version=version)
    notices = ChangeNotice.objects.bulk_create(
        [
            ChangeNotice(
                agreement=agreement,
                version=version,
                items=items,
                frequency_before=frequencies[0],
                frequency_after=frequencies[1],
                acknowledged_at=None if is_told else timezone.now(),
            )
            for agreement in found.select_related("requester", "request", "resource")
        ],
        ignore_conflicts=True,
    )
    if not is_told:
        return 0
    for notice in notices:
        audit.services.record(
            actor=None,
            action="sharing.notice.tell",
            target=notice.agreement,
            version=version.number,
            items=items,
        )
        tell(
            people=_concerned(notice.agreement),
            kind=NoticeKind.CHANGED,
            about=Agreement._meta.label_lower,
            about_id=notice.agreement_id,
            occasion=str(version.number),
        )
        tell_of_change(notice)
    return len(notices)


def _concerned(agreement: Agreement) -> list[int]:
    """Who asked for the data, and the heads of their work body: they acknowledge the change."""
    heads = holders(agreement.requester, DutyKind.WORK_BODY_HEAD).values_list("pk", flat=True)
    return [agreement.request.applicant_id, *heads]


def changed_items(
    before: Iterable[dict[str, Any]], after: Iterable[dict[str, Any]]
) -> dict[str, list[str]]:
    """Columns by what became of them; what is only worded otherwise is no change of the shape."""
    old = {one["column"]: one for one in before}
    new = {one["column"]: one for one in after}
    ways = {
        "added": [column for column in new if column not in old],
        "removed": [column for column in old if column not in new],
        "changed": [
            column
            for column in new
            if column in old
            and any(old[column].get(name) != new[column].get(name) for name in TOLD)
        ],
    }
    return {how: columns for how, columns in ways.items() if columns}
