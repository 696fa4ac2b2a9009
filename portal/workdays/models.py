"""The published holiday lists. What is published stays: triggers refuse to change it."""

from django.contrib.postgres.functions import TransactionNow
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from portal.common.text import Text

FIRST_YEAR, LAST_YEAR = 1949, 2999
SOURCE_LENGTH, NAME_LENGTH = 300, 100

# The State Council's notices are Chinese; these are the names that they use.
HOLIDAY_NAMES: dict[str, Text] = {
    "元旦": _("New Year's Day"),
    "春节": _("Spring Festival"),
    "清明节": _("Tomb-sweeping Day"),
    "劳动节": _("Labour Day"),
    "端午节": _("Dragon Boat Festival"),
    "中秋节": _("Mid-autumn Festival"),
    "国庆节": _("National Day"),
    "中国人民抗日战争暨世界反法西斯战争胜利70周年纪念日": _(
        "70th anniversary of victory in the war of resistance and against fascism"
    ),
}


class DayKind(models.TextChoices):
    HOLIDAY = "holiday", _("holiday")
    MAKEUP = "makeup", _("make-up day")


class HolidayCalendar(models.Model):
    """One published list: the days of a year on which a region works differently than it would.

    Written by `services.publish_calendar` alone, as a new version each time. A deadline names the
    versions it was computed by, so the days of a version never change, superseded or not.
    """

    region = models.CharField(
        _("division code"),
        max_length=12,
        blank=True,
        help_text=_("Empty for the whole nation; a region lists only the days that differ."),
    )
    year = models.PositiveSmallIntegerField(_("year"))
    version = models.PositiveSmallIntegerField(_("version"))
    source = models.CharField(
        pgettext_lazy("holiday calendar", "source"),
        max_length=SOURCE_LENGTH,
        help_text=_("The notice that orders these days."),
    )
    published_on = models.DateField(_("date of the notice"), null=True, blank=True)
    is_current = models.BooleanField(pgettext_lazy("holiday calendar", "in force"), default=True)
    entered_by = models.CharField(_("entered by"), max_length=150, blank=True)
    entered_at = models.DateTimeField(
        pgettext_lazy("holiday calendar", "entered"), db_default=TransactionNow(), editable=False
    )

    class Meta:
        verbose_name = _("holiday calendar")
        verbose_name_plural = _("holiday calendars")
        ordering = ["-year", "region", "-version"]
        constraints = [
            models.UniqueConstraint(
                fields=["region", "year"],
                condition=models.Q(is_current=True),
                name="one_calendar_in_force_a_region_and_year",
            ),
            models.UniqueConstraint(
                fields=["region", "year", "version"], name="each_calendar_version_once"
            ),
            models.CheckConstraint(
                condition=models.Q(version__gte=1), name="calendar_versions_count_from_1"
            ),
            models.CheckConstraint(
                condition=models.Q(year__range=(FIRST_YEAR, LAST_YEAR)),
                name="calendar_year_is_plausible",
            ),
            models.CheckConstraint(
                condition=models.Q(region__regex=r"^([0-9]{6}|[0-9]{9}|[0-9]{12})?$"),
                name="calendar_region_is_a_division_code",
            ),
        ]

    def __str__(self) -> str:
        """As in `DueDate.calendar_version`, where a region's list stands after the nation's."""
        place = f"@{self.region}" if self.region else ""
        return f"{self.year}{place}.{self.version}"


class CalendarDay(models.Model):
    calendar = models.ForeignKey(
        HolidayCalendar, models.PROTECT, related_name="days", verbose_name=_("holiday calendar")
    )
    day = models.DateField(_("day"))
    kind = models.CharField(
        pgettext_lazy("holiday calendar", "kind"), max_length=10, choices=DayKind
    )
    name = models.CharField(_("occasion"), max_length=NAME_LENGTH, blank=True)

    class Meta:
        verbose_name = _("calendar day")
        verbose_name_plural = _("calendar days")
        ordering = ["day"]
        constraints = [
            models.UniqueConstraint(
                fields=["calendar", "day"],
                name="each_day_once_a_calendar",
                violation_error_message=_("A day can stand in a calendar only once."),
            ),
            models.CheckConstraint(
                condition=models.Q(kind=DayKind.HOLIDAY)
                | models.Q(kind=DayKind.MAKEUP, day__iso_week_day__gte=6),
                name="a_makeup_day_is_a_saturday_or_sunday",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day:%Y-%m-%d} {self.name}".rstrip()

    @property
    def occasion(self) -> Text:
        """The name in the reader's language, where it is one that the notices always use."""
        return HOLIDAY_NAMES.get(self.name, self.name)
