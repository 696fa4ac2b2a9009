import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.models.source import Timing

from .agreement import Agreement


class TargetKind(models.TextChoices):
    POSTGRESQL = "postgresql", "PostgreSQL"
    MYSQL = "mysql", "MySQL / MariaDB"


class PushMode(models.TextChoices):
    FULL = "full", _("all rows, compared in the target")
    CHANGES = "changes", _("what changed since the push before")


class PushTarget(models.Model):
    """The requester's own table, into which the rows of an agreement are pushed (库表交换).

    One an agreement. `settings` are those of the kind, as texts and no secrets; `sealed_password` is
    encrypted. `relation` is the table, in PostgreSQL with its schema. `makes_table`: a table that is
    missing is made. Once removed it is pushed into no longer; what was pushed stays on record.
    """

    agreement = models.OneToOneField(
        Agreement, models.PROTECT, related_name="push_target", verbose_name=_("agreement")
    )
    kind = models.CharField(_("kind"), max_length=20, choices=TargetKind)
    host = models.CharField(_("host"), max_length=200)
    port = models.PositiveIntegerField(_("port"))
    database = models.CharField(_("database"), max_length=128)
    username = models.CharField(_("user"), max_length=128)
    settings = models.JSONField(_("settings"), default=dict, blank=True)
    sealed_password = models.BinaryField(editable=False, default=bytes)
    relation = models.CharField(_("table"), max_length=130)
    makes_table = models.BooleanField(_("make the table when it is missing"), default=False)
    mode = models.CharField(_("mode"), max_length=10, choices=PushMode, default=PushMode.FULL)
    version = models.PositiveIntegerField(default=1, editable=False)
    last_number = models.PositiveIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(_("registered"), default=timezone.now, editable=False)
    removed_at = models.DateTimeField(_("removed"), null=True, editable=False)
    tested_at = models.DateTimeField(_("last tested"), null=True, editable=False)
    test_failure = models.CharField(max_length=40, blank=True, editable=False)
    test_failure_data = models.JSONField(default=dict, editable=False)

    class Meta:
        verbose_name = _("target of pushes")
        verbose_name_plural = _("targets of pushes")
        constraints = [
            models.UniqueConstraint(
                fields=["host", "port", "database", "relation"],
                condition=Q(removed_at=None),
                name="one_agreement_a_target",
                violation_error_message=_("Another agreement is pushed into this table."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.host}:{self.port}/{self.database} {self.relation}"

    def get_absolute_url(self) -> str:
        return reverse("sharing:agreement_push", args=[self.agreement.number])

    @property
    def audit_department_ids(self) -> list[int]:
        return self.agreement.audit_department_ids


class PushSchedule(Timing):
    """When pushes go out by themselves, written by `sharing.services.push_targets`."""

    target = models.OneToOneField(
        PushTarget, models.CASCADE, related_name="timing", verbose_name=_("target of pushes")
    )

    class Meta:
        verbose_name = _("schedule of pushes")
        verbose_name_plural = _("schedules of pushes")

    def __str__(self) -> str:
        return f"{self.target_id}: {self.rhythm}"


class PushState(models.TextChoices):
    WAITING = "waiting", pgettext_lazy("push", "waiting")
    RUNNING = "running", pgettext_lazy("push", "running")
    RETRYING = "retrying", _("waiting to try again")
    DELIVERED = "delivered", pgettext_lazy("push", "delivered")
    FAILED = "failed", pgettext_lazy("push", "failed")
    STOPPED = "stopped", _("stopped: the agreement lets no rows out")


class WhyWhole(models.TextChoices):
    """Why all rows were sent where changes are agreed on."""

    FIRST = "first", _("nothing had been pushed into this table yet")
    TERMS = "terms", _("the agreement lets out something else than before")
    EXPIRED = "expired", _("what had changed since the push before was not known any more")
    DIFFERED = "differed", _("the table differed after the push before")
    ASKED = "asked", _("it was asked for")


PUSHES_UNDER_WAY = (PushState.WAITING, PushState.RUNNING, PushState.RETRYING)


class Push(models.Model):
    """One delivery into the target, with its receipt; written by `delivery.pushing` alone.

    `number` identifies it in the target too, beside the cursor, so that an attempt that died after
    the target's commit is known to have delivered. `rows`, `bytes` and `sha256` are those of what was
    sent, `inserted`, `updated` and `deleted` what it changed there. `agreed_*` are number and checksum
    of the agreement's rows in the snapshot that was sent, `found_*` those of the target afterwards;
    `differences` says what differs. A failure is a code with its particulars: `push_words` says it.
    """

    number = models.UUIDField(_("receipt"), default=uuid.uuid4, unique=True, editable=False)
    agreement = models.ForeignKey(
        Agreement, models.PROTECT, related_name="pushes", verbose_name=_("agreement")
    )
    target = models.ForeignKey(
        PushTarget, models.PROTECT, related_name="pushes", verbose_name=_("target")
    )
    place = models.CharField(_("into"), max_length=500)
    count = models.PositiveIntegerField(_("number"))
    kind = models.CharField(_("mode"), max_length=10, choices=PushMode, blank=True)
    why_whole = models.CharField(_("why all rows"), max_length=10, choices=WhyWhole, blank=True)
    state = models.CharField(
        _("state"), max_length=10, choices=PushState, default=PushState.WAITING
    )
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("started by"),
        help_text=_("Empty when the schedule started it."),
    )
    attempt = models.PositiveSmallIntegerField(_("attempt"), default=0)
    asked_at = models.DateTimeField(_("asked for"), default=timezone.now)
    sent_at = models.DateTimeField(default=timezone.now, editable=False)
    started_at = models.DateTimeField(_("started"), null=True)
    finished_at = models.DateTimeField(_("finished"), null=True)
    next_attempt_at = models.DateTimeField(_("next attempt"), null=True)
    rows = models.BigIntegerField(_("rows"), null=True)
    bytes = models.BigIntegerField(_("bytes"), null=True)
    sha256 = models.CharField("SHA-256", max_length=64, blank=True)
    inserted = models.BigIntegerField(_("rows added"), null=True)
    updated = models.BigIntegerField(_("rows changed"), null=True)
    deleted = models.BigIntegerField(_("rows removed"), null=True)
    agreed_rows = models.BigIntegerField(_("rows of the agreement"), null=True)
    agreed_checksum = models.CharField(
        _("checksum of the agreement's rows"), max_length=40, blank=True
    )
    found_rows = models.BigIntegerField(_("rows in the target"), null=True)
    found_checksum = models.CharField(_("checksum of the target's rows"), max_length=40, blank=True)
    is_equal = models.BooleanField(_("equal"), null=True)
    differences = models.JSONField(_("what differs"), default=dict)
    failure_code = models.CharField(_("failure"), max_length=40, blank=True)
    failure_data = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("push")
        verbose_name_plural = _("pushes")
        ordering = ["-asked_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["target", "count"], name="pushes_are_counted"),
            models.UniqueConstraint(
                fields=["target"],
                condition=Q(state__in=PUSHES_UNDER_WAY),
                name="one_push_under_way_a_target",
                violation_error_message=_("A push into this table is under way already."),
            ),
        ]
        indexes = [
            models.Index(fields=["agreement", "-asked_at", "-id"], name="push_of_agreement"),
            models.Index(
                fields=["state", "sent_at"],
                condition=Q(state__in=PUSHES_UNDER_WAY),
                name="push_under_way",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agreement} #{self.count}"

    @property
    def is_under_way(self) -> bool:
        return self.state in PUSHES_UNDER_WAY

    @property
    def audit_department_ids(self) -> list[int]:
        return self.agreement.audit_department_ids
