from django.conf import settings
from django.core.files.storage import Storage, storages
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .request import SharingRequest


def attachment_storage() -> Storage:
    """Where files are kept is a setting of the installation, not of a migration."""
    return storages["attachments"]


def stored_as(attachment: "RequestAttachment", _name: str) -> str:
    """A name of the portal's own: what a person calls a file never reaches the file system."""
    return f"requests/{attachment.request_id}/{attachment.sha256}"


class RequestAttachment(models.Model):
    """A file that goes with a request: its basis, a plan, a security assessment.

    What it is was told by its bytes, not by its name, and it was passed by the scanner where the
    installation has one (`ATTACHMENT_SCAN_COMMAND`). The bytes stay as they came: `sha256` in hex.
    """

    request = models.ForeignKey(
        SharingRequest, models.CASCADE, related_name="attachments", verbose_name=_("request")
    )
    name = models.CharField(_("file name"), max_length=200)
    media_type = models.CharField(_("type"), max_length=100)
    size = models.PositiveIntegerField(_("size"), help_text=_("In bytes."))
    sha256 = models.CharField(max_length=64)
    file = models.FileField(storage=attachment_storage, upload_to=stored_as, max_length=200)
    is_scanned = models.BooleanField(_("scanned for malware"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("added by")
    )
    at = models.DateTimeField(_("added"), default=timezone.now)

    class Meta:
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")
        ordering = ["at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["request", "sha256"], name="each_file_is_attached_once_to_a_request"
            ),
        ]

    def __str__(self) -> str:
        return self.name
