from django.conf import settings
from django.core.files.storage import Storage, storages
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .source import Source


def upload_storage() -> Storage:
    """Where files are kept is a setting of the installation, not of a migration."""
    return storages["uploads"]


def stored_as(upload: "SourceUpload", _name: str) -> str:
    """A name of the portal's own: what a person calls a file never reaches the file system."""
    return f"sources/{upload.source_id}/{upload.sha256}"


class SourceUpload(models.Model):
    """A file with rows that a steward brought to a source of the kind "uploaded file".

    The newest is what runs read. Of the ones before, the row stays as history and the bytes go:
    `file` is empty then.
    """

    source = models.ForeignKey(
        Source, models.PROTECT, related_name="uploads", verbose_name=_("data source")
    )
    name = models.CharField(_("file name"), max_length=200)
    size = models.BigIntegerField(_("size"), help_text=_("In bytes."))
    sha256 = models.CharField(max_length=64)
    file = models.FileField(storage=upload_storage, upload_to=stored_as, max_length=200, blank=True)
    is_scanned = models.BooleanField(_("scanned for malware"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("uploaded by")
    )
    at = models.DateTimeField(_("uploaded"), default=timezone.now)

    class Meta:
        verbose_name = _("uploaded file")
        verbose_name_plural = _("uploaded files")
        ordering = ["-at", "-id"]

    def __str__(self) -> str:
        return self.name
