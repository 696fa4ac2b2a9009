from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .agreement import Agreement


class VersionKind(models.TextChoices):
    FIRST = "first", _("first terms")
    AMENDMENT = "amendment", _("amendment")
    RENEWAL = "renewal", _("renewal")


class Side(models.TextChoices):
    PROVIDER = "provider", _("provider")
    REQUESTER = "requester", _("requester")


class AgreementVersion(models.Model):
    """The terms of an agreement as they were written once; a trigger refuses to change or remove it.

    `terms` is the document of `sharing.terms`, `content_hash` the SHA-256 of its canonical JSON in
    hex: what both heads confirm. Which version is in force, and which is proposed, says the
    agreement; one that is neither has been replaced or retracted.
    """

    agreement = models.ForeignKey(
        Agreement, models.PROTECT, related_name="versions", verbose_name=_("agreement")
    )
    number = models.PositiveSmallIntegerField(_("version"))
    kind = models.CharField(_("kind"), max_length=10, choices=VersionKind)
    terms = models.JSONField(_("terms"), encoder=DjangoJSONEncoder)
    content_hash = models.CharField(_("content hash"), max_length=64)
    reason = models.TextField(_("reason"), max_length=2000, blank=True)
    made_at = models.DateTimeField(_("written"), default=timezone.now)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("written by")
    )

    class Meta:
        verbose_name = _("version of an agreement")
        verbose_name_plural = _("versions of agreements")
        ordering = ["agreement", "-number"]
        constraints = [
            models.UniqueConstraint(
                fields=["agreement", "number"], name="agreement_versions_are_numbered"
            ),
            models.CheckConstraint(
                condition=Q(number__gte=1), name="agreement_versions_are_numbered_from_one"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agreement_id} · {self.number}"

    def get_absolute_url(self) -> str:
        return reverse("sharing:agreement_version", args=[self.agreement.number, self.number])


class AgreementConfirmation(models.Model):
    """One side's head has confirmed one version by its hash; kept as it is, like the version.

    `consents` names what of Art. 25 the provider has consented to expressly: another purpose, a
    third party.
    """

    version = models.ForeignKey(
        AgreementVersion, models.PROTECT, related_name="confirmations", verbose_name=_("version")
    )
    side = models.CharField(_("side"), max_length=10, choices=Side)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("confirmed by")
    )
    at = models.DateTimeField(_("confirmed"), default=timezone.now)
    content_hash = models.CharField(_("content hash"), max_length=64)
    consents = models.JSONField(default=list)

    class Meta:
        verbose_name = _("confirmation")
        verbose_name_plural = _("confirmations")
        ordering = ["at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["version", "side"], name="each_side_confirms_once"),
        ]

    def __str__(self) -> str:
        return f"{self.version_id} {self.side}"
