from pathlib import PurePath
from uuid import uuid4

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.organisation.models import Department

from .resource import Resource


class ImportState(models.TextChoices):
    """A dry run first; nothing is written before somebody applies what it found."""

    CHECKING = "checking", _("being checked")
    CHECKED = "checked", _("checked")
    APPLYING = "applying", _("being applied")
    APPLIED = "applied", _("applied")
    UNDOING = "undoing", _("being undone")
    UNDONE = "undone", _("undone")
    FAILED = "failed", _("failed")


UNDER_WAY = (ImportState.CHECKING, ImportState.APPLYING, ImportState.UNDOING)


def stored_as(instance: "BulkImport", filename: str) -> str:
    """A name that no one can guess or steer; the file's own name is kept beside it."""
    return f"imports/{timezone.now():%Y/%m}/{uuid4().hex}{PurePath(filename).suffix.lower()[:8]}"


class BulkImport(models.Model):
    """One file of entries that a department brought in: what its dry run found, what became of it.

    `problems` are the first of `problem_count`; `seen` holds the versions of the entries on which
    the dry run was made, by key; `preview` the first entries that would be written. What problems
    and `failure` say is kept in every language: `portal.common.worded.said` shows it to who reads.
    `language` is that of who brought it: steps and audit tell what was refused in it. `attempt`
    counts how often a worker took the work up that is under way.
    """

    department = models.ForeignKey(
        Department, models.PROTECT, related_name="bulk_imports", verbose_name=_("department")
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("brought in by")
    )
    at = models.DateTimeField(_("brought in"), default=timezone.now)
    language = models.CharField(max_length=10)
    file = models.FileField(upload_to=stored_as)
    file_name = models.CharField(_("file"), max_length=200)
    file_size = models.PositiveIntegerField(_("size"))
    file_kind = models.CharField(max_length=10)
    sha256 = models.CharField(max_length=64)
    state = models.CharField(
        _("state"), max_length=10, choices=ImportState, default=ImportState.CHECKING
    )
    attempt = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(default=timezone.now)
    is_large = models.BooleanField(default=False)
    problems = models.JSONField(default=list)
    problem_count = models.PositiveIntegerField(_("problems"), default=0)
    preview = models.JSONField(default=list)
    seen = models.JSONField(default=dict)
    created_count = models.PositiveIntegerField(_("new drafts"), default=0)
    changed_count = models.PositiveIntegerField(_("changed"), default=0)
    unchanged_count = models.PositiveIntegerField(_("unchanged"), default=0)
    item_count = models.PositiveIntegerField(_("items"), default=0)
    failure = models.JSONField(default=str, blank=True)
    checked_at = models.DateTimeField(_("checked"), null=True)
    applied_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("applied by"),
    )
    applied_at = models.DateTimeField(_("applied"), null=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("undone by"),
    )
    undone_at = models.DateTimeField(_("undone"), null=True)

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        ordering = ["-at", "-id"]
        indexes = [
            models.Index(fields=["department", "-at", "-id"], name="bulk_import_recent"),
            models.Index(
                fields=["sent_at"],
                condition=models.Q(state__in=UNDER_WAY),
                name="bulk_import_under_way",
            ),
        ]

    def __str__(self) -> str:
        return self.file_name

    def get_absolute_url(self) -> str:
        return reverse("catalog:bulk_import", args=[self.pk])

    @property
    def is_under_way(self) -> bool:
        return self.state in UNDER_WAY

    @property
    def is_ready(self) -> bool:
        """Whether the dry run found something to write, and nothing against it."""
        return (
            self.state == ImportState.CHECKED
            and not self.problem_count
            and bool(self.created_count + self.changed_count)
        )

    @property
    def audit_department_ids(self) -> list[int]:
        return [self.department_id]


class ImportedEntry(models.Model):
    """An entry as an import wrote it, with what it was before: None when it did not exist.

    `version` is that which the import gave it. While the entry still has it, nobody has changed it
    since, and the import can be undone.
    """

    bulk_import = models.ForeignKey(BulkImport, models.CASCADE, related_name="entries")
    resource = models.ForeignKey(
        Resource, models.SET_NULL, null=True, related_name="+", verbose_name=_("resource")
    )
    row = models.PositiveIntegerField(_("row"))
    code = models.CharField(max_length=40)
    name = models.CharField(max_length=200)
    version = models.PositiveIntegerField()
    before = models.JSONField(null=True, encoder=DjangoJSONEncoder)

    class Meta:
        verbose_name = _("imported entry")
        verbose_name_plural = _("imported entries")
        ordering = ["bulk_import", "row"]
        constraints = [
            models.UniqueConstraint(
                fields=["bulk_import", "resource"], name="one_import_writes_an_entry_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.bulk_import_id}: {self.name}"
