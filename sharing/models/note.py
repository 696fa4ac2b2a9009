from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .request import SharingRequest


class Verdict(models.TextChoices):
    """What the competent department advises before the provider answers."""

    FINE = "fine", _("nothing stands against it")
    CONCERNS = "concerns", _("there are concerns")


class RequestNote(models.Model):
    """A message between the two sides of a request, or the competent department's advice on it.

    With a `verdict` it is the pre-check: it runs beside the provider's clock, never before it, and
    decides nothing. A note is never changed: what was said stands.
    """

    request = models.ForeignKey(
        SharingRequest, models.CASCADE, related_name="notes", verbose_name=_("request")
    )
    verdict = models.CharField(_("advice"), max_length=10, choices=Verdict, blank=True)
    words = models.TextField(_("words"), max_length=2000)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by")
    )
    at = models.DateTimeField(_("time"), default=timezone.now)

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ["-at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["request"], condition=~Q(verdict=""), name="one_advice_a_request"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.request_id} {self.words[:40]}"
