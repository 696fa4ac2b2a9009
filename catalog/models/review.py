"""What the work on an entry leaves behind: assessments, steps, announcements, codes given out."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.common.text import Text

from .resource import Resource
from .terms import Move, ResourceState, Work


class AssessmentKind(models.TextChoices):
    SECRECY = "secrecy", _("secrecy risk assessment")
    PERSONAL_INFORMATION = "pia", _("personal information impact assessment")


class Assessment(models.Model):
    """One of the two assessments that must precede submission (Decree 809, Art. 13)."""

    resource = models.ForeignKey(
        Resource, models.CASCADE, related_name="assessments", verbose_name=_("resource")
    )
    kind = models.CharField(_("assessment"), max_length=10, choices=AssessmentKind)
    is_present = models.BooleanField(_("secret or personal information is present"))
    is_passed = models.BooleanField(_("may be catalogued"))
    findings = models.TextField(_("findings"), max_length=2000)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("assessed by")
    )
    at = models.DateTimeField(_("assessed"), default=timezone.now)

    class Meta:
        verbose_name = _("assessment")
        verbose_name_plural = _("assessments")
        constraints = [
            models.UniqueConstraint(
                fields=["resource", "kind"], name="one_assessment_of_each_kind"
            ),
            models.CheckConstraint(
                condition=~models.Q(kind=AssessmentKind.SECRECY, is_present=True, is_passed=True),
                name="secrets_are_never_catalogued",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.resource} · {self.get_kind_display()}"


class ResourceStep(models.Model):
    """What happened to an entry, for the people who work on it; the proof is in the audit trail."""

    resource = models.ForeignKey(Resource, models.CASCADE, related_name="steps")
    move = models.CharField(_("step"), max_length=20, choices=[*Work.choices, *Move.choices])
    before = models.CharField(max_length=20, choices=ResourceState, blank=True)
    after = models.CharField(max_length=20, choices=ResourceState)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    opinion = models.TextField(_("opinion"), blank=True, max_length=2000)
    at = models.DateTimeField(_("time"), default=timezone.now)

    class Meta:
        verbose_name = _("step")
        verbose_name_plural = _("steps")
        ordering = ["-at", "-id"]

    def __str__(self) -> str:
        return f"{self.resource_id} {self.move}"


class Announcement(models.Model):
    """The notice by which a change of the catalogue is made known to all departments (Art. 16).

    `announced_to` is the `visible_to` under which the entry was published: a withdrawal is made
    known to the same departments, who no longer see the entry itself.
    """

    resource = models.ForeignKey(
        Resource, models.CASCADE, related_name="announcements", verbose_name=_("resource")
    )
    state = models.CharField(_("what is announced"), max_length=20, choices=ResourceState)
    number = models.PositiveIntegerField(
        _("version"), default=1, help_text=_("Of the entry as it is announced.")
    )
    announced_to = ArrayField(models.IntegerField(), default=list, editable=False)
    at = models.DateTimeField(_("announced"), default=timezone.now)

    class Meta:
        verbose_name = _("announcement")
        verbose_name_plural = _("announcements")
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["-at", "-id"], name="announcement_recent")]

    def __str__(self) -> str:
        return f"{self.resource} · {self.words}"

    @property
    def words(self) -> Text:
        """What became of the entry: published, changed or withdrawn."""
        if self.state == ResourceState.PUBLISHED and self.number > 1:
            return _("changed, version %(number)s") % {"number": self.number}
        return self.get_state_display()


class CodeSequence(models.Model):
    """The last sequence number given out under a classification; numbers are never used twice."""

    classification = models.CharField(max_length=21, unique=True)
    last = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.classification}/{self.last:06d}"
