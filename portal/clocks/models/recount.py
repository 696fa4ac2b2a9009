from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.organisation.models import Department
from portal.workdays.models import HolidayCalendar


class Recount(models.Model):
    """What a published list did to the open clocks: how many were looked at, and how many moved.

    Clocks that were being stored while the list came are added when the sweep finds them.
    """

    calendar = models.OneToOneField(
        HolidayCalendar, models.PROTECT, related_name="+", verbose_name=_("holiday calendar")
    )
    began_at = models.DateTimeField(_("began"), default=timezone.now)
    ended_at = models.DateTimeField(_("ended"), null=True)
    counted = models.PositiveIntegerField(_("counted anew"), default=0)
    moved = models.PositiveIntegerField(_("moved"), default=0)

    class Meta:
        verbose_name = _("recount of deadlines")
        verbose_name_plural = _("recounts of deadlines")
        default_permissions = ()
        ordering = ["-began_at", "-id"]

    def __str__(self) -> str:
        return str(self.calendar)


class MovedClock(models.Model):
    """A clock whose date a recount moved. Appended only, like a lapse."""

    recount = models.ForeignKey(Recount, models.PROTECT, related_name="moves")
    about = models.CharField(max_length=50)
    about_id = models.BigIntegerField()
    holder = models.ForeignKey(
        Department, models.PROTECT, related_name="+", verbose_name=_("has to act")
    )
    rule = models.CharField(_("rule"), max_length=4)
    old_due = models.DateField(_("due before"))
    new_due = models.DateField(_("due now"))
    old_version = models.CharField(_("calendar before"), max_length=200)
    new_version = models.CharField(_("calendar now"), max_length=200)
    had_lapsed = models.BooleanField(_("had lapsed"), default=False)

    class Meta:
        verbose_name = _("moved deadline")
        verbose_name_plural = _("moved deadlines")
        default_permissions = ()
        ordering = ["id"]
        indexes = [models.Index(fields=["recount", "id"], name="moved_clock_recount")]

    def __str__(self) -> str:
        return f"{self.about} {self.about_id} {self.old_due} → {self.new_due}"
