"""What a job's rows are held against, what was found, and the rows that were set apart."""

from decimal import Decimal

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .source import SyncJob, SyncRun

MOST_BAD = Decimal(1)
MOST_SHRINK = Decimal(50)


class JobRules(models.Model):
    """One version of a job's rules and casts; the highest is in force, none is ever changed.

    `rules` is a list and `casts` an object by column, as `catalog.sources.checks` reads them.
    `most_bad` and `most_shrink` are per cent: above the first a run fails, and when more than the
    second of the rows of before are missing it stops before it publishes.
    """

    job = models.ForeignKey(
        SyncJob, models.CASCADE, related_name="rule_versions", verbose_name=_("sync job")
    )
    version = models.PositiveIntegerField(_("version"))
    rules = models.JSONField(_("rules"), default=list)
    casts = models.JSONField(_("casts"), default=dict)
    most_bad = models.DecimalField(
        _("bad rows allowed, in per cent"),
        max_digits=5,
        decimal_places=2,
        default=MOST_BAD,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
    )
    most_shrink = models.DecimalField(
        _("shrinkage allowed, in per cent"),
        max_digits=5,
        decimal_places=2,
        default=MOST_SHRINK,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
    )
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("made by")
    )
    made_at = models.DateTimeField(_("made"), default=timezone.now)

    class Meta:
        verbose_name = _("rules of a sync job")
        verbose_name_plural = _("rules of sync jobs")
        ordering = ["job", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["job", "version"], name="rules_are_numbered"),
        ]

    def __str__(self) -> str:
        return f"{self.job} v{self.version}"


class RunReport(models.Model):
    """What the rules found in one run, whether it published or not. Kept when the rows are gone.

    `faults` is a list of column, code and rows; `dimensions` an object from each dimension that was
    measured to good rows and rows.
    """

    run = models.OneToOneField(
        SyncRun, models.CASCADE, related_name="report", verbose_name=_("sync run")
    )
    rules_version = models.PositiveIntegerField(_("version of the rules"))
    rows = models.BigIntegerField(_("rows checked"))
    bad = models.BigIntegerField(_("bad rows"))
    faults = models.JSONField(_("faults"), default=list)
    dimensions = models.JSONField(_("dimensions"), default=dict)

    class Meta:
        verbose_name = _("quality report of a run")
        verbose_name_plural = _("quality reports of runs")

    def __str__(self) -> str:
        return str(self.run)


class QuarantinedRow(models.Model):
    """A bad row as its source gave it, sealed. Nobody's delivery reads here.

    Each run that was checked keeps its first ones, and takes away those of earlier runs of which it
    speaks: all of them when it read all rows, else those whose key came again. See `run_reports`.
    """

    run = models.ForeignKey(
        SyncRun, models.CASCADE, related_name="quarantined", verbose_name=_("sync run")
    )
    number = models.BigIntegerField(_("row"))
    sealed = models.BinaryField()

    class Meta:
        verbose_name = _("row in quarantine")
        verbose_name_plural = _("rows in quarantine")
        ordering = ["run", "number"]
        constraints = [
            models.UniqueConstraint(fields=["run", "number"], name="quarantined_once"),
        ]

    def __str__(self) -> str:
        return f"{self.run} / {self.number}"


class QuarantineFault(models.Model):
    """Why a row is in quarantine: the item, what is wrong, and the value as its rule masks it."""

    row = models.ForeignKey(
        QuarantinedRow, models.CASCADE, related_name="faults", verbose_name=_("row in quarantine")
    )
    column = models.CharField(_("column"), max_length=60)
    code = models.CharField(_("rule"), max_length=20)
    shown = models.CharField(_("value"), max_length=120, blank=True)

    class Meta:
        verbose_name = _("fault of a row")
        verbose_name_plural = _("faults of rows")
        ordering = ["row", "pk"]

    def __str__(self) -> str:
        return f"{self.column}: {self.code}"
