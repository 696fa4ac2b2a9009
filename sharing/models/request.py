from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.models import DataItem, Resource, SharingMode
from portal.organisation.models import Department, InformationSystem
from sharing.querysets import SharingRequestQuerySet


class RequestState(models.TextChoices):
    DRAFT = "draft", _("draft")
    INTERNAL_REVIEW = "internal_review", _("waiting for our work body head")
    RETURNED = "returned", _("returned to the applicant")
    RECEIVED = "received", _("waiting for the provider's answer")
    SUPPLEMENT = "supplement", _("waiting for a supplement")
    OFFERED = "offered", _("waiting for the requester's answer to an offer")
    AGREED = "agreed", _("agreed")
    REFUSED = "refused", _("refused")
    WITHDRAWN = "withdrawn", _("withdrawn")


LIVE = (
    RequestState.DRAFT,
    RequestState.INTERNAL_REVIEW,
    RequestState.RETURNED,
    RequestState.RECEIVED,
    RequestState.SUPPLEMENT,
    RequestState.OFFERED,
)


UNFINISHED = (
    RequestState.DRAFT,
    RequestState.RETURNED,
    RequestState.SUPPLEMENT,
    RequestState.WITHDRAWN,
)


class RefusalReason(models.TextChoices):
    """Reasons that a provider may give. The Decree has no closed list; words are always added."""

    OUTSIDE_DUTIES = "outside_duties", _("outside the requester's duties")
    SCOPE_TOO_LARGE = "scope_too_large", _("scope larger than needed")
    PURPOSE_NOT_COVERED = "purpose_not_covered", _("purpose does not fit the published conditions")
    NOT_SHARED = "not_shared", _("not shared, with its legal basis")
    NOT_THE_SOURCE = "not_the_source", _("we are not the source department")
    DOES_NOT_EXIST = "does_not_exist", _("the data does not exist or is not collected")
    SECURITY_INADEQUATE = "security_inadequate", _("security measures are not adequate")
    DUPLICATE = "duplicate", _("duplicate of an existing agreement")


class UseFrequency(models.TextChoices):
    """How often the requester needs the data: an estimate that the provider plans with."""

    ONCE = "once", _("once")
    ON_CASES = "on_cases", _("as cases come up")
    REAL_TIME = "real_time", _("in real time")
    DAILY = "daily", _("every day")
    WEEKLY = "weekly", _("every week")
    MONTHLY = "monthly", _("every month")
    QUARTERLY = "quarterly", _("every quarter")
    YEARLY = "yearly", _("every year")


class SharingRequest(models.Model):
    """An application for items of one resource (Decree 809, Art. 20); its clock is in `Deadline`.

    A draft may be incomplete; what has been submitted is not. `row_filter` narrows which rows are
    asked for; `masks` are those of an accepted offer. `state` is written by `workflow.move`
    alone; `version` counts every write, so that nobody decides on words they have not seen.
    """

    number = models.CharField(_("number"), max_length=20, unique=True, editable=False)
    resource = models.ForeignKey(
        Resource, models.PROTECT, related_name="sharing_requests", verbose_name=_("resource")
    )
    requester = models.ForeignKey(
        Department, models.PROTECT, related_name="sharing_requests", verbose_name=_("requester")
    )
    applicant = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("applicant")
    )
    items = models.ManyToManyField(
        DataItem, through="RequestedItem", related_name="+", verbose_name=_("data items")
    )
    use_basis = models.TextField(_("basis for use"), max_length=1000, blank=True)
    use_scene = models.TextField(_("scene of use"), max_length=1000, blank=True)
    use_scope = models.TextField(_("scope of use"), max_length=1000, blank=True)
    sharing_mode = models.CharField(
        _("sharing mode"), max_length=10, choices=SharingMode, blank=True
    )
    use_until = models.DateField(_("use until"), null=True, blank=True)
    application = models.ForeignKey(
        "sharing.Application",
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="requests",
        verbose_name=_("application"),
    )
    system = models.ForeignKey(
        InformationSystem,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("receiving information system"),
    )
    row_filter = models.JSONField(
        _("row scope"),
        default=list,
        blank=True,
        help_text=_("Conditions as `sharing.row_filters` writes them; all hold. Empty: all rows."),
    )
    masks = models.JSONField(default=dict, blank=True, editable=False)
    use_frequency = models.CharField(
        _("frequency of use"), max_length=10, choices=UseFrequency, blank=True
    )
    calls_a_day = models.PositiveIntegerField(_("calls a day"), null=True, blank=True)
    rows_a_day = models.PositiveBigIntegerField(_("rows a day"), null=True, blank=True)
    security_measures = models.TextField(_("security measures"), max_length=1000, blank=True)
    is_vouched_for = models.BooleanField(_("true, lawful and necessary"), default=False)
    state = models.CharField(
        _("state"), max_length=20, choices=RequestState, default=RequestState.DRAFT, editable=False
    )
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    received_at = models.DateTimeField(_("received"), null=True, blank=True, editable=False)
    answered_at = models.DateTimeField(_("answered"), null=True, blank=True, editable=False)
    refusal_reason = models.CharField(
        _("reason for refusal"), max_length=25, choices=RefusalReason, blank=True, editable=False
    )

    objects = SharingRequestQuerySet.as_manager()

    class Meta:
        verbose_name = _("sharing request")
        verbose_name_plural = _("sharing requests")
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["resource", "requester"],
                condition=Q(state__in=LIVE),
                name="one_live_request_per_resource_and_department",
                violation_error_message=_(
                    "Your department has a request for this resource under way already."
                ),
            ),
            models.CheckConstraint(
                condition=Q(is_vouched_for=True) | Q(state__in=UNFINISHED),
                name="a_submitted_request_is_vouched_for",
            ),
            models.CheckConstraint(
                condition=Q(state__in=UNFINISHED)
                | (
                    ~(Q(use_basis="") | Q(use_scene="") | Q(use_scope="") | Q(sharing_mode=""))
                    & Q(use_until__isnull=False)
                ),
                name="a_submitted_request_is_complete",
            ),
            models.CheckConstraint(
                condition=~Q(state=RequestState.REFUSED) | ~Q(refusal_reason=""),
                name="a_refusal_has_its_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["requester", "state"], name="request_requester_state"),
            models.Index(fields=["resource", "state"], name="request_resource_state"),
            models.Index(fields=["-created_at", "-id"], name="request_recent"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.resource}"

    def get_absolute_url(self) -> str:
        return reverse("sharing:request", args=[self.number])

    @property
    def audit_department_ids(self) -> list[int]:
        return [self.requester_id, self.resource.department_id]


class RequestedItem(models.Model):
    request = models.ForeignKey(SharingRequest, models.CASCADE, related_name="requested_items")
    item = models.ForeignKey(DataItem, models.PROTECT, related_name="+")

    class Meta:
        ordering = ["item__position"]
        constraints = [
            models.UniqueConstraint(fields=["request", "item"], name="each_item_requested_once"),
        ]

    def __str__(self) -> str:
        return str(self.item)


class RequestStep(models.Model):
    """What happened to a request, for the people who work on it; the proof is in the audit trail."""

    request = models.ForeignKey(SharingRequest, models.CASCADE, related_name="steps")
    move = models.CharField(_("step"), max_length=20)
    before = models.CharField(max_length=20, choices=RequestState, blank=True)
    after = models.CharField(max_length=20, choices=RequestState)
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
        return f"{self.request_id} {self.move}"


class NumberSeries(models.Model):
    """The last number given out in a year under a prefix (GX requests, GXXY agreements)."""

    prefix = models.CharField(max_length=10)
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["prefix", "year"], name="one_series_a_prefix_and_year"),
        ]

    def __str__(self) -> str:
        return f"{self.prefix}-{self.year}-{self.last:05d}"
