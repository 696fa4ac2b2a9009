from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .agreement import Agreement


class EndPlan(models.Model):
    """A provider wants to end a service: the requester is consulted, the end is filed (Art. 27).

    `filed_at` is when the end was filed with the competent department: in the act that ended the
    agreement. It stands open until then, or until the agreement ended otherwise.
    """

    agreement = models.ForeignKey(
        Agreement, models.PROTECT, related_name="end_plans", verbose_name=_("agreement")
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("planned by")
    )
    at = models.DateTimeField(_("consulted"), default=timezone.now)
    reason = models.TextField(_("reason"), max_length=2000)
    agrees = models.BooleanField(_("requester agrees"), null=True)
    answer = models.TextField(_("requester's answer"), max_length=2000, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("answered by"),
    )
    answered_at = models.DateTimeField(_("answered"), null=True)
    filed_at = models.DateTimeField(_("filed"), null=True)
    closed_at = models.DateTimeField(_("closed"), null=True)

    class Meta:
        verbose_name = _("planned end of a service")
        verbose_name_plural = _("planned ends of services")
        ordering = ["-at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["agreement"],
                condition=Q(closed_at=None),
                name="one_open_end_plan_an_agreement",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agreement_id} {self.at}"

    @property
    def is_unanswered(self) -> bool:
        return self.closed_at is None and self.agrees is None
