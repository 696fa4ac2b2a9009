from django.conf import settings
from django.core.files.storage import Storage, storages
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .resource import Resource


def shared_storage() -> Storage:
    """Where files are kept is a setting of the installation, not of a migration."""
    return storages["shared"]


def stored_as(version: "SharedFileVersion", _name: str) -> str:
    """A name of the portal's own: what a person calls a file never reaches the file system."""
    return f"resources/{version.file.resource_id}/{version.sha256}"


class SharedFile(models.Model):
    """A file of a resource that is shared as it is: a document, a map, a picture, an archive.

    Its bytes lie in versions, of which the newest counts. A file that was withdrawn is given to nobody;
    its history stays, and a further version under its name brings it back.
    """

    resource = models.ForeignKey(
        Resource, models.PROTECT, related_name="shared_files", verbose_name=_("resource")
    )
    name = models.CharField(_("file name"), max_length=200)
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, blank=True, editable=False)
    withdrawal_reason = models.CharField(
        _("reason of the withdrawal"), max_length=300, blank=True, editable=False
    )

    class Meta:
        verbose_name = _("shared file")
        verbose_name_plural = _("shared files")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["resource", "name"], name="a_shared_file_has_one_name"),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None, withdrawal_reason="")
                | (Q(withdrawn_at__isnull=False) & ~Q(withdrawal_reason="")),
                name="a_shared_file_is_withdrawn_with_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def audit_department_ids(self) -> list[int]:
        return [self.resource.department_id]


class SharedFileVersion(models.Model):
    """One content of a shared file, never changed: `sha256` in hex is that of its `size` bytes."""

    file = models.ForeignKey(
        SharedFile, models.PROTECT, related_name="versions", verbose_name=_("shared file")
    )
    number = models.PositiveIntegerField(_("version"))
    media_type = models.CharField(_("type"), max_length=100)
    size = models.BigIntegerField(_("size"), help_text=_("In bytes."))
    sha256 = models.CharField("SHA-256", max_length=64)
    content = models.FileField(storage=shared_storage, upload_to=stored_as, max_length=200)
    note = models.CharField(_("what is new"), max_length=300, blank=True)
    is_scanned = models.BooleanField(_("scanned for malware"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("added by")
    )
    at = models.DateTimeField(_("added"), default=timezone.now)

    class Meta:
        verbose_name = _("version of a shared file")
        verbose_name_plural = _("versions of shared files")
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(
                fields=["file", "number"], name="each_version_of_a_file_has_its_number"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.file} {self.number}"
