from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class AllowedNetwork(models.Model):
    """A network that the security administrator has opened for connections to sources.

    Rows stay when a network is closed again, with who closed it and why.
    """

    network = models.CharField(
        _("network"),
        max_length=50,
        help_text=_("In CIDR notation, for example 10.20.0.0/16 or 2001:db8::/32."),
    )
    reason = models.CharField(_("reason"), max_length=300)
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("opened by")
    )
    added_at = models.DateTimeField(_("opened"), default=timezone.now)
    removed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("closed by"),
    )
    removed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    removal_reason = models.CharField(_("reason for closing"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("allowed network")
        verbose_name_plural = _("allowed networks")
        ordering = ["-added_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["network"],
                condition=models.Q(removed_at__isnull=True),
                name="each_network_is_open_once",
            )
        ]

    def __str__(self) -> str:
        return self.network

    @property
    def audit_department_ids(self) -> list[int]:
        return []
