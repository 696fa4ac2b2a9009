"""What happens to a request between its receipt and its end (Decree 809, Art. 21 and 28)."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .request import SharingRequest

MOST_EXTENSION_DAYS = 10


class Act(models.Model):
    """One side asks with reasons, another one answers."""

    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("asked by")
    )
    at = models.DateTimeField(_("asked"), default=timezone.now)
    words = models.TextField(_("reasons"), max_length=2000)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("decided by"),
    )
    decided_at = models.DateTimeField(_("decided"), null=True)
    opinion = models.TextField(_("opinion"), max_length=2000, blank=True)

    class Meta:
        abstract = True

    @property
    def is_open(self) -> bool:
        return self.decided_at is None


class SupplementNotice(Act):
    """The one notice that lists everything missing of an incomplete request (Art. 21).

    It is decided when the request comes back.
    """

    request = models.OneToOneField(
        SharingRequest, models.CASCADE, related_name="supplement", verbose_name=_("request")
    )
    missing = ArrayField(models.CharField(max_length=20), verbose_name=_("to be supplemented"))

    class Meta:
        verbose_name = _("supplement notice")
        verbose_name_plural = _("supplement notices")
        constraints = [
            models.CheckConstraint(
                condition=~Q(missing=[]), name="a_supplement_notice_says_what_is_missing"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.request_id} {self.missing}"


class AnswerExtension(Act):
    """More time for the answer: at most ten working days, once, by consent (Art. 21).

    `granted_days` is 0 when it was refused. The requester is told, and says that it has read it.
    """

    request = models.OneToOneField(
        SharingRequest, models.CASCADE, related_name="extension", verbose_name=_("request")
    )
    days = models.PositiveSmallIntegerField(_("working days asked for"))
    granted_days = models.PositiveSmallIntegerField(_("working days granted"), null=True)
    acknowledged_at = models.DateTimeField(_("acknowledged"), null=True)

    class Meta:
        verbose_name = _("extension of the answer")
        verbose_name_plural = _("extensions of answers")
        constraints = [
            models.CheckConstraint(
                condition=Q(days__range=(1, MOST_EXTENSION_DAYS)),
                name="an_answer_is_extended_by_one_to_ten_days",
            ),
            models.CheckConstraint(
                condition=Q(granted_days=None) | Q(granted_days__lte=F("days")),
                name="no_more_is_granted_than_was_asked",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.request_id} +{self.granted_days}"


class Offer(Act):
    """Less than was asked for: some of the items, fewer rows, masked values or a shorter term.

    `row_filter` holds the conditions asked for and those that the provider adds; `masks` a rule by
    column. The requester accepts or not.
    """

    request = models.OneToOneField(
        SharingRequest, models.CASCADE, related_name="offer", verbose_name=_("request")
    )
    columns = ArrayField(models.CharField(max_length=60), verbose_name=_("data items"))
    use_until = models.DateField(_("use until"))
    row_filter = models.JSONField(_("row scope"), default=list)
    masks = models.JSONField(_("masked items"), default=dict)
    accepted = models.BooleanField(_("accepted"), null=True)

    class Meta:
        verbose_name = _("offer")
        verbose_name_plural = _("offers")
        constraints = [
            models.CheckConstraint(condition=~Q(columns=[]), name="an_offer_names_items"),
        ]

    def __str__(self) -> str:
        return f"{self.request_id} {self.columns}"


class DisputeOutcome(models.TextChoices):
    UPHELD = "upheld", _("the refusal stands")
    REOPENED = "reopened", _("the provider answers again")


class Dispute(Act):
    """A refusal that the requester contests before the competent department (Art. 28).

    The Decree sets no time for it. Negotiation and mediation are outside the portal; what they end
    with is the decision.
    """

    request = models.ForeignKey(
        SharingRequest, models.CASCADE, related_name="disputes", verbose_name=_("request")
    )
    outcome = models.CharField(_("outcome"), max_length=10, choices=DisputeOutcome, blank=True)

    class Meta:
        verbose_name = _("dispute")
        verbose_name_plural = _("disputes")
        ordering = ["-at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["request"],
                condition=Q(decided_at=None),
                name="one_open_dispute_a_request",
            ),
            models.CheckConstraint(
                condition=Q(decided_at=None, outcome="")
                | (Q(decided_at__isnull=False) & ~Q(outcome="")),
                name="a_decided_dispute_has_an_outcome",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.request_id} {self.outcome}"
