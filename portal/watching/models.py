from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from audit.models import ActorKind
from portal.common.text import Text
from sharing.models import Agreement

from .querysets import AlertQuerySet
from .rules import title_of


class CaseState(models.TextChoices):
    OPEN = "open", pgettext_lazy("case", "open")
    LOOKED_AT = "looked_at", _("being looked at")
    TRUE = "true", _("closed: a true alarm")
    FALSE = "false", _("closed: a false alarm")


class CaseMove(models.TextChoices):
    RAISE = "raise", _("raised the alert")
    LOOK = "look", _("took the case up")
    NOTE = "note", pgettext_lazy("case", "noted")
    CONFIRM = "confirm", _("closed the case: a true alarm")
    DISMISS = "dismiss", _("closed the case: a false alarm")
    REOPEN = "reopen", _("opened the case again")


class WatchPlace(models.Model):
    """How far the trail has been watched: one row. See `audit.following.Place`."""

    snapshot = models.CharField()
    cluster = models.CharField()
    at = models.DateTimeField(_("time"))

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.at.isoformat()


class DrawnDay(models.Model):
    """What was drawn under an agreement on a day, summed from the trail: the habit that rules ask.

    `exported` are the rows of whole exports among `rows`; of `hours`, bit 0 is the hour from midnight.
    A day is summed anew whenever an entry of it comes, so it is right however often that is.
    """

    agreement_id = models.BigIntegerField()
    day = models.DateField()
    calls = models.IntegerField()
    rows = models.BigIntegerField()
    exported = models.BigIntegerField()
    hours = models.IntegerField()

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["agreement_id", "day"], name="a_drawn_day_once"),
        ]

    def __str__(self) -> str:
        return f"{self.agreement_id} {self.day}"


class KnownNetwork(models.Model):
    """A network from which a person or a system has drawn rows, and when it first did."""

    actor_kind = models.CharField(max_length=10, choices=ActorKind)
    actor_id = models.CharField()
    network = models.CharField(max_length=50)
    first_at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["actor_kind", "actor_id", "network"], name="a_network_once_an_actor"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.actor_kind}:{self.actor_id} {self.network}"


class RuleVersion(models.Model):
    """What the security administrator set for a rule, and why. The newest one holds; all are kept.

    A rule without a version has the limits that its module brings.
    """

    rule = models.CharField(_("rule"), max_length=20)
    version = models.PositiveIntegerField(_("version"))
    is_on = models.BooleanField(_("watching"))
    limits = models.JSONField(_("thresholds"))
    reason = models.CharField(_("reason"), max_length=300)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(_("time"), default=timezone.now)

    class Meta:
        verbose_name = _("version of a rule")
        verbose_name_plural = _("versions of rules")
        default_permissions = ()
        ordering = ["rule", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["rule", "version"], name="a_version_of_a_rule_once"),
        ]

    def __str__(self) -> str:
        return f"{self.rule} {self.version}"


class Alert(models.Model):
    """What a rule found of one subject on one day, and the case that somebody has to close.

    `subject` names what it is about ("agreement:7", "system:12 10.1.2.0/24"), `actor` who acted
    where that is one ("system:12"). `agreement` is whose provider sees the case; without one it is the
    security administrator's alone. `figures` are what was counted, and by which limits it was judged.
    They and the entries grow while the day lasts, also when the case has been closed.
    """

    rule = models.CharField(_("rule"), max_length=20)
    subject = models.CharField(max_length=120)
    day = models.DateField(_("day"))
    agreement = models.ForeignKey(
        Agreement,
        models.PROTECT,
        null=True,
        related_name="alerts",
        verbose_name=_("agreement"),
    )
    actor = models.CharField(max_length=60, blank=True)
    actor_name = models.CharField(_("who"), blank=True)
    figures = models.JSONField(_("figures"))
    rule_version = models.PositiveIntegerField(_("version of the rule"))
    state = models.CharField(
        _("state"), max_length=10, choices=CaseState, default=CaseState.OPEN, editable=False
    )
    version = models.PositiveIntegerField(default=1, editable=False)
    raised_at = models.DateTimeField(_("raised"), default=timezone.now)
    closed_at = models.DateTimeField(_("closed"), null=True, editable=False)

    objects = AlertQuerySet.as_manager()

    class Meta:
        verbose_name = _("alert")
        verbose_name_plural = _("alerts")
        default_permissions = ()
        ordering = ["-raised_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["rule", "subject", "day"], name="an_alert_a_rule_subject_and_day"
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=CaseState.values), name="alert_state_is_known"
            ),
            models.CheckConstraint(
                condition=models.Q(closed_at=None)
                ^ models.Q(state__in=[CaseState.TRUE, CaseState.FALSE]),
                name="a_closed_case_says_when",
            ),
        ]
        indexes = [
            models.Index(fields=["state", "-raised_at", "-id"], name="alert_state_raised"),
            models.Index(fields=["-raised_at", "-id"], name="alert_raised"),
        ]

    def __str__(self) -> str:
        about = self.agreement.number if self.agreement else self.actor_name or self.subject
        return f"{title_of(self.rule)} · {about}"

    def get_absolute_url(self) -> str:
        return reverse("watching:case", args=[self.pk])

    @property
    def is_closed(self) -> bool:
        return self.closed_at is not None

    @property
    def rule_title(self) -> Text:
        return title_of(self.rule)

    @property
    def audit_department_ids(self) -> list[int]:
        return [self.agreement.provider_id] if self.agreement else []


class AlertEntry(models.Model):
    """An entry of the trail that an alert rests on. No foreign key: the trail knows no app above it."""

    alert = models.ForeignKey(Alert, models.CASCADE, related_name="evidence")
    entry_id = models.BigIntegerField()

    class Meta:
        default_permissions = ()
        ordering = ["entry_id"]
        constraints = [
            models.UniqueConstraint(fields=["alert", "entry_id"], name="an_entry_once_an_alert"),
        ]

    def __str__(self) -> str:
        return f"{self.alert_id} {self.entry_id}"


class CaseStep(models.Model):
    """What was done about a case, for the people who work on it; the proof is in the trail."""

    alert = models.ForeignKey(Alert, models.CASCADE, related_name="steps")
    move = models.CharField(max_length=10, choices=CaseMove)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    words = models.TextField(_("words"), blank=True, max_length=2000)
    at = models.DateTimeField(_("time"), default=timezone.now)

    class Meta:
        default_permissions = ()
        ordering = ["-at", "-id"]

    def __str__(self) -> str:
        return f"{self.alert_id} {self.move}"
