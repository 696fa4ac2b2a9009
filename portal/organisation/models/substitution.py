from datetime import date

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import (
    BigIntegerRangeField,
    DateRangeField,
    RangeBoundary,
    RangeOperators,
)
from django.db import models
from django.db.models import F, Func, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

BOTH_ENDS = RangeBoundary(inclusive_upper=True)


class SubstitutionQuerySet(models.QuerySet["Substitution"]):
    def on(self, day: date) -> "SubstitutionQuerySet":
        """Those that hold on `day`, both days of their term included."""
        return self.filter(first__lte=day, last__gte=day, ended_at=None)


class Substitution(models.Model):
    """One person of a department stands in for an absent one: their duties, from `first` to `last`.

    While it holds the substitute has the absent person's duties beside their own; what they decide
    is recorded under their own name, and nobody decides on their own request in this way either. The
    three administrators (三员) are never stood in for, and stand in for nobody.
    """

    absent = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="absences",
        verbose_name=_("absent person"),
    )
    substitute = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="substitutions",
        verbose_name=_("substitute"),
    )
    first = models.DateField(_("first day"))
    last = models.DateField(_("last day"))
    reason = models.CharField(_("reason of the absence"), max_length=200)
    named_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("named by")
    )
    named_at = models.DateTimeField(_("named"), default=timezone.now)
    ended_at = models.DateTimeField(_("ended early"), null=True, editable=False)

    objects = SubstitutionQuerySet.as_manager()

    class Meta:
        verbose_name = _("substitution")
        verbose_name_plural = _("substitutions")
        ordering = ["-first", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(absent=F("substitute")), name="nobody_stands_in_for_themselves"
            ),
            models.CheckConstraint(
                condition=Q(last__gte=F("first")), name="a_substitution_ends_after_it_begins"
            ),
            ExclusionConstraint(
                name="one_substitute_of_a_person_at_a_time",
                # A range of one key compares as equal does, and needs no extension (btree_gist).
                expressions=[
                    (
                        Func(
                            F("absent"),
                            F("absent"),
                            BOTH_ENDS,
                            function="int8range",
                            output_field=BigIntegerRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                    (
                        Func(
                            F("first"),
                            F("last"),
                            BOTH_ENDS,
                            function="daterange",
                            output_field=DateRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                condition=Q(ended_at=None),
                violation_error_message=_(
                    "Somebody stands in for this person already in that time."
                ),
            ),
        ]
        indexes = [
            models.Index(
                fields=["substitute", "first", "last"],
                condition=Q(ended_at=None),
                name="substitution_of_substitute",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.absent} → {self.substitute} {self.first} – {self.last}"
