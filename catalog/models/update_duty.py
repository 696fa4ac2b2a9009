"""The duty to update the catalogue when law or duties change (Decree 809, Art. 17), and its clocks."""

from datetime import datetime, time

from django.conf import settings
from django.core.validators import MaxLengthValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.duty_querysets import UpdateDutyQuerySet
from portal.clocks.models import WatchedClock
from portal.organisation.models import Department
from portal.workdays.clocks import RUNNING

from .resource import Resource

MOST_EXTENSION_DAYS = 5


class ChangeKind(models.TextChoices):
    """What makes the catalogue out of date."""

    LAW = "law", _("a law or regulation has changed")
    STATE_COUNCIL = "state_council", _("the State Council has decided")
    DUTIES = "duties", _("the department's own duties have changed")


class DutyState(models.TextChoices):
    OPEN = "open", _("to be updated")
    CLOSING = "closing", _("no change proposed")
    REVIEW = "review", _("update under review")
    DONE = "done", _("catalogue up to date")


class EntryState(models.TextChoices):
    """How far an entry has answered the change."""

    WAITING = "waiting", _("not yet submitted")
    RECEIVED = "received", _("with the competent department")
    RETURNED = "returned", _("sent back with reasons")
    PUBLISHED = "published", _("update published")
    WITHDRAWN = "withdrawn", _("taken out of the catalogue")
    UNCHANGED = "unchanged", _("no change needed")


# The provider has to act; the answer is complete.
PENDING = (EntryState.WAITING, EntryState.RETURNED)
ANSWERED = (EntryState.PUBLISHED, EntryState.WITHDRAWN, EntryState.UNCHANGED)


class DutyAct(models.TextChoices):
    """What can happen to a duty; the words of its record."""

    RECORD = "record", _("recorded the change")
    ANSWER = "answer", _("named an entry that answers the change")
    RECEIVE = "receive", _("submitted an entry to the competent department")
    RETURN = "return", _("sent an entry back")
    PUBLISH = "publish", _("published an updated entry")
    WITHDRAW = "withdraw", _("took an entry out of the catalogue")
    ASK_EXTENSION = "ask_extension", _("asked for an extension")
    EXTEND = "extend", _("consented to the extension")
    REFUSE_EXTENSION = "refuse_extension", _("refused the extension")
    PROPOSE_CLOSE = "propose_close", _("proposed to close without a change")
    CLOSE = "close", _("approved: no change of the catalogue is needed")
    REJECT_CLOSE = "reject_close", _("rejected: the catalogue has to change")


class UpdateDuty(models.Model):
    """A change after which a department has to update its catalogue and submit it for review.

    The clocks are rows of `CatalogueDeadline`. `state` is derived from the entries but for the
    proposal that nothing needs to change; `unchanged_at` is when the head approved that.
    """

    department = models.ForeignKey(
        Department, models.PROTECT, related_name="update_duties", verbose_name=_("provider")
    )
    change = models.CharField(_("what has changed"), max_length=15, choices=ChangeKind)
    basis_title = models.CharField(_("title of the basis"), max_length=200)
    basis_reference = models.CharField(_("article or document number"), max_length=200, blank=True)
    happened_on = models.DateField(_("day of the change"))
    description = models.TextField(
        _("what it means for the catalogue"),
        blank=True,
        max_length=2000,
        validators=[MaxLengthValidator(2000)],
    )
    needs_new_entry = models.BooleanField(_("a new entry is needed"), default=False)
    resources = models.ManyToManyField(
        Resource, through="UpdateDutyEntry", verbose_name=_("entries concerned")
    )
    state = models.CharField(
        _("state"), max_length=10, choices=DutyState, default=DutyState.OPEN, editable=False
    )
    unchanged_at = models.DateTimeField(null=True, editable=False)
    done_at = models.DateTimeField(_("closed"), null=True, editable=False)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", editable=False
    )
    recorded_at = models.DateTimeField(_("recorded"), default=timezone.now, editable=False)
    close_proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", editable=False
    )
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = UpdateDutyQuerySet.as_manager()

    class Meta:
        verbose_name = _("update duty")
        verbose_name_plural = _("update duties")
        constraints = [
            models.UniqueConstraint(
                fields=["department", "happened_on", "basis_title", "basis_reference"],
                name="one_duty_per_change_and_department",
                violation_error_message=_("This change is recorded for the department already."),
            ),
            models.CheckConstraint(
                condition=Q(state=DutyState.DONE, done_at__isnull=False)
                | (~Q(state=DutyState.DONE) & Q(done_at=None)),
                name="a_closed_duty_says_when",
            ),
        ]
        indexes = [models.Index(fields=["department", "state"], name="update_duty_department")]

    def __str__(self) -> str:
        return f"{self.basis_title} {self.basis_reference}".strip()

    def get_absolute_url(self) -> str:
        return reverse("catalog:update_duty", args=[self.pk])

    @property
    def begins_at(self) -> datetime:
        """The first moment of the day of the change, where the law counts."""
        return timezone.make_aware(
            datetime.combine(self.happened_on, time.min), timezone.get_default_timezone()
        )

    @property
    def audit_department_ids(self) -> list[int]:
        return [self.department_id]


class UpdateDutyEntry(models.Model):
    """An entry that the change concerns; `received_at` is when it first reached the reviewer."""

    duty = models.ForeignKey(UpdateDuty, models.CASCADE, related_name="entries")
    resource = models.ForeignKey(
        Resource, models.PROTECT, related_name="update_duties", verbose_name=_("resource")
    )
    is_new = models.BooleanField(_("new entry"), default=False)
    state = models.CharField(
        _("state"), max_length=10, choices=EntryState, default=EntryState.WAITING
    )
    received_at = models.DateTimeField(_("submitted"), null=True)
    answered_at = models.DateTimeField(_("answered"), null=True)

    class Meta:
        verbose_name = _("entry concerned")
        verbose_name_plural = _("entries concerned")
        constraints = [
            models.UniqueConstraint(fields=["duty", "resource"], name="an_entry_once_a_duty"),
        ]
        indexes = [
            models.Index(
                fields=["resource"],
                condition=~Q(state__in=ANSWERED),
                name="update_duty_entry_open",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.duty_id} {self.resource_id} {self.state}"


class UpdateExtension(models.Model):
    """The one extension of a duty: asked with special reasons, decided by the competent department."""

    duty = models.OneToOneField(UpdateDuty, models.CASCADE, related_name="extension")
    days = models.PositiveSmallIntegerField(_("working days asked for"))
    reasons = models.TextField(_("special reasons"), max_length=2000)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(_("asked"), default=timezone.now)
    granted_days = models.PositiveSmallIntegerField(
        _("working days granted"), null=True, help_text=_("0 when it was refused.")
    )
    opinion = models.TextField(_("opinion"), blank=True, max_length=2000)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    decided_at = models.DateTimeField(_("decided"), null=True)

    class Meta:
        verbose_name = _("extension")
        verbose_name_plural = _("extensions")
        constraints = [
            models.CheckConstraint(
                condition=Q(days__range=(1, MOST_EXTENSION_DAYS)),
                name="an_extension_has_at_most_five_days",
            ),
            models.CheckConstraint(
                condition=Q(granted_days=None) | Q(granted_days__lte=models.F("days")),
                name="no_more_is_granted_than_asked",
            ),
            models.CheckConstraint(
                condition=Q(granted_days=None, decided_at=None, decided_by=None)
                | Q(
                    granted_days__isnull=False,
                    decided_at__isnull=False,
                    decided_by__isnull=False,
                ),
                name="a_decided_extension_says_by_whom",
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=models.F("asked_by")),
                name="nobody_consents_to_their_own_extension",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.duty_id} +{self.granted_days or self.days}"

    @property
    def is_decided(self) -> bool:
        return self.decided_at is not None


class CatalogueClock(models.TextChoices):
    """The clocks of Art. 17; limits are in `catalog.deadlines`."""

    UPDATE = "update", _("update and submit")
    REVIEW = "review", _("review and publish")


class CatalogueDeadline(WatchedClock):
    """A clock of Art. 17: one for the update as a whole, one for each review of an entry."""

    duty = models.ForeignKey(UpdateDuty, models.CASCADE, related_name="clocks")
    entry = models.ForeignKey(UpdateDutyEntry, models.CASCADE, null=True, related_name="clocks")
    kind = models.CharField(_("duty"), max_length=10, choices=CatalogueClock)

    class Meta:
        verbose_name = _("deadline of the catalogue")
        verbose_name_plural = _("deadlines of the catalogue")
        constraints = [
            models.UniqueConstraint(
                fields=["duty"],
                condition=Q(kind=CatalogueClock.UPDATE),
                name="one_update_clock_a_duty",
            ),
            models.UniqueConstraint(
                fields=["entry"],
                condition=Q(kind=CatalogueClock.REVIEW) & RUNNING,
                name="one_running_review_an_entry",
            ),
            models.CheckConstraint(
                condition=Q(kind=CatalogueClock.UPDATE, entry=None)
                | Q(kind=CatalogueClock.REVIEW, entry__isnull=False, extension_days=0),
                name="a_review_is_of_an_entry_and_not_extended",
            ),
            models.CheckConstraint(
                condition=Q(extension_days__lte=MOST_EXTENSION_DAYS),
                name="a_clock_is_extended_by_five_days_at_most",
            ),
        ]
        indexes = [
            models.Index(fields=["due"], condition=RUNNING, name="catalogue_clock_due"),
            models.Index(
                fields=["calendar_version", "region"],
                condition=RUNNING,
                name="catalogue_clock_calendar",
            ),
            models.Index(
                fields=["holder", "due"], condition=RUNNING, name="catalogue_clock_holder"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.duty_id} {self.rule} {self.due}"


class UpdateDutyStep(models.Model):
    """What happened to a duty, for the people who work on it; the proof is in the audit trail.

    The resource is kept by key: its name is shown only to who may see the entry.
    """

    duty = models.ForeignKey(UpdateDuty, models.CASCADE, related_name="steps")
    act = models.CharField(_("step"), max_length=20, choices=DutyAct)
    resource = models.ForeignKey(Resource, models.PROTECT, null=True, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    words = models.TextField(_("opinion"), blank=True, max_length=2000)
    at = models.DateTimeField(_("time"), default=timezone.now)

    class Meta:
        verbose_name = _("step")
        verbose_name_plural = _("steps")
        ordering = ["-at", "-id"]

    def __str__(self) -> str:
        return f"{self.duty_id} {self.act}"
