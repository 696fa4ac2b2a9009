from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.models import Resource
from portal.organisation.models import Department
from sharing.querysets import ApplicationQuerySet


class BasketEntry(models.Model):
    """A resource that a person has put aside, to ask for it together with others."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="basket", verbose_name=_("person")
    )
    resource = models.ForeignKey(
        Resource, models.CASCADE, related_name="+", verbose_name=_("resource")
    )
    at = models.DateTimeField(_("added"), default=timezone.now)

    class Meta:
        verbose_name = _("entry of a basket")
        verbose_name_plural = _("entries of baskets")
        ordering = ["at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "resource"], name="a_resource_is_once_in_a_basket"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.resource_id}"


class Application(models.Model):
    """Requests of one purpose that are written, submitted and approved together (Art. 20).

    It has no state of its own: each request under it goes its own way from the provider on, with its
    own clock, for the limits of Art. 21 hang on the resource (docs/adr/0024-requests.md).
    """

    number = models.CharField(_("number"), max_length=20, unique=True, editable=False)
    department = models.ForeignKey(
        Department, models.PROTECT, related_name="applications", verbose_name=_("requester")
    )
    applicant = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("applicant")
    )
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    objects = ApplicationQuerySet.as_manager()

    class Meta:
        verbose_name = _("application")
        verbose_name_plural = _("applications")
        ordering = ["-created_at", "-id"]
        indexes = [
            models.Index(fields=["department", "-created_at"], name="application_department"),
        ]

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        return reverse("sharing:application", args=[self.number])

    @property
    def audit_department_ids(self) -> list[int]:
        return [self.department_id]
