import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from sharing.querysets import PreparedExportQuerySet

from .agreement import Agreement
from .terms import AgreementVersion


class PreparedState(models.TextChoices):
    WAITING = "waiting", pgettext_lazy("export", "waiting")
    RUNNING = "running", _("being prepared")
    READY = "ready", _("ready")
    FAILED = "failed", _("failed")
    EXPIRED = "expired", _("removed")


UNDER_WAY = (PreparedState.WAITING, PreparedState.RUNNING)


class PreparedExport(models.Model):
    """A file of an agreement's rows, made once and given as often as it is asked for.

    `question` is format, fields, filter and options in one spelling, `question_hash` its SHA-256
    together with the terms in force, `version`. `rows_of` is the moment of the rows in it: as long as the
    resource's is the same the file is what an export would give now. `attempt` counts the workers that
    began, so that one thought dead cannot finish another's work; `noted_at` is when the one at work
    last gave a sign. Only a file that is `READY` is given, and `file` alone says which that is.
    """

    number = models.UUIDField(_("number"), default=uuid.uuid4, unique=True, editable=False)
    agreement = models.ForeignKey(
        Agreement, models.PROTECT, related_name="prepared", verbose_name=_("agreement")
    )
    version = models.ForeignKey(
        AgreementVersion, models.PROTECT, null=True, related_name="+", verbose_name=_("terms")
    )
    format = models.CharField(_("format"), max_length=8)
    question = models.JSONField(_("asked for"))
    question_hash = models.CharField(max_length=64)
    rows_of = models.DateTimeField(_("data as of"))
    state = models.CharField(
        _("state"), max_length=8, choices=PreparedState, default=PreparedState.WAITING
    )
    asked_by = models.CharField(_("asked by"), max_length=100)
    asked_at = models.DateTimeField(_("asked"), default=timezone.now)
    attempt = models.PositiveSmallIntegerField(default=0)
    noted_at = models.DateTimeField(null=True)
    snapshot_at = models.DateTimeField(_("snapshot"), null=True)
    finished_at = models.DateTimeField(_("finished"), null=True)
    expires_at = models.DateTimeField(_("kept until"), null=True)
    expected = models.BigIntegerField(_("rows expected"), default=0)
    rows = models.BigIntegerField(_("rows"), default=0)
    bytes = models.BigIntegerField(_("bytes"), default=0)
    sha256 = models.CharField("SHA-256", max_length=64, blank=True)
    file = models.CharField(max_length=200, blank=True)
    reason = models.CharField(_("reason"), max_length=300, blank=True)

    objects = PreparedExportQuerySet.as_manager()

    class Meta:
        verbose_name = _("prepared export")
        verbose_name_plural = _("prepared exports")
        ordering = ["-asked_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["agreement", "question_hash", "rows_of"],
                condition=Q(state__in=("waiting", "running", "ready")),
                name="each_export_is_prepared_once",
            ),
            models.CheckConstraint(
                condition=~Q(state="ready") | (~Q(file="") & ~Q(sha256="")),
                name="a_ready_export_has_its_file",
            ),
        ]
        indexes = [
            models.Index(fields=["agreement", "-asked_at"], name="prepared_agreement_asked"),
            models.Index(
                fields=["noted_at"],
                condition=Q(state__in=("waiting", "running")),
                name="prepared_under_way",
            ),
            models.Index(
                fields=["expires_at"], condition=Q(state="ready"), name="prepared_expires"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agreement_id} {self.format} {self.state}"

    @property
    def is_under_way(self) -> bool:
        return self.state in UNDER_WAY

    @property
    def percent(self) -> int:
        """How much of it is done, as far as the rows expected tell."""
        if self.state == PreparedState.READY:
            return 100
        return min(99, self.rows * 100 // self.expected) if self.expected else 0

    @property
    def audit_department_ids(self) -> list[int]:
        return self.agreement.audit_department_ids
