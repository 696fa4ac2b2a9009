"""Plans to collect data from citizens and organisations (Decree 809, Art. 19)."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.plan_querysets import CollectionPlanQuerySet
from portal.organisation.models import Department


class PlanState(models.TextChoices):
    DRAFT = "draft", _("draft")
    FILED = "filed", pgettext_lazy("collection plan", "filed")
    OBJECTED = "objected", _("objected to")
    WITHDRAWN = "withdrawn", _("withdrawn")


class CollectionPlan(models.Model):
    """What a department means to collect; it is filed with the competent department.

    The decree forbids collecting again what sharing can give, and names no term for filing.
    """

    department = models.ForeignKey(
        Department, models.PROTECT, related_name="collection_plans", verbose_name=_("department")
    )
    name = models.CharField(_("name of the plan"), max_length=200)
    purpose = models.CharField(_("purpose"), max_length=1000)
    basis = models.CharField(_("legal basis of the collection"), max_length=500)
    asked_from = models.CharField(_("collected from"), max_length=200)
    starts_on = models.DateField(_("collection begins"))
    state = models.CharField(_("state"), max_length=10, choices=PlanState, default=PlanState.DRAFT)
    version = models.PositiveIntegerField(default=1)
    edited_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    filed_at = models.DateTimeField(_("filed"), null=True)
    objection = models.CharField(_("objection"), max_length=1000, blank=True)
    objected_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )

    objects = CollectionPlanQuerySet.as_manager()

    class Meta:
        verbose_name = _("collection plan")
        verbose_name_plural = _("collection plans")
        constraints = [
            models.CheckConstraint(
                condition=~Q(state=PlanState.FILED) | Q(filed_at__isnull=False),
                name="a_filed_plan_says_when",
            ),
            models.CheckConstraint(
                condition=~Q(state=PlanState.OBJECTED)
                | (~Q(objection="") & Q(objected_by__isnull=False)),
                name="an_objection_says_why_and_whose",
            ),
        ]
        indexes = [models.Index(fields=["department", "-id"], name="plan_of_department")]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("catalog:collection_plan", args=[self.pk])

    @property
    def audit_department_ids(self) -> list[int]:
        return [self.department_id]


class PlannedItem(models.Model):
    """A datum that a plan collects, by the name that those who are asked read."""

    plan = models.ForeignKey(CollectionPlan, models.CASCADE, related_name="items")
    position = models.PositiveSmallIntegerField()
    name = models.CharField(_("data item"), max_length=60)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "name"], name="one_planned_item_per_name"),
            models.UniqueConstraint(fields=["plan", "position"], name="planned_item_position"),
        ]

    def __str__(self) -> str:
        return self.name
