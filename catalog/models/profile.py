"""What the rows of a resource look like: derived by `catalog.services.profiles`, never written by hand."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .resource import Resource
from .source import SyncRun


class ResourceProfile(models.Model):
    """Of which rows the columns were counted: those that `rows_changed_at` of the entry names.

    `entry_version` is the version of the entry whose items said what may be told. Where `rows_read`
    is less than `row_count`, the counts are those of a sample. A profile that failed holds no
    columns, and is not tried again before the rows or the entry change.
    """

    resource = models.OneToOneField(
        Resource, models.CASCADE, related_name="profile", verbose_name=_("resource")
    )
    run = models.ForeignKey(
        SyncRun, models.SET_NULL, null=True, related_name="+", verbose_name=_("sync run")
    )
    rows_changed_at = models.DateTimeField()
    entry_version = models.PositiveIntegerField()
    row_count = models.BigIntegerField(_("rows"))
    rows_read = models.BigIntegerField(_("rows read"))
    is_failed = models.BooleanField(default=False)
    computed_at = models.DateTimeField(_("computed"), default=timezone.now)
    milliseconds = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("profile of a resource")
        verbose_name_plural = _("profiles of resources")

    def __str__(self) -> str:
        return str(self.resource)

    @property
    def is_estimated(self) -> bool:
        return self.rows_read < self.row_count


class ColumnProfile(models.Model):
    """Of one column. `is_withheld`: its item is protected, so that no value of it is kept here.

    Texts are empty and numbers None where nothing may be told or nothing is known. `top_values` are
    pairs of value and rows, `histogram` triples of from, below and rows, open at the ends (None).
    """

    profile = models.ForeignKey(ResourceProfile, models.CASCADE, related_name="columns")
    column = models.CharField(_("column"), max_length=60)
    nulls = models.BigIntegerField(_("empty"))
    distinct = models.BigIntegerField(_("distinct values"))
    unknown_codes = models.BigIntegerField(_("values outside the code list"), null=True)
    is_withheld = models.BooleanField(default=False)
    minimum = models.CharField(_("minimum"), max_length=200, blank=True)
    maximum = models.CharField(_("maximum"), max_length=200, blank=True)
    shortest = models.PositiveIntegerField(_("shortest text"), null=True)
    longest = models.PositiveIntegerField(_("longest text"), null=True)
    top_values = models.JSONField(_("most frequent values"), default=list)
    histogram = models.JSONField(_("histogram"), default=list)

    class Meta:
        verbose_name = _("profile of a column")
        verbose_name_plural = _("profiles of columns")
        constraints = [
            models.UniqueConstraint(fields=["profile", "column"], name="one_profile_per_column"),
        ]

    def __str__(self) -> str:
        return self.column
