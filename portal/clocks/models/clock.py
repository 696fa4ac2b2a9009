from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from portal.clocks.stages import Stage
from portal.organisation.models import Department
from portal.workdays.clocks import Clock


class WatchedClock(Clock):
    """A clock that the sweep watches. Every table of clocks in the portal is made from this one.

    `holder` has to act; its region's calendar counts, its region's competent department is told in
    the end. `stage` is the newest that was told. `kind` and `rule` say what it is about, in the words
    of the app that owns the table; what it is about is that app's own foreign key.
    """

    holder = models.ForeignKey(
        Department, models.PROTECT, related_name="+", verbose_name=_("has to act")
    )
    rule = models.CharField(
        _("rule"), max_length=4, help_text=_("The row of `deadlines.LIMITS` it was computed by.")
    )
    kind = models.CharField(_("duty"), max_length=10)
    stage = models.PositiveSmallIntegerField(
        _("stage"), choices=Stage, default=Stage.NONE, db_default=Stage.NONE.value, editable=False
    )

    class Meta:
        abstract = True

    @property
    def history_url(self) -> str:
        """The page that tells how the date is counted and what has moved it."""
        return reverse("clocks:clock", args=[self._meta.label_lower, self.pk])
