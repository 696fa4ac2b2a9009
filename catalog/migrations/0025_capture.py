"""Replication slots of jobs that capture changes, a mode of its own."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0024_sync_modes"),
    ]

    operations = [
        migrations.AlterField(
            model_name="syncjob",
            name="mode",
            field=models.CharField(
                choices=[
                    ("full", "full comparison"),
                    ("incremental", "what changed since the last run"),
                    ("append", "new rows alone"),
                    ("capture", "change capture from the log"),
                ],
                default="full",
                max_length=12,
                verbose_name="mode",
            ),
        ),
        migrations.CreateModel(
            name="CaptureSlot",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=63, verbose_name="replication slot")),
                ("publication", models.CharField(max_length=63, verbose_name="publication")),
                ("made_publication", models.BooleanField(default=False)),
                ("relation_id", models.BigIntegerField(default=0)),
                ("starts_at", models.CharField(blank=True, max_length=32)),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="made"),
                ),
                ("is_wanted", models.BooleanField(default=True)),
                ("kept_bytes", models.BigIntegerField(null=True, verbose_name="log kept for it")),
                ("is_lost", models.BooleanField(default=False)),
                ("measured_at", models.DateTimeField(null=True, verbose_name="last looked at")),
                ("failure_code", models.CharField(blank=True, max_length=40)),
                ("failure_data", models.JSONField(default=dict)),
                (
                    "job",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="slots",
                        to="catalog.syncjob",
                    ),
                ),
                (
                    "source",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="slots",
                        to="catalog.source",
                    ),
                ),
            ],
            options={
                "verbose_name": "replication slot",
                "verbose_name_plural": "replication slots",
                "default_permissions": (),
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("is_wanted", True)),
                        fields=("job",),
                        name="one_wanted_slot_a_job",
                    ),
                    models.UniqueConstraint(fields=("source", "name"), name="slots_are_named_once"),
                ],
            },
        ),
    ]
