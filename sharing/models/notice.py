from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.models import ResourceVersion, UpdateFrequency

from .agreement import Agreement


class ChangeNotice(models.Model):
    """What a new version of an entry changes for one live agreement, for the requester to acknowledge.

    One that changes neither items nor frequency is acknowledged by nobody at once, and not shown.
    `items` names columns by what became of them: added, removed, changed. What the agreement
    delivers stays as it was agreed: see `catalog.structure`.
    """

    agreement = models.ForeignKey(
        Agreement, models.PROTECT, related_name="notices", verbose_name=_("agreement")
    )
    version = models.ForeignKey(
        ResourceVersion, models.PROTECT, related_name="+", verbose_name=_("version of the entry")
    )
    items = models.JSONField(_("data items"), default=dict)
    frequency_before = models.CharField(max_length=2, choices=UpdateFrequency, blank=True)
    frequency_after = models.CharField(max_length=2, choices=UpdateFrequency, blank=True)
    at = models.DateTimeField(_("told"), default=timezone.now)
    acknowledged_at = models.DateTimeField(_("acknowledged"), null=True)
    acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("acknowledged by"),
    )

    class Meta:
        verbose_name = _("notice of a change")
        verbose_name_plural = _("notices of changes")
        ordering = ["-at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["agreement", "version"], name="one_notice_an_agreement_and_version"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agreement_id} {self.version_id}"
