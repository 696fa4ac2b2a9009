from typing import Any

from django.db import migrations

from portal.workdays import published_years


def enter(apps: Any, schema_editor: Any) -> None:
    published_years.load(
        apps.get_model("workdays", "HolidayCalendar"), apps.get_model("workdays", "CalendarDay")
    )


def take_back(apps: Any, schema_editor: Any) -> None:
    """Every list goes: those published later stand on these."""
    apps.get_model("workdays", "CalendarDay").objects.all().delete()
    apps.get_model("workdays", "HolidayCalendar").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("workdays", "0001_calendar")]

    operations = [migrations.RunPython(enter, take_back)]
