"""Sources of catalogues are harvested by a schedule as well."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0032_pseudonyms"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="harvest",
            name="is_scheduled",
            field=models.BooleanField(default=False, verbose_name="by schedule"),
        ),
        migrations.CreateModel(
            name="HarvestSchedule",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("rhythm", models.CharField(max_length=10, verbose_name="rhythm")),
                ("at", models.TimeField(verbose_name="at")),
                ("weekday", models.PositiveSmallIntegerField(verbose_name="weekday")),
                ("day", models.PositiveSmallIntegerField(verbose_name="day of the month")),
                ("zone", models.CharField(max_length=40, verbose_name="time zone")),
                (
                    "working_days",
                    models.BooleanField(default=False, verbose_name="on working days only"),
                ),
                ("spread", models.PositiveSmallIntegerField(verbose_name="spread in minutes")),
                ("next_due_at", models.DateTimeField(db_index=True, verbose_name="next due")),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="set by",
                    ),
                ),
                (
                    "source",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="timing",
                        to="catalog.source",
                        verbose_name="data source",
                    ),
                ),
            ],
            options={
                "verbose_name": "schedule of harvests",
                "verbose_name_plural": "schedules of harvests",
            },
        ),
    ]
