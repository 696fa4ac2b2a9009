"""Harvests of other portals' catalogues, and the datasets that they found."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0028_ckan_sources"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
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
                    ("ckan", "CKAN portal"),
                    ("dcat", "DCAT catalogue"),
                ],
                default="postgresql",
                max_length=20,
                verbose_name="kind",
            ),
        ),
        migrations.CreateModel(
            name="Harvest",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("language", models.CharField(max_length=10)),
                (
                    "resource_class",
                    models.CharField(
                        choices=[("1", "basic"), ("2", "theme"), ("3", "department resource")],
                        max_length=1,
                        verbose_name="resource class",
                    ),
                ),
                ("classification", models.CharField(max_length=20, verbose_name="classification")),
                (
                    "sharing_attribute",
                    models.CharField(
                        choices=[
                            ("unconditional", "unconditional"),
                            ("conditional", "conditional"),
                            ("not_shared", "not shared"),
                        ],
                        max_length=15,
                        verbose_name="sharing attribute",
                    ),
                ),
                (
                    "grade",
                    models.CharField(
                        choices=[
                            ("L1", "L1 not sensitive"),
                            ("L2", "L2 low"),
                            ("L3", "L3 fairly sensitive"),
                            ("L4", "L4 sensitive"),
                        ],
                        max_length=2,
                        verbose_name="grade",
                    ),
                ),
                (
                    "brings_removed",
                    models.BooleanField(default=False, verbose_name="removed drafts come again"),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("queued", "queued"),
                            ("walking", "walking through the catalogue"),
                            ("done", "done"),
                            ("failed", "failed"),
                        ],
                        default="queued",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("attempt", models.PositiveSmallIntegerField(default=0)),
                (
                    "queued_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="queued"),
                ),
                ("sent_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("finished_at", models.DateTimeField(null=True, verbose_name="finished")),
                ("found", models.PositiveIntegerField(default=0, verbose_name="datasets")),
                ("created", models.PositiveIntegerField(default=0, verbose_name="new drafts")),
                ("changed", models.PositiveIntegerField(default=0, verbose_name="drafts changed")),
                (
                    "revised",
                    models.PositiveIntegerField(
                        default=0, verbose_name="changes of published entries"
                    ),
                ),
                ("unchanged", models.PositiveIntegerField(default=0, verbose_name="unchanged")),
                (
                    "waiting",
                    models.PositiveIntegerField(default=0, verbose_name="under review, wait"),
                ),
                ("left_out", models.PositiveIntegerField(default=0, verbose_name="left out")),
                ("vanished", models.PositiveIntegerField(default=0, verbose_name="vanished")),
                ("problems", models.JSONField(default=list)),
                ("problem_count", models.PositiveIntegerField(default=0, verbose_name="problems")),
                ("failure_code", models.CharField(blank=True, max_length=40)),
                ("failure_data", models.JSONField(default=dict)),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="started by",
                    ),
                ),
                (
                    "imports",
                    models.ManyToManyField(
                        related_name="harvests", to="catalog.bulkimport", verbose_name="imports"
                    ),
                ),
                (
                    "source",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="harvests",
                        to="catalog.source",
                        verbose_name="data source",
                    ),
                ),
            ],
            options={
                "verbose_name": "harvest",
                "verbose_name_plural": "harvests",
                "ordering": ["-queued_at", "-id"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ("queued", "walking"))),
                        fields=("source",),
                        name="one_harvest_a_source",
                        violation_error_message="A harvest of this source is under way already.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="HarvestedDataset",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("identifier", models.CharField(max_length=500, verbose_name="identifier")),
                ("title", models.CharField(max_length=200, verbose_name="title")),
                ("page", models.CharField(blank=True, max_length=1000, verbose_name="page")),
                ("told", models.JSONField(default=dict)),
                (
                    "seen_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="last seen"
                    ),
                ),
                ("vanished_at", models.DateTimeField(null=True, verbose_name="vanished")),
                (
                    "resource",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="harvested",
                        to="catalog.resource",
                        verbose_name="resource",
                    ),
                ),
                (
                    "source",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="datasets",
                        to="catalog.source",
                    ),
                ),
            ],
            options={
                "verbose_name": "harvested dataset",
                "verbose_name_plural": "harvested datasets",
                "ordering": ["source", "title", "pk"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("source", "identifier"), name="a_dataset_is_harvested_once"
                    )
                ],
            },
        ),
    ]
