from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .resource import Resource
from .review import ResourceStep


class ResourceVersion(models.Model):
    """An entry as it was published once, with its items; a trigger refuses to change or remove it.

    `entry` holds the fields of `catalog.entry.EntryData` and the code, `items` a list of
    `ItemData`: see `catalog.snapshot`. `visible_to` is whom it was published to: who sees the entry
    today need not have been allowed to see what it said before.
    """

    resource = models.ForeignKey(
        Resource, models.PROTECT, related_name="versions", verbose_name=_("resource")
    )
    number = models.PositiveIntegerField(_("version"))
    entry = models.JSONField(_("entry"), encoder=DjangoJSONEncoder)
    items = models.JSONField(_("data items"), encoder=DjangoJSONEncoder, default=list)
    visible_to = ArrayField(models.IntegerField(), default=list)
    published_at = models.DateTimeField(_("published"), default=timezone.now)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("published by"),
        help_text=_("Empty when the entry came in published."),
    )
    step = models.ForeignKey(ResourceStep, models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("version of an entry")
        verbose_name_plural = _("versions of entries")
        ordering = ["resource", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["resource", "number"], name="versions_are_numbered"),
            models.CheckConstraint(
                condition=models.Q(number__gte=1), name="versions_are_numbered_from_one"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.resource_id} · {self.number}"

    def get_absolute_url(self) -> str:
        return reverse("catalog:resource_version", args=[self.resource_id, self.number])
