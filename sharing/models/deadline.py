from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.workdays.clocks import Clock

from .request import SharingRequest


class DeadlineKind(models.TextChoices):
    """The clocks of Decree 809 that run today; limits and articles are in `sharing.deadlines`."""

    ANSWER = "answer", _("answer the request")
    DELIVER = "deliver", _("share the data")


class Deadline(Clock):
    """A clock as it was computed once, with the limit and the calendar that it was computed with."""

    request = models.ForeignKey(
        SharingRequest, models.CASCADE, related_name="deadlines", verbose_name=_("sharing request")
    )
    kind = models.CharField(_("duty"), max_length=10, choices=DeadlineKind)
    rule = models.CharField(
        _("rule"), max_length=4, help_text=_("The row of `deadlines.LIMITS` it was computed by.")
    )

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
            models.Index(
                fields=["due"],
                condition=models.Q(met_at=None, cancelled_at=None),
                name="deadline_running_due",
            ),
            models.Index(
                fields=["id"],
                condition=models.Q(met_at=None, cancelled_at=None, provisional=True),
                name="deadline_provisional",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.request_id} {self.kind} {self.due}"
