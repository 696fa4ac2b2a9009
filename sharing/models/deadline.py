from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.clocks.models import WatchedClock
from portal.workdays.clocks import RUNNING

from .request import SharingRequest


class DeadlineKind(models.TextChoices):
    """The clocks of Decree 809 that run today; limits and articles are in `sharing.deadlines`."""

    ANSWER = "answer", _("answer the request")
    DELIVER = "deliver", _("share the data")


class Deadline(WatchedClock):
    """A clock as it was computed once, with the limit and the calendar that it was computed with."""

    request = models.ForeignKey(
        SharingRequest, models.CASCADE, related_name="deadlines", verbose_name=_("sharing request")
    )
    kind = models.CharField(_("duty"), max_length=10, choices=DeadlineKind)

    class Meta:
        verbose_name = _("deadline")
        verbose_name_plural = _("deadlines")
        constraints = [
            models.UniqueConstraint(
                fields=["request", "kind"],
                condition=models.Q(met_at=None, cancelled_at=None),
                name="one_running_clock_of_each_kind",
            ),
        ]
        indexes = [
            models.Index(fields=["request", "kind"], name="deadline_of_request"),
            models.Index(fields=["due"], condition=RUNNING, name="deadline_running_due"),
            models.Index(
                fields=["calendar_version", "region"],
                condition=RUNNING,
                name="deadline_running_calendar",
            ),
            models.Index(fields=["holder", "due"], condition=RUNNING, name="deadline_holder"),
            # Figures of a period read this index alone.
            models.Index(
                fields=["kind", "due"],
                include=["holder", "started_on", "met_at", "cancelled_at", "paused_on"],
                name="deadline_by_day",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.request_id} {self.kind} {self.due}"
