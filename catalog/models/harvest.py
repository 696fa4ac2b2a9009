from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .bulk import BulkImport
from .resource import Resource
from .source import Source, Timing
from .terms import Grade, ResourceClass, SharingAttribute


class HarvestState(models.TextChoices):
    QUEUED = "queued", _("queued")
    WALKING = "walking", _("walking through the catalogue")
    DONE = "done", _("done")
    FAILED = "failed", _("failed")


HARVEST_UNDER_WAY = (HarvestState.QUEUED, HarvestState.WALKING)


class Harvest(models.Model):
    """One walk through another portal's catalogue, and what it made of it.

    What new drafts need and no other portal says (class, classification, attribute, grade) is stated
    by who starts it; `brings_removed`: datasets whose drafts somebody has removed get new ones.
    `problems` are the first of `problem_count`, their words kept in every language. `language` is that of
    who started it: drafts and steps tell what was done in it. A failure is a code with particulars.
    """

    source = models.ForeignKey(
        Source, models.CASCADE, related_name="harvests", verbose_name=_("data source")
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("started by")
    )
    language = models.CharField(max_length=10)
    resource_class = models.CharField(_("resource class"), max_length=1, choices=ResourceClass)
    classification = models.CharField(_("classification"), max_length=20)
    sharing_attribute = models.CharField(
        _("sharing attribute"), max_length=15, choices=SharingAttribute
    )
    grade = models.CharField(_("grade"), max_length=2, choices=Grade)
    brings_removed = models.BooleanField(_("removed drafts come again"), default=False)
    is_scheduled = models.BooleanField(_("by schedule"), default=False)
    state = models.CharField(
        _("state"), max_length=10, choices=HarvestState, default=HarvestState.QUEUED
    )
    attempt = models.PositiveSmallIntegerField(default=0)
    queued_at = models.DateTimeField(_("queued"), default=timezone.now)
    sent_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(_("finished"), null=True)
    found = models.PositiveIntegerField(_("datasets"), default=0)
    created = models.PositiveIntegerField(_("new drafts"), default=0)
    changed = models.PositiveIntegerField(_("drafts changed"), default=0)
    revised = models.PositiveIntegerField(_("changes of published entries"), default=0)
    unchanged = models.PositiveIntegerField(_("unchanged"), default=0)
    waiting = models.PositiveIntegerField(_("under review, wait"), default=0)
    left_out = models.PositiveIntegerField(_("left out"), default=0)
    vanished = models.PositiveIntegerField(_("vanished"), default=0)
    problems = models.JSONField(default=list)
    problem_count = models.PositiveIntegerField(_("problems"), default=0)
    failure_code = models.CharField(max_length=40, blank=True)
    failure_data = models.JSONField(default=dict)
    imports = models.ManyToManyField(BulkImport, related_name="harvests", verbose_name=_("imports"))

    class Meta:
        verbose_name = _("harvest")
        verbose_name_plural = _("harvests")
        ordering = ["-queued_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["source"],
                condition=models.Q(state__in=HARVEST_UNDER_WAY),
                name="one_harvest_a_source",
                violation_error_message=_("A harvest of this source is under way already."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.queued_at:%Y-%m-%d}"

    def get_absolute_url(self) -> str:
        return reverse("catalog:source_harvest", args=[self.source_id])

    @property
    def is_under_way(self) -> bool:
        return self.state in HARVEST_UNDER_WAY

    @property
    def audit_department_ids(self) -> list[int]:
        return [self.source.department_id]


class HarvestSchedule(Timing):
    """When a source is harvested by itself, written by `catalog.services.harvest_schedules`.

    What such a harvest writes it writes with the rights of `by`, and states what the last one stated.
    """

    source = models.OneToOneField(
        Source, models.CASCADE, related_name="timing", verbose_name=_("data source")
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("set by")
    )

    class Meta:
        verbose_name = _("schedule of harvests")
        verbose_name_plural = _("schedules of harvests")

    def __str__(self) -> str:
        return f"{self.source}: {self.rhythm}"


class HarvestedDataset(models.Model):
    """A dataset of another portal and the entry that came of it.

    `told` is what the portal said when the entry last took something from it: a later harvest writes
    what differs from that, and so leaves alone what a steward has written since. Without a resource
    its draft was removed, and it stays left out. `vanished_at`: since then the portal has it no more.
    """

    source = models.ForeignKey(Source, models.CASCADE, related_name="datasets")
    identifier = models.CharField(_("identifier"), max_length=500)
    title = models.CharField(_("title"), max_length=200)
    page = models.CharField(_("page"), max_length=1000, blank=True)
    told = models.JSONField(default=dict)
    resource = models.ForeignKey(
        Resource,
        models.SET_NULL,
        null=True,
        related_name="harvested",
        verbose_name=_("resource"),
    )
    seen_at = models.DateTimeField(_("last seen"), default=timezone.now)
    vanished_at = models.DateTimeField(_("vanished"), null=True)

    class Meta:
        verbose_name = _("harvested dataset")
        verbose_name_plural = _("harvested datasets")
        ordering = ["source", "title", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["source", "identifier"], name="a_dataset_is_harvested_once"
            ),
        ]

    def __str__(self) -> str:
        return self.title
