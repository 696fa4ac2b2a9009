from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .source import Source, SyncJob


class CaptureSlot(models.Model):
    """What a job that captures changes has made at its source: a replication slot, perhaps a publication.

    Written before it is made there, and kept until it is gone there, so that none is forgotten: a
    slot that nobody reads makes its source keep its log until the disk is full. One that
    `is_wanted` no longer is dropped as soon as the source answers. `starts_at` is where the log was
    when the slot was made; blank: it may not be there yet.
    """

    source = models.ForeignKey(Source, models.PROTECT, related_name="slots")
    job = models.ForeignKey(SyncJob, models.SET_NULL, null=True, blank=True, related_name="slots")
    name = models.CharField(_("replication slot"), max_length=63)
    publication = models.CharField(_("publication"), max_length=63)
    made_publication = models.BooleanField(default=False)
    relation_id = models.BigIntegerField(default=0)
    starts_at = models.CharField(max_length=32, blank=True)
    created_at = models.DateTimeField(_("made"), default=timezone.now)
    is_wanted = models.BooleanField(default=True)
    kept_bytes = models.BigIntegerField(_("log kept for it"), null=True)
    is_lost = models.BooleanField(default=False)
    measured_at = models.DateTimeField(_("last looked at"), null=True)
    failure_code = models.CharField(max_length=40, blank=True)
    failure_data = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("replication slot")
        verbose_name_plural = _("replication slots")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["job"], condition=models.Q(is_wanted=True), name="one_wanted_slot_a_job"
            ),
            models.UniqueConstraint(fields=["source", "name"], name="slots_are_named_once"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def audit_department_ids(self) -> list[int]:
        return [self.source.department_id]
