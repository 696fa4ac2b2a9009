from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from oauth2_provider.settings import oauth2_settings

from audit.identity import Identity

from .department import Department


class InformationSystem(models.Model):
    """A department's own system that calls the API; when it does, it is the signed-in party itself."""

    department = models.ForeignKey(
        Department, models.PROTECT, related_name="systems", verbose_name=_("department")
    )
    name = models.CharField(_("name"), max_length=100)
    mlps_level = models.PositiveSmallIntegerField(
        _("MLPS level"), choices=[(level, str(level)) for level in range(1, 6)], default=3
    )
    contact = models.CharField(_("contact"), max_length=100, blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    application = models.OneToOneField(
        oauth2_settings.APPLICATION_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="information_system",
        verbose_name=_("OAuth2 client"),
    )
    created_at = models.DateTimeField(_("registered"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("information system")
        verbose_name_plural = _("information systems")
        ordering = ["department", "name"]
        constraints = [
            models.UniqueConstraint(fields=["department", "name"], name="one_system_per_name"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("organisation:system", args=[self.pk])

    is_authenticated = True
    is_anonymous = False

    def has_duty(self, *kinds: str) -> bool:
        """No system holds a duty: deciding is for people."""
        return False

    @property
    def audit_identity(self) -> Identity:
        return Identity(
            kind="system",
            id=str(self.pk),
            name=self.name,
            department_id=self.department_id,
            department=self.department.name,
        )


class ApiKey(models.Model):
    """A key for tools that cannot do OAuth2. Only its SHA-256 is kept; 256 random bits need no salt."""

    system = models.ForeignKey(
        InformationSystem,
        models.CASCADE,
        related_name="api_keys",
        verbose_name=_("information system"),
    )
    prefix = models.CharField(_("prefix"), max_length=12, unique=True)
    digest = models.BinaryField(max_length=32, unique=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("issued by")
    )
    created_at = models.DateTimeField(_("issued"), default=timezone.now)
    expires_at = models.DateTimeField(_("expires"))
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)

    class Meta:
        verbose_name = _("API key")
        verbose_name_plural = _("API keys")
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.prefix}…"

    @property
    def is_live(self) -> bool:
        return self.revoked_at is None and self.expires_at > timezone.now()
