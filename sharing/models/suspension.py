from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .agreement import Agreement


class Suspension(models.Model):
    """One time that sharing was suspended, with what had to be put right (Decree 809, Art. 27).

    `rectify_until` is a date that who suspended sets; the Decree names none. It stands open until
    sharing is restored or the agreement ends.
    """

    agreement = models.ForeignKey(
        Agreement, models.PROTECT, related_name="suspensions", verbose_name=_("agreement")
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("suspended by")
    )
    by_competent = models.BooleanField(_("by the competent department"))
    at = models.DateTimeField(_("suspended"), default=timezone.now)
    reason = models.TextField(_("reason"), max_length=2000)
    demand = models.TextField(_("to be put right"), max_length=2000, blank=True)
    rectify_until = models.DateField(_("put right until"), null=True, blank=True)
    report = models.TextField(_("report"), max_length=2000, blank=True)
    reported_at = models.DateTimeField(_("reported"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)

    class Meta:
        verbose_name = _("suspension")
        verbose_name_plural = _("suspensions")
        ordering = ["-at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["agreement"],
                condition=Q(closed_at=None),
                name="one_open_suspension_an_agreement",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agreement_id} {self.at}"
