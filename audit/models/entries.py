from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from audit import actions
from portal.common.text import Text


class Result(models.TextChoices):
    """How an act ended: done, refused by a rule, failed by a fault, or broken off half-way."""

    OK = "ok", pgettext_lazy("audit result", "done")
    DENIED = "denied", pgettext_lazy("audit result", "denied")
    FAILED = "failed", pgettext_lazy("audit result", "failed")
    BROKEN = "broken", pgettext_lazy("audit result", "broken off")


class ActorKind(models.TextChoices):
    PERSON = "person", _("person")
    SYSTEM = "system", _("information system")
    PORTAL = "portal", _("the portal")
    ANONYMOUS = "anonymous", _("not signed in")


class ClockTimestamp(models.Func):
    """The database's clock at this moment, not at the start of the transaction."""

    function = "clock_timestamp"
    output_field = models.DateTimeField()


class Entry(models.Model):
    """One thing that was done, refused or failed. Written by `services.record` only, never changed.

    Everything is a plain copy, without foreign keys: an entry stays as true when the person, the
    department or the thing it speaks of is gone. `department_ids` are the departments it concerns.
    The table has a column more, `xid`: the transaction that wrote the entry, for `sealing` alone.
    """

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField(_("time"), db_default=ClockTimestamp(), editable=False)
    actor_kind = models.CharField(_("kind of actor"), max_length=10, choices=ActorKind)
    actor_id = models.CharField(blank=True)
    actor_name = models.CharField(_("who"), blank=True)
    department_id = models.BigIntegerField(null=True)
    department_name = models.CharField(_("department"), blank=True)
    action = models.CharField(_("action"), max_length=100)
    target_type = models.CharField(blank=True)
    target_id = models.CharField(blank=True)
    target_label = models.CharField(pgettext_lazy("audit", "object"), blank=True)
    department_ids = ArrayField(models.IntegerField(), default=list)
    result = models.CharField(_("result"), max_length=10, choices=Result, default=Result.OK)
    data = models.JSONField(default=dict)
    request_id = models.CharField(_("request id"), blank=True)
    ip = models.GenericIPAddressField(_("network address"), null=True)

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit entries")
        default_permissions = ()
        ordering = ["-at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(result__in=Result.values), name="audit_entry_result_is_known"
            ),
            models.CheckConstraint(
                condition=models.Q(actor_kind__in=ActorKind.values),
                name="audit_entry_actor_kind_is_known",
            ),
        ]
        indexes = [
            models.Index(fields=["-at", "-id"], name="audit_entry_recent"),
            models.Index(fields=["action", "-at", "-id"], name="audit_entry_action"),
            models.Index(
                fields=["target_type", "target_id", "-at", "-id"], name="audit_entry_target"
            ),
            models.Index(fields=["actor_kind", "actor_id", "-at", "-id"], name="audit_entry_actor"),
            models.Index(fields=["department_id", "-at", "-id"], name="audit_entry_department"),
            models.Index(
                fields=["request_id"],
                condition=~models.Q(request_id=""),
                name="audit_entry_request",
            ),
            GinIndex(fields=["department_ids"], name="audit_entry_departments"),
            models.Index(
                fields=["result", "-at", "-id"],
                condition=~models.Q(result=Result.OK),
                name="audit_entry_not_done",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.action} #{self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("audit:entry", args=[self.pk])

    @property
    def action_label(self) -> Text:
        return actions.label(self.action)

    @property
    def actor_label(self) -> Text:
        """The name as it was; who has none is called by the kind."""
        if self.actor_kind in {ActorKind.PORTAL, ActorKind.ANONYMOUS}:
            return ActorKind(self.actor_kind).label
        return self.actor_name or f"{ActorKind(self.actor_kind).label} {self.actor_id}"
