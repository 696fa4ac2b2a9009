from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.organisation.models import Department

from .resource import Resource


class SourceKind(models.TextChoices):
    POSTGRESQL = "postgresql", "PostgreSQL"
    MYSQL = "mysql", "MySQL / MariaDB"
    SQLALCHEMY = "sqlalchemy", _("Other database")
    UPLOAD = "upload", _("uploaded file")
    HTTP = "http", _("file at a web address")
    SFTP = "sftp", _("file by SFTP")
    S3 = "s3", _("file in S3")
    REST = "rest", _("REST interface")
    CKAN = "ckan", _("CKAN portal")
    DCAT = "dcat", _("DCAT catalogue")


class Source(models.Model):
    """A department's own system from which rows are read.

    Which of the fields a source has is said by its kind (`catalog.sources.kinds`); the others are
    blank. `settings` holds what is particular to the kind, as texts, and no secret;
    `sealed_password` is the encrypted secret of any kind, blank where none is needed.
    """

    department = models.ForeignKey(
        Department, models.PROTECT, related_name="sources", verbose_name=_("department")
    )
    name = models.CharField(_("name"), max_length=100)
    kind = models.CharField(
        _("kind"), max_length=20, choices=SourceKind, default=SourceKind.POSTGRESQL
    )
    host = models.CharField(_("host"), max_length=200, blank=True)
    port = models.PositiveIntegerField(_("port"), null=True, blank=True)
    database = models.CharField(_("database"), max_length=128, blank=True)
    username = models.CharField(_("user"), max_length=128, blank=True)
    settings = models.JSONField(_("settings"), default=dict, blank=True)
    sealed_password = models.BinaryField(editable=False, default=bytes)
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(_("registered"), default=timezone.now, editable=False)
    tested_at = models.DateTimeField(_("last tested"), null=True, blank=True, editable=False)
    test_failure = models.CharField(max_length=40, blank=True, editable=False)
    test_failure_data = models.JSONField(default=dict, editable=False)

    class Meta:
        verbose_name = _("data source")
        verbose_name_plural = _("data sources")
        ordering = ["department", "name"]
        constraints = [
            models.UniqueConstraint(fields=["department", "name"], name="one_source_per_name"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("catalog:source", args=[self.pk])

    @property
    def audit_department_ids(self) -> list[int]:
        return [self.department_id]


class JobMode(models.TextChoices):
    """What a run reads, and what becomes of rows of the store that it did not read."""

    FULL = "full", _("full comparison")
    INCREMENTAL = "incremental", _("what changed since the last run")
    APPEND = "append", _("new rows alone")
    CAPTURE = "capture", _("change capture from the log")


class Sweep(models.TextChoices):
    """How a mode that does not read all rows learns which are gone."""

    NONE = "none", _("not looked for")
    KEYS = "keys", _("by comparing the keys")
    FULL = "full", _("by a full comparison")


class SyncJob(models.Model):
    """How the rows of one resource come in: which relation of which source, and when.

    `mapping` is an object from the resource's columns to the source's columns; `source_types` are
    the types that the source's columns had when the steward accepted them, so that a run notices
    when one has changed. When it runs by itself is in `timing`, if it does.
    """

    resource = models.OneToOneField(
        Resource, models.PROTECT, related_name="sync_job", verbose_name=_("resource")
    )
    source = models.ForeignKey(
        Source, models.PROTECT, related_name="jobs", verbose_name=_("data source")
    )
    relation = models.CharField(
        _("table or view"),
        max_length=130,
        help_text=_("With its schema, for example public.divisions."),
    )
    mapping = models.JSONField(_("column mapping"), default=dict)
    source_types = models.JSONField(default=dict, editable=False)
    mode = models.CharField(_("mode"), max_length=12, choices=JobMode, default=JobMode.FULL)
    watermark_column = models.CharField(
        _("watermark column"),
        max_length=128,
        blank=True,
        help_text=_("A time of change or a growing number; empty when all rows are read."),
    )
    overlap = models.PositiveBigIntegerField(
        _("overlap"),
        default=0,
        help_text=_(
            "How far before the watermark is read again: seconds, or of a number its steps."
        ),
    )
    sweep = models.CharField(
        _("rows that are gone"), max_length=4, choices=Sweep, default=Sweep.NONE
    )
    sweep_every = models.PositiveIntegerField(_("every so many runs"), default=1)
    last_number = models.PositiveIntegerField(default=0, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        verbose_name = _("sync job")
        verbose_name_plural = _("sync jobs")

    def __str__(self) -> str:
        return str(self.resource)

    def get_absolute_url(self) -> str:
        return reverse("catalog:sync_job", args=[self.resource_id])

    @property
    def audit_department_ids(self) -> list[int]:
        return [self.resource.department_id]


class SyncPosition(models.Model):
    """How far a job has read, written with the rows of the run that read them.

    No row: nothing was read yet, or the job changed since, and the next run reads everything.
    `watermark` is the greatest value of the watermark column, as the source writes it; of captured
    changes the place in the source's log up to which they are in the store. `seen` is the version of
    a file, as its server told it, and the circumstances under which it was read.
    """

    job = models.OneToOneField(SyncJob, models.CASCADE, related_name="position")
    watermark = models.CharField(max_length=64, blank=True)
    runs_since_sweep = models.PositiveIntegerField(default=0)
    seen = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"{self.job}: {self.watermark}"


class Timing(models.Model):
    """When something runs by itself. `next_due_at` is derived: see `catalog.sources.schedule`."""

    rhythm = models.CharField(_("rhythm"), max_length=10)
    at = models.TimeField(_("at"))
    weekday = models.PositiveSmallIntegerField(_("weekday"))
    day = models.PositiveSmallIntegerField(_("day of the month"))
    zone = models.CharField(_("time zone"), max_length=40)
    working_days = models.BooleanField(_("on working days only"), default=False)
    spread = models.PositiveSmallIntegerField(_("spread in minutes"))
    next_due_at = models.DateTimeField(_("next due"), db_index=True)

    class Meta:
        abstract = True


class JobSchedule(Timing):
    """When a job runs by itself, written by `catalog.services.scheduling`."""

    job = models.OneToOneField(
        SyncJob, models.CASCADE, related_name="timing", verbose_name=_("sync job")
    )

    class Meta:
        verbose_name = _("schedule of a sync job")
        verbose_name_plural = _("schedules of sync jobs")

    def __str__(self) -> str:
        return f"{self.job}: {self.rhythm}"


class Priority(models.IntegerChoices):
    """Of runs that wait the one with the lowest number begins first."""

    PERSON = 1, _("somebody waits")
    SCHEDULE = 5, _("by schedule")


class RunState(models.TextChoices):
    """Which moves lead from one to another is said in `catalog.sources.workflow`."""

    QUEUED = "queued", _("queued")
    RUNNING = "running", _("running")
    RETRYING = "retrying", _("waiting to try again")
    SUCCEEDED = "succeeded", _("succeeded")
    FAILED = "failed", _("failed")
    CANCELLED = "cancelled", _("cancelled")
    UNCHANGED = "unchanged", _("unchanged")


LIVE = (RunState.QUEUED, RunState.RUNNING, RunState.RETRYING)


class SyncRun(models.Model):
    """One run of a job. Progress while it runs is in the cache; what is here has happened.

    A failure is a code with its particulars, and so are the lines of the log: the words come from
    `catalog.sources.words`, in the language of who reads them. `sent_at` is when the last message
    for a worker went out.
    """

    job = models.ForeignKey(
        SyncJob, models.CASCADE, related_name="runs", verbose_name=_("sync job")
    )
    number = models.PositiveIntegerField(_("number"))
    state = models.CharField(_("state"), max_length=10, choices=RunState, default=RunState.QUEUED)
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("started by"),
        help_text=_("Empty when the schedule started it."),
    )
    attempt = models.PositiveSmallIntegerField(_("attempt"), default=0)
    queued_at = models.DateTimeField(_("queued"), default=timezone.now)
    sent_at = models.DateTimeField(default=timezone.now, editable=False)
    started_at = models.DateTimeField(_("started"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    next_attempt_at = models.DateTimeField(_("next attempt"), null=True, blank=True)
    priority = models.PositiveSmallIntegerField(
        _("priority"), choices=Priority, default=Priority.SCHEDULE
    )
    may_shrink = models.BooleanField(
        _("may publish far fewer rows"),
        default=False,
        help_text=_("A steward has confirmed that the source holds so few."),
    )
    cancel_asked_at = models.DateTimeField(_("cancellation asked"), null=True, blank=True)
    rows_read = models.BigIntegerField(_("rows read"), null=True, blank=True)
    bytes_read = models.BigIntegerField(_("bytes read"), null=True, blank=True)
    rows_inserted = models.BigIntegerField(_("rows added"), null=True, blank=True)
    rows_updated = models.BigIntegerField(_("rows changed"), null=True, blank=True)
    rows_deleted = models.BigIntegerField(_("rows removed"), null=True, blank=True)
    failure_code = models.CharField(_("failure"), max_length=40, blank=True)
    failure_data = models.JSONField(default=dict)
    log = models.JSONField(_("log"), default=list)

    class Meta:
        verbose_name = _("sync run")
        verbose_name_plural = _("sync runs")
        ordering = ["-queued_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["job", "number"], name="runs_are_numbered"),
            models.UniqueConstraint(
                fields=["job"],
                condition=models.Q(state__in=LIVE),
                name="one_live_run_a_job",
                violation_error_message=_("A run of this job is under way already."),
            ),
        ]
        indexes = [
            models.Index(fields=["state", "queued_at"], name="run_state_queued"),
            models.Index(
                fields=["priority", "queued_at"],
                condition=models.Q(state=RunState.QUEUED),
                name="run_waiting",
            ),
            models.Index(fields=["-queued_at", "-id"], name="run_recent"),
        ]

    def __str__(self) -> str:
        return f"{self.job} #{self.number}"

    def get_absolute_url(self) -> str:
        return reverse("catalog:run", args=[self.pk])

    @property
    def is_live(self) -> bool:
        return self.state in LIVE

    @property
    def audit_department_ids(self) -> list[int]:
        return [self.job.resource.department_id]
