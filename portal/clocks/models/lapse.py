from django.contrib.postgres.functions import TransactionNow
from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.organisation.models import Department
from portal.workdays.models import HolidayCalendar


class Lapse(models.Model):
    """That a clock's last day passed and the duty was not done. Never changed, never removed.

    Written by the sweep alone; the database refuses the rest. A plain copy of the clock as it was:
    it stays when the duty is done later, when the date moves later, and when the clock is gone.
    """

    about = models.CharField(_("table"), max_length=50)
    about_id = models.BigIntegerField()
    holder = models.ForeignKey(
        Department, models.PROTECT, related_name="+", verbose_name=_("had to act")
    )
    region = models.CharField(max_length=12, blank=True)
    rule = models.CharField(_("rule"), max_length=4)
    kind = models.CharField(_("duty"), max_length=10)
    article = models.PositiveSmallIntegerField(_("article"), null=True)
    started_on = models.DateField(_("clock started"))
    limit_days = models.PositiveSmallIntegerField(_("limit"))
    extension_days = models.PositiveSmallIntegerField(_("extension"))
    calendar_version = models.CharField(_("calendar"), max_length=200)
    due = models.DateField(_("due"))
    noted_at = models.DateTimeField(_("noted"), db_default=TransactionNow(), editable=False)

    class Meta:
        verbose_name = _("lapse of a deadline")
        verbose_name_plural = _("lapses of deadlines")
        default_permissions = ()
        ordering = ["-due", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["about", "about_id", "due"], name="a_lapse_once_a_clock_and_date"
            ),
        ]
        indexes = [
            models.Index(fields=["holder", "-due", "-id"], name="lapse_holder"),
            models.Index(fields=["-due", "-id"], name="lapse_recent"),
        ]

    def __str__(self) -> str:
        return f"{self.about} {self.about_id} {self.due}"


class LapseReversal(models.Model):
    """That a lapse has lost its ground: its day was declared a holiday afterwards. Appended only.

    The lapse itself stays on record; figures of punctuality leave out those with a reversal.
    """

    lapse = models.OneToOneField(Lapse, models.PROTECT, related_name="reversal")
    calendar = models.ForeignKey(
        HolidayCalendar, models.PROTECT, related_name="+", verbose_name=_("holiday calendar")
    )
    due = models.DateField(_("new due date"))
    at = models.DateTimeField(_("time"), db_default=TransactionNow(), editable=False)

    class Meta:
        verbose_name = _("reversal of a lapse")
        verbose_name_plural = _("reversals of lapses")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.lapse_id} → {self.due}"
