from typing import Any

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class SavedFilter(models.Model):
    """A question to the trail that a person keeps under a name, for that person alone.

    `asked` are the fields of the search as its address has them. With `days` it looks back so many
    days from whenever it is opened; without, its days are those in `asked`, or none.
    """

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    name = models.CharField(_("name"), max_length=60)
    asked: "models.JSONField[dict[str, str], Any]" = models.JSONField(_("filters"), default=dict)
    days = models.PositiveSmallIntegerField(_("days back"), null=True)
    created_at = models.DateTimeField(_("saved"), default=timezone.now)

    class Meta:
        verbose_name = _("saved filter of the audit trail")
        verbose_name_plural = _("saved filters of the audit trail")
        default_permissions = ()
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "name"],
                name="one_saved_filter_per_name",
                violation_error_message=_("You have a saved filter of this name already."),
            ),
            models.CheckConstraint(
                condition=models.Q(days=None) | models.Q(days__gte=1),
                name="a_saved_filter_looks_back_a_day_or_more",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("audit:filter", args=[self.pk])
