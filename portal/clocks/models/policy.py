from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.clocks.thresholds import PLATFORM, Thresholds
from portal.organisation.models import Region

MOST_DAYS = 20


class ThresholdPolicy(models.Model):
    """What a region's competent department has chosen; see `portal.clocks.thresholds`."""

    region = models.OneToOneField(
        Region, models.PROTECT, related_name="+", verbose_name=_("region"), editable=False
    )
    region_code = models.CharField(max_length=12, unique=True, editable=False)
    remind_days = models.PositiveSmallIntegerField(
        _("Remind, working days before the last day"), default=PLATFORM.remind_days
    )
    amber_days = models.PositiveSmallIntegerField(
        _("Amber, when so many working days are left"), default=PLATFORM.amber_days
    )
    red_days = models.PositiveSmallIntegerField(
        _("Red, when so many working days are left"), default=PLATFORM.red_days
    )
    head_days = models.PositiveSmallIntegerField(
        _("Tell the head, working days after the last day"), default=PLATFORM.head_days
    )
    competent_days = models.PositiveSmallIntegerField(
        _("Tell the competent department, working days after the last day"),
        default=PLATFORM.competent_days,
    )
    version = models.PositiveIntegerField(default=1, editable=False)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", editable=False
    )
    changed_at = models.DateTimeField(_("changed"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("thresholds of deadlines")
        verbose_name_plural = _("thresholds of deadlines")
        constraints = [
            models.CheckConstraint(
                condition=Q(red_days__lte=F("amber_days")), name="red_comes_after_amber"
            ),
            models.CheckConstraint(
                condition=Q(head_days__gte=1, head_days__lte=F("competent_days")),
                name="the_head_is_told_before_the_competent_department",
            ),
            models.CheckConstraint(
                condition=Q(
                    remind_days__range=(1, MOST_DAYS),
                    amber_days__lte=MOST_DAYS,
                    competent_days__lte=MOST_DAYS,
                ),
                name="thresholds_are_within_a_month",
            ),
        ]

    def __str__(self) -> str:
        return self.region_code

    @property
    def thresholds(self) -> Thresholds:
        return Thresholds(
            remind_days=self.remind_days,
            amber_days=self.amber_days,
            red_days=self.red_days,
            head_days=self.head_days,
            competent_days=self.competent_days,
        )
