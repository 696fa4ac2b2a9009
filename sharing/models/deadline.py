from django.db import models
from django.utils.translation import gettext_lazy as _

from .request import SharingRequest


class DeadlineKind(models.TextChoices):
    """The clocks of Decree 809 that run today; limits and articles are in `sharing.deadlines`."""

    ANSWER = "answer", _("answer the request")
    DELIVER = "deliver", _("share the data")


class Deadline(models.Model):
    """A clock as it was computed once, with the limit and the calendar that it was computed with."""

    request = models.ForeignKey(
        SharingRequest, models.CASCADE, related_name="deadlines", verbose_name=_("sharing request")
    )
    kind = models.CharField(_("duty"), max_length=10, choices=DeadlineKind)
    rule = models.CharField(
        _("rule"), max_length=4, help_text=_("The row of `deadlines.LIMITS` it was computed by.")
    )
    started_on = models.DateField(_("clock started"))
    limit_days = models.PositiveSmallIntegerField(_("working days"))
    extension_days = models.PositiveSmallIntegerField(_("extension, working days"), default=0)
    calendar_version = models.CharField(_("calendar"), max_length=200)
    due = models.DateField(_("due"))
    provisional = models.BooleanField(_("provisional"), default=False)
    met_at = models.DateTimeField(_("met"), null=True, blank=True)
    cancelled_at = models.DateTimeField(_("no longer runs"), null=True, blank=True)
    overdue_noted_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("deadline")
        verbose_name_plural = _("deadlines")
        constraints = [
            models.UniqueConstraint(fields=["request", "kind"], name="one_clock_of_each_kind"),
        ]
        indexes = [
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

    @property
    def is_met(self) -> bool:
        return self.met_at is not None

    @property
    def is_running(self) -> bool:
        return self.met_at is None and self.cancelled_at is None

    @property
    def legal(self) -> bool:
        """Whether the law sets the limit; a platform target would say no."""
        return True
