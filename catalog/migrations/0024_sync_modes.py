"""Modes of sync jobs beside the full comparison, how far each job has read; more kinds of sources."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0023_change_positions"),
    ]

    operations = [
        migrations.AddField(
            model_name="syncjob",
            name="overlap",
            field=models.PositiveBigIntegerField(
                default=0,
                help_text="How far before the watermark is read again: seconds, or of a number its steps.",
                verbose_name="overlap",
            ),
        ),
        migrations.AddField(
            model_name="syncjob",
            name="sweep",
            field=models.CharField(
                choices=[
                    ("none", "not looked for"),
                    ("keys", "by comparing the keys"),
                    ("full", "by a full comparison"),
                ],
                default="none",
                max_length=4,
                verbose_name="rows that are gone",
            ),
        ),
        migrations.AddField(
            model_name="syncjob",
            name="sweep_every",
            field=models.PositiveIntegerField(default=1, verbose_name="every so many runs"),
        ),
        migrations.AddField(
            model_name="syncjob",
            name="watermark_column",
            field=models.CharField(
                blank=True,
                help_text="A time of change or a growing number; empty when all rows are read.",
                max_length=128,
                verbose_name="watermark column",
            ),
        ),
        migrations.AlterField(
            model_name="source",
            name="kind",
            field=models.CharField(
                choices=[
                    ("postgresql", "PostgreSQL"),
                    ("mysql", "MySQL / MariaDB"),
                    ("sqlalchemy", "Other database"),
                    ("upload", "uploaded file"),
                    ("http", "file at a web address"),
                    ("sftp", "file by SFTP"),
                    ("s3", "file in S3"),
                    ("rest", "REST interface"),
                ],
                default="postgresql",
                max_length=20,
                verbose_name="kind",
            ),
        ),
        migrations.AlterField(
            model_name="syncjob",
            name="mode",
            field=models.CharField(
                choices=[
                    ("full", "full comparison"),
                    ("incremental", "what changed since the last run"),
                    ("append", "new rows alone"),
                ],
                default="full",
                max_length=12,
                verbose_name="mode",
            ),
        ),
        migrations.CreateModel(
            name="SyncPosition",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("watermark", models.CharField(blank=True, max_length=64)),
                ("runs_since_sweep", models.PositiveIntegerField(default=0)),
                (
                    "job",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="position",
                        to="catalog.syncjob",
                    ),
                ),
            ],
        ),
    ]
