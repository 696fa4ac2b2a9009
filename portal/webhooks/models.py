import uuid
from datetime import datetime

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from portal.organisation.models import InformationSystem


class EventType(models.TextChoices):
    """What a system can be told. The part before the dot says of what kind of thing."""

    REQUEST_RECEIVED = "request.received", _("a request was received")
    REQUEST_SUPPLEMENT = "request.supplement", _("a request has to be supplemented")
    REQUEST_OFFERED = "request.offered", _("a request was answered by an offer")
    REQUEST_AGREED = "request.agreed", _("a request was agreed to")
    REQUEST_REFUSED = "request.refused", _("a request was refused")
    REQUEST_WITHDRAWN = "request.withdrawn", _("a request was withdrawn")
    AGREEMENT_AWAITING = "agreement.awaiting", _("an agreement waits for confirmation")
    AGREEMENT_PENDING = "agreement.pending", _("an agreement waits for delivery")
    AGREEMENT_ACTIVE = "agreement.active", _("an agreement became active")
    AGREEMENT_AMENDED = "agreement.amended", _("new terms of an agreement are in force")
    AGREEMENT_SUSPENDED = "agreement.suspended", _("an agreement was suspended")
    AGREEMENT_RECTIFYING = "agreement.rectifying", _("an agreement has to be put right")
    AGREEMENT_TERMINATED = "agreement.terminated", _("an agreement was terminated")
    AGREEMENT_EXPIRED = "agreement.expired", _("an agreement ended with its term")
    AGREEMENT_CHANGES = "agreement.changes", _("rows of an agreement changed")
    SCHEMA_CHANGED = "schema.changed", _("items or frequency of an agreed entry changed")
    PING = "ping", _("a test")


CHOSEN = [(value, label) for value, label in EventType.choices if value != EventType.PING]


class Endpoint(models.Model):
    """An address of an information system to which events go.

    `is_on` is the owner's choice: while it is off, nothing is kept for it. `disabled_at` is the
    portal's, after `failures` attempts in a row: what happens meanwhile waits until it is enabled.
    `earlier_secret`, sealed like the other, signs too until `earlier_until`.
    """

    system = models.ForeignKey(
        InformationSystem,
        models.PROTECT,
        related_name="webhooks",
        verbose_name=_("information system"),
    )
    url = models.URLField(_("address"), max_length=500)
    events = ArrayField(
        models.CharField(max_length=30, choices=EventType), verbose_name=_("events")
    )
    sealed_secret = models.BinaryField(editable=False)
    earlier_secret = models.BinaryField(null=True, editable=False)
    earlier_until = models.DateTimeField(null=True, editable=False)
    is_on = models.BooleanField(_("switched on"), default=True)
    failures = models.PositiveIntegerField(_("failed attempts in a row"), default=0)
    disabled_at = models.DateTimeField(_("switched off by the portal"), null=True)
    removed_at = models.DateTimeField(_("removed"), null=True)
    version = models.PositiveIntegerField(default=1, editable=False)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(_("added"), default=timezone.now)

    class Meta:
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(events=[]), name="a_webhook_listens_to_something"),
            models.CheckConstraint(
                condition=Q(earlier_secret=None, earlier_until=None)
                | Q(earlier_secret__isnull=False, earlier_until__isnull=False),
                name="an_earlier_secret_has_an_end",
            ),
            models.UniqueConstraint(
                fields=["system", "url"],
                condition=Q(removed_at=None),
                name="an_address_once_a_system",
            ),
        ]

    def __str__(self) -> str:
        return self.url

    def get_absolute_url(self) -> str:
        return reverse("webhooks:endpoint", args=[self.system_id, self.pk])

    def secrets_at(self, moment: datetime) -> list[bytes]:
        """The sealed secrets that sign then, the newest first."""
        signing = [bytes(self.sealed_secret)]
        if self.earlier_secret and self.earlier_until and moment < self.earlier_until:
            signing.append(bytes(self.earlier_secret))
        return signing

    @property
    def audit_department_ids(self) -> list[int]:
        return [self.system.department_id]


class Event(models.Model):
    """What happened, as it is told: the same words to every endpoint, and at every attempt."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    type = models.CharField(_("event"), max_length=30, choices=EventType)
    subject = models.CharField(_("about"), max_length=60)
    payload = models.JSONField()
    at = models.DateTimeField(_("time"), default=timezone.now)

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        indexes = [models.Index(fields=["at"], name="webhook_event_at")]

    def __str__(self) -> str:
        return f"{self.type} {self.subject}"


class DeliveryState(models.TextChoices):
    WAITING = "waiting", _("waiting")
    DELIVERED = "delivered", _("delivered")
    FAILED = "failed", pgettext_lazy("delivery", "given up")


class Delivery(models.Model):
    """One event on its way to one endpoint.

    `next_at` is when it may be tried (again); who tries moves it on first, so that nobody else
    tries at the same time, and a killed worker's is tried again.
    """

    endpoint = models.ForeignKey(Endpoint, models.CASCADE, related_name="deliveries")
    event = models.ForeignKey(Event, models.CASCADE, related_name="deliveries")
    state = models.CharField(
        _("state"), max_length=10, choices=DeliveryState, default=DeliveryState.WAITING
    )
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_at = models.DateTimeField(default=timezone.now)
    status = models.PositiveSmallIntegerField(_("HTTP status"), null=True)
    error = models.CharField(_("error"), max_length=500, blank=True)
    milliseconds = models.PositiveIntegerField(_("milliseconds"), null=True)
    tried_at = models.DateTimeField(_("last tried"), null=True)
    delivered_at = models.DateTimeField(_("delivered"), null=True)

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["endpoint", "event"], name="an_event_once_an_endpoint"),
        ]
        indexes = [
            models.Index(
                fields=["next_at"], condition=Q(state="waiting"), name="webhook_delivery_due"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event_id} → {self.endpoint_id}"
