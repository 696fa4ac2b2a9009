"""Rules and casts of a sync job: every change is a new version, none is changed or lost."""

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from audit.services import record
from catalog.models import JobMode, JobRules, SyncJob, SyncPosition
from catalog.sources.checks import checked_casts, checked_rules
from catalog.sources.permissions import may_set_up
from catalog.store.errors import StoreRefusal
from catalog.store.tables import table_of
from portal.common.errors import Invalid, StaleVersion
from portal.organisation.models import User


@transaction.atomic
def set_rules(
    *,
    job: SyncJob,
    rules: Sequence[Mapping[str, Any]],
    casts: Mapping[str, Mapping[str, Any]],
    most_bad: Decimal,
    most_shrink: Decimal,
    version: int,
    by: User,
) -> JobRules:
    """Put these rules in force from the next run on. `version` is the one shown, 0 without any.

    Raises Invalid with what is wrong, StaleVersion when somebody else was first.
    """
    may_set_up(by, job.resource).enforce()
    job = SyncJob.objects.select_for_update(of=("self",)).get(pk=job.pk)
    before = job.rule_versions.order_by("-version").first()
    if (before.version if before else 0) != version:
        raise StaleVersion(_("Somebody else has changed these rules. Look at them again."))
    try:
        table = table_of(job.resource)
    except StoreRefusal:
        raise Invalid(
            _("The resource has no key item, so that rows cannot be told apart.")
        ) from None
    made = JobRules.objects.create(
        job=job,
        version=version + 1,
        rules=checked_rules(table, rules),
        casts=checked_casts(table, casts),
        most_bad=_percent("most_bad", most_bad),
        most_shrink=_percent("most_shrink", most_shrink),
        made_by=by,
    )
    if job.mode == JobMode.CAPTURE:
        # The log will not tell again of rows that other rules kept out: all are read once.
        SyncPosition.objects.filter(job=job).delete()
    record(
        actor=by,
        action="catalog.sync_job.set_rules",
        target=job,
        version=made.version,
        before=_facts(before),
        after=_facts(made),
    )
    return made


def _percent(name: str, value: Decimal) -> Decimal:
    try:
        percent = Decimal(value)
    except (InvalidOperation, TypeError):
        percent = Decimal(-1)
    if not percent.is_finite() or not 0 <= percent <= 100:
        words = _("Give a number from 0 to 100.")
        raise Invalid(_("The input has errors."), fields={name: [words]})
    return percent.quantize(Decimal("0.01"))


def _facts(rules: JobRules | None) -> dict[str, Any] | None:
    if rules is None:
        return None
    return {
        "rules": rules.rules,
        "casts": rules.casts,
        "most_bad": str(rules.most_bad),
        "most_shrink": str(rules.most_shrink),
    }
