"""One datum, one source (Decree 809, Art. 19): synonyms, the register, duplicates found."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.one_source.score import Reason
from portal.organisation.models import Department, Region

from .collection_plan import CollectionPlan
from .resource import Resource


class ItemSynonym(models.Model):
    """A name of a data item and the group of names that mean the same datum.

    `normal` and `canonical` are names as the database's `catalog_item_normal` writes them;
    `canonical` is that of the group's first name. A reference datum (identity number, name) is one
    that tables of many departments need to tell their rows apart: to hold it repeats nobody.
    """

    normal = models.CharField(max_length=100, unique=True, editable=False)
    term = models.CharField(_("name"), max_length=100)
    canonical = models.CharField(max_length=100, db_index=True, editable=False)
    is_reference = models.BooleanField(_("reference datum"), default=False)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    changed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("synonym of an item name")
        verbose_name_plural = _("synonyms of item names")
        ordering = ["canonical", "id"]

    def __str__(self) -> str:
        return self.term


class SourceOfItem(models.Model):
    """That a department collects a datum for its region's others; rows end, none is removed."""

    normal = models.CharField(max_length=100, editable=False)
    name = models.CharField(_("datum"), max_length=100)
    department = models.ForeignKey(
        Department, models.PROTECT, related_name="+", verbose_name=_("source department")
    )
    region = models.ForeignKey(Region, models.PROTECT, related_name="+", verbose_name=_("region"))
    basis = models.CharField(_("basis"), max_length=500)
    appointed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    appointed_at = models.DateTimeField(_("appointed"), default=timezone.now)
    acknowledged_at = models.DateTimeField(_("acknowledged"), null=True)
    ended_at = models.DateTimeField(_("ended"), null=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    end_reasons = models.CharField(_("reasons"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("source department of a datum")
        verbose_name_plural = _("register of source departments")
        constraints = [
            models.UniqueConstraint(
                fields=["normal", "region"],
                condition=Q(ended_at=None),
                name="one_source_per_datum_and_region",
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None, ended_by=None)
                | Q(ended_at__isnull=False, ended_by__isnull=False),
                name="an_ended_source_says_by_whom",
            ),
        ]
        indexes = [
            models.Index(
                fields=["department"],
                condition=Q(ended_at=None, acknowledged_at=None),
                name="source_to_acknowledge",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}: {self.department}"

    @property
    def audit_department_ids(self) -> list[int]:
        return [self.department_id]


class DuplicateState(models.TextChoices):
    OPEN = "open", pgettext_lazy("duplicate", "open")
    LINKED = "linked", _("linked")
    JUSTIFIED = "justified", _("justified")
    RESOLVED = "resolved", _("no longer repeated")


class Duplicate(models.Model):
    """An item of an entry or a plan that another department's published entry provides already.

    Items are kept by column, because writing an entry anew makes its items anew; an item of a plan
    has its name for a column. `explanation` is `catalog.one_source.score.Score.as_json()`.
    """

    resource = models.ForeignKey(
        Resource,
        models.CASCADE,
        null=True,
        related_name="duplicates",
        verbose_name=_("resource"),
    )
    plan = models.ForeignKey(
        CollectionPlan,
        models.CASCADE,
        null=True,
        related_name="duplicates",
        verbose_name=_("collection plan"),
    )
    column = models.CharField(_("column"), max_length=60)
    item_name = models.CharField(_("data item"), max_length=100)
    other = models.ForeignKey(
        Resource, models.CASCADE, related_name="+", verbose_name=_("provided already by")
    )
    other_column = models.CharField(_("column"), max_length=60)
    other_name = models.CharField(_("data item"), max_length=100)
    score = models.PositiveSmallIntegerField(_("score"))
    explanation = models.JSONField(_("explanation"), default=list)
    state = models.CharField(
        _("state"), max_length=10, choices=DuplicateState, default=DuplicateState.OPEN
    )
    words = models.CharField(_("justification"), max_length=1000, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(_("time"), default=timezone.now)

    class Meta:
        verbose_name = _("duplicate")
        verbose_name_plural = _("duplicates")
        constraints = [
            models.UniqueConstraint(
                fields=["resource", "column", "other", "other_column"],
                name="one_duplicate_per_pair_of_items",
            ),
            models.UniqueConstraint(
                fields=["plan", "column", "other", "other_column"],
                name="one_duplicate_per_planned_item",
            ),
            models.CheckConstraint(
                condition=Q(resource=None, plan__isnull=False)
                | Q(resource__isnull=False, plan=None),
                name="a_duplicate_is_of_an_entry_or_a_plan",
            ),
            models.CheckConstraint(
                condition=Q(score__range=(0, 100)), name="a_score_is_of_a_hundred"
            ),
            models.CheckConstraint(
                condition=~Q(state=DuplicateState.JUSTIFIED) | ~Q(words=""),
                name="a_justified_duplicate_says_why",
            ),
        ]
        indexes = [
            models.Index(
                fields=["-score", "-id"],
                condition=Q(state=DuplicateState.OPEN),
                name="duplicate_open",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item_name} {self.score}"

    @property
    def subject(self) -> "Resource | CollectionPlan":
        """What repeats: the entry or the plan."""
        return self.resource or self.plan  # type: ignore[return-value]  # one of both, by constraint

    @property
    def reasons(self) -> list[Reason]:
        return [Reason(**one) for one in self.explanation]


class ValueOverlap(models.Model):
    """How many of the sampled values of an entry's column another entry's column holds too.

    Counted by `catalog.one_source.overlap` when rows have come in. Only figures are kept, no value.
    """

    resource = models.ForeignKey(Resource, models.CASCADE, related_name="+")
    column = models.CharField(max_length=60)
    other = models.ForeignKey(Resource, models.CASCADE, related_name="+")
    other_column = models.CharField(max_length=60)
    sampled = models.PositiveIntegerField()
    shared = models.PositiveIntegerField()
    counted_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["resource", "column", "other", "other_column"],
                name="one_overlap_per_pair_of_columns",
            ),
            models.CheckConstraint(
                condition=Q(sampled__gt=0, shared__lte=models.F("sampled")),
                name="an_overlap_is_a_share",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.shared}/{self.sampled}"
