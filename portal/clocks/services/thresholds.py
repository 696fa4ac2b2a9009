"""Setting when a date turns amber and red in a region, and when who is told."""

from dataclasses import asdict

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

import audit.services
from portal.clocks.models import MOST_DAYS, ThresholdPolicy
from portal.clocks.permissions import may_set_thresholds
from portal.clocks.thresholds import Thresholds, forget_on_commit
from portal.common.errors import Invalid, StaleVersion
from portal.organisation.models import Region, User


@transaction.atomic
def set_thresholds(*, thresholds: Thresholds, version: int, by: User) -> ThresholdPolicy:
    """For the region of `by`. `version` is the one that was read, 0 where none was chosen yet.

    Who has been told already is not told again; a stage that a new threshold brings near is told in
    the next round.
    """
    may_set_thresholds(by).enforce()
    region = Region.objects.select_for_update().get(pk=by.department.region_id)
    held = ThresholdPolicy.objects.filter(region=region).first()
    if version != (held.version if held else 0):
        raise StaleVersion(_("Somebody has changed the thresholds since. Look at them first."))
    errors = _wrong(thresholds)
    if errors:
        raise Invalid(_("The thresholds were not changed."), fields=errors)
    before = asdict(held.thresholds) if held else None
    held = held or ThresholdPolicy(region=region, region_code=region.code, version=0)
    for name, value in asdict(thresholds).items():
        setattr(held, name, value)
    held.version += 1
    held.changed_by, held.changed_at = by, timezone.now()
    held.save()
    audit.services.record(
        actor=by,
        action="clocks.thresholds.change",
        target=held,
        before=before,
        after=asdict(thresholds),
        version=held.version,
    )
    forget_on_commit()
    return held


def _wrong(given: Thresholds) -> dict[str, list[str]]:
    errors: dict[str, list[str]] = {}
    within = _("Between %(least)s and %(most)s working days.")
    for name, value in asdict(given).items():
        least = 0 if name in {"amber_days", "red_days"} else 1
        if not least <= value <= MOST_DAYS:
            errors[name] = [within % {"least": least, "most": MOST_DAYS}]
    if given.red_days > given.amber_days:
        errors.setdefault("red_days", [_("Red comes after amber: fewer days, or as many.")])
    if given.head_days > given.competent_days:
        errors.setdefault("competent_days", [_("The competent department is told after the head.")])
    return errors
