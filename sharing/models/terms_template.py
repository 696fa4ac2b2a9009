from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.models import SharingAttribute
from portal.organisation.models import Region


class TermsTemplate(models.Model):
    """What the agreements of a region begin with, by sharing type; a version is written once.

    The newest version holds for agreements made from then on. A region without one takes that of the
    region above; the nation without one, the usual duties that come with the portal. A quota that is
    None is not agreed unless the request names one.
    """

    region = models.ForeignKey(Region, models.PROTECT, related_name="+", verbose_name=_("region"))
    sharing_attribute = models.CharField(
        _("sharing attribute"), max_length=15, choices=SharingAttribute
    )
    number = models.PositiveSmallIntegerField(_("version"))
    provider_duties = models.TextField(_("security duties of the provider"), max_length=2000)
    requester_duties = models.TextField(_("security duties of the requester"), max_length=2000)
    calls_a_day = models.PositiveIntegerField(_("calls a day"), null=True, blank=True)
    rows_a_day = models.PositiveBigIntegerField(_("rows a day"), null=True, blank=True)
    exports_at_once = models.PositiveSmallIntegerField(
        _("exports at the same time"), null=True, blank=True
    )
    reason = models.CharField(_("reason"), max_length=500)
    made_at = models.DateTimeField(_("written"), default=timezone.now)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        verbose_name=_("written by"),
    )

    class Meta:
        verbose_name = _("template of terms")
        verbose_name_plural = _("templates of terms")
        ordering = ["region", "sharing_attribute", "-number"]
        constraints = [
            models.UniqueConstraint(
                fields=["region", "sharing_attribute", "number"],
                name="templates_of_terms_are_numbered",
            ),
            models.CheckConstraint(
                condition=~Q(sharing_attribute=SharingAttribute.NOT_SHARED),
                name="what_is_not_shared_has_no_terms",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.region_id} {self.sharing_attribute} · {self.number}"

    def get_absolute_url(self) -> str:
        return reverse("sharing:terms_template", args=[self.sharing_attribute])

    @property
    def audit_department_ids(self) -> list[int]:
        return [self.made_by.department_id]
