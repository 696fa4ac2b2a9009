import uuid

from django.conf import settings
from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.models import DataItem, Resource, SharingMode
from portal.organisation.models import Department, InformationSystem
from sharing.querysets import AgreementQuerySet

from .request import SharingRequest


class AgreementState(models.TextChoices):
    AWAITING = "awaiting", _("waiting for confirmation")
    PENDING = "pending", _("waiting for delivery")
    ACTIVE = "active", pgettext_lazy("agreement", "active")
    SUSPENDED = "suspended", pgettext_lazy("agreement", "suspended")
    RECTIFYING = "rectifying", _("rectifying")
    EXPIRED = "expired", _("expired")
    TERMINATED = "terminated", _("terminated")


LIVE_AGREEMENT = (
    AgreementState.AWAITING,
    AgreementState.PENDING,
    AgreementState.ACTIVE,
    AgreementState.SUSPENDED,
    AgreementState.RECTIFYING,
)


class Agreement(models.Model):
    """What provider and requester agreed: items, purpose, term. The only key to shared rows.

    While it is active the requester's group holds `pull_resource`, and the view `view_name` in the
    database lets out the agreed items and nothing else; both come and go in the transaction that
    moves the state. The last day of the term, `ends_on`, still counts. When a receiving system is
    named, no other system of the requester may pull. Items, rows, masks, purpose, scope, term and quotas
    here are those of `version_in_force`, for the views and the pulls that ask them; `version_proposed` waits
    for both heads. Under `verification_only` no row leaves: values are checked against the rows. `canary`
    is one row more that is not true, by column, empty while none is agreed: `sharing.canaries`.
    A quota that is None has not been agreed. `changes_told` is the position in the log of the resource's
    changes up to which systems of the requester were told that there are some. `revision` is raised by every
    act on the agreement, so that who read it earlier can tell; `version_…` are those of its terms. `mark`
    is a secret: from it follow the marks in the agreement's exports, `sharing.marks`.
    """

    number = models.CharField(_("number"), max_length=20, unique=True, editable=False)
    request = models.OneToOneField(
        SharingRequest, models.PROTECT, related_name="agreement", verbose_name=_("sharing request")
    )
    resource = models.ForeignKey(
        Resource, models.PROTECT, related_name="agreements", verbose_name=_("resource")
    )
    provider = models.ForeignKey(
        Department, models.PROTECT, related_name="agreements_given", verbose_name=_("provider")
    )
    requester = models.ForeignKey(
        Department, models.PROTECT, related_name="agreements_received", verbose_name=_("requester")
    )
    items = models.ManyToManyField(
        DataItem, through="AgreementItem", related_name="+", verbose_name=_("data items")
    )
    purpose = models.TextField(_("purpose of use"))
    scope = models.TextField(_("scope of use"))
    sharing_mode = models.CharField(_("sharing mode"), max_length=10, choices=SharingMode)
    system = models.ForeignKey(
        InformationSystem,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="agreements",
        verbose_name=_("receiving information system"),
    )
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until"))
    calls_a_day = models.PositiveIntegerField(_("calls a day"), null=True, blank=True)
    rows_a_day = models.PositiveBigIntegerField(_("rows a day"), null=True, blank=True)
    exports_at_once = models.PositiveSmallIntegerField(
        _("exports at the same time"), null=True, blank=True
    )
    row_filter = models.JSONField(_("row scope"), default=list, blank=True)
    masks = models.JSONField(_("masked items"), default=dict, blank=True)
    verification_only = models.BooleanField(_("verification only"), default=False)
    canary = models.JSONField(_("canary row"), default=dict, db_default={}, blank=True)
    version_in_force = models.ForeignKey(
        "sharing.AgreementVersion",
        models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("version in force"),
    )
    version_proposed = models.ForeignKey(
        "sharing.AgreementVersion",
        models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("proposed version"),
    )
    changes_told = models.BigIntegerField(default=0, editable=False)
    mark = models.UUIDField(default=uuid.uuid4, db_default=RandomUUID(), editable=False)
    revision = models.PositiveIntegerField(_("revision"), default=0, db_default=0, editable=False)
    state = models.CharField(
        _("state"),
        max_length=12,
        choices=AgreementState,
        default=AgreementState.AWAITING,
        editable=False,
    )
    created_at = models.DateTimeField(_("agreed"), default=timezone.now, editable=False)
    activated_at = models.DateTimeField(_("active since"), null=True, blank=True, editable=False)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True, editable=False)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("ended by"),
    )
    end_reason = models.TextField(_("reason for the end"), blank=True, editable=False)

    objects = AgreementQuerySet.as_manager()

    class Meta:
        verbose_name = _("agreement")
        verbose_name_plural = _("agreements")
        ordering = ["-created_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")), name="a_term_ends_after_it_begins"
            ),
            models.CheckConstraint(
                condition=~Q(provider=F("requester")), name="an_agreement_has_two_parties"
            ),
        ]
        indexes = [
            models.Index(fields=["requester", "state"], name="agreement_requester_state"),
            models.Index(fields=["provider", "state"], name="agreement_provider_state"),
            models.Index(fields=["resource", "state"], name="agreement_resource_state"),
            models.Index(
                fields=["ends_on"],
                condition=Q(state__in=LIVE_AGREEMENT),
                name="agreement_live_ends",
            ),
            models.Index(fields=["-created_at", "-id"], name="agreement_recent"),
            models.Index(
                fields=["provider", "requester"],
                condition=Q(version_proposed__isnull=False),
                name="agreement_to_confirm",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.resource}"

    def get_absolute_url(self) -> str:
        return reverse("sharing:agreement", args=[self.number])

    @property
    def view_name(self) -> str:
        """The name of the agreement's view in the database schema `agreement`."""
        return f"a_{self.pk}"

    @property
    def is_active(self) -> bool:
        return self.state == AgreementState.ACTIVE

    @property
    def is_over(self) -> bool:
        return self.state not in LIVE_AGREEMENT

    @property
    def audit_department_ids(self) -> list[int]:
        return [self.requester_id, self.provider_id]


class AgreementItem(models.Model):
    agreement = models.ForeignKey(Agreement, models.CASCADE, related_name="agreed_items")
    item = models.ForeignKey(DataItem, models.PROTECT, related_name="+")

    class Meta:
        ordering = ["item__position"]
        constraints = [
            models.UniqueConstraint(fields=["agreement", "item"], name="each_item_agreed_once"),
        ]

    def __str__(self) -> str:
        return str(self.item)


class AgreementStep(models.Model):
    """What happened to an agreement, for its parties; the proof is in the audit trail."""

    agreement = models.ForeignKey(Agreement, models.CASCADE, related_name="steps")
    move = models.CharField(_("step"), max_length=20)
    before = models.CharField(max_length=12, choices=AgreementState, blank=True)
    after = models.CharField(max_length=12, choices=AgreementState)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        help_text=_("Empty when the portal itself acted."),
    )
    opinion = models.TextField(_("opinion"), blank=True, max_length=2000)
    at = models.DateTimeField(_("time"), default=timezone.now)

    class Meta:
        ordering = ["-at", "-id"]

    def __str__(self) -> str:
        return f"{self.agreement_id} {self.move}"
