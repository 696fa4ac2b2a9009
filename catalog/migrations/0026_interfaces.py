"""Interfaces of providers that are called through the portal, and the calls that they allow."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0025_capture"),
    ]

    operations = [
        migrations.CreateModel(
            name="PublishedInterface",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "address",
                    models.CharField(
                        help_text="What all paths begin with, for example https://api.example.gov/v2/.",
                        max_length=500,
                        verbose_name="base address",
                    ),
                ),
                (
                    "seconds",
                    models.PositiveSmallIntegerField(
                        default=10,
                        help_text="From 1 to 30, further tries included.",
                        verbose_name="longest time of a call in seconds",
                    ),
                ),
                (
                    "header_names",
                    models.JSONField(default=list, editable=False, verbose_name="secret headers"),
                ),
                ("sealed_headers", models.BinaryField(default=bytes)),
                (
                    "is_open",
                    models.BooleanField(default=False, editable=False, verbose_name="open"),
                ),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                (
                    "registered_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, editable=False, verbose_name="registered"
                    ),
                ),
                (
                    "resource",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="interface",
                        to="catalog.resource",
                        verbose_name="resource",
                    ),
                ),
            ],
            options={
                "verbose_name": "published interface",
                "verbose_name_plural": "published interfaces",
            },
        ),
        migrations.CreateModel(
            name="InterfaceCall",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "method",
                    models.CharField(
                        choices=[("GET", "GET"), ("POST", "POST")],
                        default="GET",
                        max_length=4,
                        verbose_name="method",
                    ),
                ),
                (
                    "path",
                    models.CharField(
                        help_text="For example persons/{code}; what stands in braces the caller fills in.",
                        max_length=200,
                        verbose_name="path",
                    ),
                ),
                ("parameters", models.JSONField(default=list, verbose_name="parameters")),
                (
                    "rows_path",
                    models.CharField(
                        blank=True,
                        help_text="Names joined with dots, for example data.items; empty: the whole answer.",
                        max_length=200,
                        verbose_name="where the rows are",
                    ),
                ),
                (
                    "most_rows",
                    models.PositiveIntegerField(
                        default=1000,
                        help_text="So many are set aside from the quota while a call runs; at most 10,000.",
                        verbose_name="most rows of an answer",
                    ),
                ),
                (
                    "interface",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="calls",
                        to="catalog.publishedinterface",
                    ),
                ),
            ],
            options={
                "verbose_name": "allowed call",
                "verbose_name_plural": "allowed calls",
                "ordering": ["path", "method"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("interface", "method", "path"),
                        name="each_interface_call_once",
                        violation_error_message="The interface has this call already.",
                    )
                ],
            },
        ),
    ]
