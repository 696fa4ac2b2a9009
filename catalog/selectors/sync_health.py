"""The health of sync jobs: one queryset for the board, its counts and its export."""

from datetime import datetime

from django.db.models import (
    Case,
    CharField,
    Count,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    TextChoices,
    Value,
    When,
)
from django.utils.translation import gettext_lazy as _

from catalog.freshness import Freshness, freshness_at
from catalog.models import RunState, SyncJob, SyncRun
from catalog.selectors.sync import Party, jobs_for

ENDED = (RunState.SUCCEEDED, RunState.UNCHANGED, RunState.FAILED)


class Health(TextChoices):
    """The worst that holds. In the order of the board."""

    FAILING = "failing", _("failing")
    SHRUNK = "shrunk", _("shrunk")
    LATE = "late", _("late")
    NEVER = "never", _("never run")
    GREEN = "green", _("green")


def health_of_jobs(
    party: Party, *, now: datetime, health: str = "", text: str = ""
) -> QuerySet[SyncJob]:
    """The jobs that the party may look at, the worst first, each with its last ended run.

    Failing: the last run that ended failed. Shrunk: it stopped because far fewer rows came. Late:
    the rows are older than the entry promises.
    """
    last = SyncRun.objects.filter(job=OuterRef("pk"), state__in=ENDED).order_by("-number")
    jobs = jobs_for(party).annotate(
        last_run=Subquery(last.values("pk")[:1]),
        last_number_ended=Subquery(last.values("number")[:1]),
        last_state=Subquery(last.values("state")[:1]),
        last_failure=Subquery(last.values("failure_code")[:1]),
        last_failure_data=Subquery(last.values("failure_data")[:1]),
        last_ended_at=Subquery(last.values("finished_at")[:1]),
        last_bad=Subquery(last.values("report__bad")[:1]),
        due_at=F("timing__next_due_at"),
        freshness=freshness_at(now, of="resource"),
    )
    jobs = jobs.annotate(
        health=Case(
            When(last_failure="shrunk", then=Value(Health.SHRUNK.value)),
            When(last_state=RunState.FAILED, then=Value(Health.FAILING.value)),
            When(freshness=Freshness.OVERDUE.value, then=Value(Health.LATE.value)),
            When(last_run=None, then=Value(Health.NEVER.value)),
            default=Value(Health.GREEN.value),
            output_field=CharField(),
        )
    )
    if text:
        jobs = jobs.filter(
            Q(resource__name__icontains=text)
            | Q(resource__department__short_name__icontains=text)
            | Q(source__name__icontains=text)
        )
    if health in Health.values:
        jobs = jobs.filter(health=health)
    worst = Case(
        *(When(health=value, then=Value(place)) for place, value in enumerate(Health.values))
    )
    return jobs.order_by(worst, "resource__name", "pk")


def health_counts(party: Party, *, now: datetime, text: str = "") -> dict[str, int]:
    jobs = health_of_jobs(party, now=now, text=text).order_by()
    counts: dict[str, int] = jobs.aggregate(
        **{str(one): Count("pk", filter=Q(health=one)) for one in Health}
    )
    return {health: number for health, number in counts.items() if number}
