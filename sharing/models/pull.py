from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from .agreement import Agreement


class PullKind(models.TextChoices):
    ROWS = "rows", pgettext_lazy("kind of a pull", "rows")
    CSV = "csv", "CSV"
    JSONL = "jsonl", "JSON Lines"
    PARQUET = "parquet", "Parquet"
    ARROW = "arrow", "Arrow"
    PREPARED = "prepared", _("prepared export")
    VERIFY = "verify", _("verification")
    CHANGES = "changes", _("changes")
    INTERFACE = "interface", _("call of the interface")
    FILE = "file", _("shared file")
    PUSH = "push", _("push into the requester's table")


class PullResult(models.TextChoices):
    OK = "ok", _("complete")
    BROKEN = "broken", _("broken off")
    DENIED = "denied", _("denied")


class Pull(models.Model):
    """One call for shared rows, answered, broken off or denied, as both parties see it.

    `query` is what was asked for, `status` the HTTP status; `rows` and `bytes` are what left the
    database, also when the call broke off. Under `receipt` the caller finds what was noted; `sha256`
    is that of all bytes of a complete export. Written by `delivery.pulls` only.
    """

    agreement = models.ForeignKey(
        Agreement, models.PROTECT, related_name="pulls", verbose_name=_("agreement")
    )
    kind = models.CharField(_("call"), max_length=12, choices=PullKind)
    caller = models.CharField(_("caller"), max_length=100)
    query = models.CharField(_("asked for"), max_length=300, blank=True)
    started_at = models.DateTimeField(_("time"), default=timezone.now)
    seconds = models.FloatField(_("seconds"), default=0)
    rows = models.BigIntegerField(_("rows"), default=0)
    bytes = models.BigIntegerField(_("bytes"), default=0)
    result = models.CharField(_("result"), max_length=8, choices=PullResult)
    status = models.PositiveSmallIntegerField(_("HTTP status"), default=200)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    receipt = models.UUIDField(_("receipt"), null=True, editable=False)
    sha256 = models.CharField("SHA-256", max_length=64, blank=True)

    class Meta:
        verbose_name = _("pull")
        verbose_name_plural = _("pulls")
        ordering = ["-started_at", "-id"]
        indexes = [
            models.Index(fields=["agreement", "-started_at"], name="pull_agreement_started"),
            models.Index(fields=["receipt"], name="pull_receipt"),
        ]

    def __str__(self) -> str:
        return f"{self.agreement_id} {self.kind} {self.result}"
