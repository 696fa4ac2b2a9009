"""What pseudonyms are made with."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.organisation.models import Department


class PseudonymKey(models.Model):
    """A secret of the portal's, by which a requester's pseudonyms are made; written and read by SQL alone.

    It is never changed: what the requester holds would fit nothing that it draws afterwards.
    """

    department = models.OneToOneField(
        Department,
        models.PROTECT,
        primary_key=True,
        related_name="+",
        verbose_name=_("requester"),
    )
    key = models.BinaryField(editable=False)

    class Meta:
        verbose_name = _("key of pseudonyms")
        verbose_name_plural = _("keys of pseudonyms")
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.department_id)
