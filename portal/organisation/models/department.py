from django.contrib.auth.models import Group
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from portal.common.check_digits import validate_uscc

from .region import Region


class Department(models.Model):
    """A government department, or a body that law authorises to run public affairs (Decree 809, Art. 2).

    Object permissions are granted to `group` alone, never to single people; it holds exactly the
    department's people. The head of the sharing work body (Art. 11) is whoever holds that duty.
    """

    name = models.CharField(_("name"), max_length=200)
    short_name = models.CharField(_("short name"), max_length=50)
    uscc = models.CharField(
        _("unified social credit code"), max_length=18, unique=True, validators=[validate_uscc]
    )
    region = models.ForeignKey(
        Region, models.PROTECT, related_name="departments", verbose_name=_("region")
    )
    parent = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="children",
        verbose_name=_("superior department"),
    )
    group = models.OneToOneField(
        Group, models.PROTECT, related_name="department", verbose_name=_("group"), editable=False
    )
    work_body = models.CharField(_("sharing work body"), max_length=100, blank=True)
    phone = models.CharField(_("phone of the work body"), max_length=30, blank=True)
    is_competent = models.BooleanField(_("competent department of its region"), default=False)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("department")
        verbose_name_plural = _("departments")
        ordering = ["region__code", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["region", "name"], name="one_department_per_name_and_region"
            ),
            models.UniqueConstraint(
                fields=["region"],
                condition=models.Q(is_competent=True),
                name="one_competent_department_per_region",
                violation_error_message=_("This region has its competent department already."),
            ),
        ]

    def __str__(self) -> str:
        return self.short_name

    def get_absolute_url(self) -> str:
        return reverse("organisation:department", args=[self.pk])
