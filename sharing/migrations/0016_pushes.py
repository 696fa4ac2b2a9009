"""Tables of requesters, their schedules, and the receipts of pushes into them."""

import uuid

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("sharing", "0015_shared_files"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name="pull",
            name="kind",
            field=models.CharField(
                choices=[
                    ("rows", "rows"),
                    ("csv", "CSV"),
                    ("jsonl", "JSON Lines"),
                    ("parquet", "Parquet"),
                    ("arrow", "Arrow"),
                    ("prepared", "prepared export"),
                    ("verify", "verification"),
                    ("changes", "changes"),
                    ("interface", "call of the interface"),
                    ("file", "shared file"),
                    ("push", "push into the requester's table"),
                ],
                max_length=12,
                verbose_name="call",
            ),
        ),
        migrations.CreateModel(
            name="PushTarget",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("postgresql", "PostgreSQL"), ("mysql", "MySQL / MariaDB")],
                        max_length=20,
                        verbose_name="kind",
                    ),
                ),
                ("host", models.CharField(max_length=200, verbose_name="host")),
                ("port", models.PositiveIntegerField(verbose_name="port")),
                ("database", models.CharField(max_length=128, verbose_name="database")),
                ("username", models.CharField(max_length=128, verbose_name="user")),
                ("settings", models.JSONField(blank=True, default=dict, verbose_name="settings")),
                ("sealed_password", models.BinaryField(default=bytes)),
                ("relation", models.CharField(max_length=130, verbose_name="table")),
                (
                    "makes_table",
                    models.BooleanField(
                        default=False, verbose_name="make the table when it is missing"
                    ),
                ),
                (
                    "mode",
                    models.CharField(
                        choices=[
                            ("full", "all rows, compared in the target"),
                            ("changes", "what changed since the push before"),
                        ],
                        default="full",
                        max_length=10,
                        verbose_name="mode",
                    ),
                ),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                ("last_number", models.PositiveIntegerField(default=0, editable=False)),
                (
                    "created_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, editable=False, verbose_name="registered"
                    ),
                ),
                (
                    "removed_at",
                    models.DateTimeField(editable=False, null=True, verbose_name="removed"),
                ),
                (
                    "tested_at",
                    models.DateTimeField(editable=False, null=True, verbose_name="last tested"),
                ),
                ("test_failure", models.CharField(blank=True, editable=False, max_length=40)),
                ("test_failure_data", models.JSONField(default=dict, editable=False)),
                (
                    "agreement",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="push_target",
                        to="sharing.agreement",
                        verbose_name="agreement",
                    ),
                ),
            ],
            options={
                "verbose_name": "target of pushes",
                "verbose_name_plural": "targets of pushes",
            },
        ),
        migrations.CreateModel(
            name="PushSchedule",
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
                    "target",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="timing",
                        to="sharing.pushtarget",
                        verbose_name="target of pushes",
                    ),
                ),
            ],
            options={
                "verbose_name": "schedule of pushes",
                "verbose_name_plural": "schedules of pushes",
            },
        ),
        migrations.CreateModel(
            name="Push",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "number",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, unique=True, verbose_name="receipt"
                    ),
                ),
                ("place", models.CharField(max_length=500, verbose_name="into")),
                ("count", models.PositiveIntegerField(verbose_name="number")),
                (
                    "kind",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("full", "all rows, compared in the target"),
                            ("changes", "what changed since the push before"),
                        ],
                        max_length=10,
                        verbose_name="mode",
                    ),
                ),
                (
                    "why_whole",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("first", "nothing had been pushed into this table yet"),
                            ("terms", "the agreement lets out something else than before"),
                            (
                                "expired",
                                "what had changed since the push before was not known any more",
                            ),
                            ("differed", "the table differed after the push before"),
                            ("asked", "it was asked for"),
                        ],
                        max_length=10,
                        verbose_name="why all rows",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "waiting"),
                            ("running", "running"),
                            ("retrying", "waiting to try again"),
                            ("delivered", "delivered"),
                            ("failed", "failed"),
                            ("stopped", "stopped: the agreement lets no rows out"),
                        ],
                        default="waiting",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("attempt", models.PositiveSmallIntegerField(default=0, verbose_name="attempt")),
                (
                    "asked_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="asked for"
                    ),
                ),
                (
                    "sent_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False),
                ),
                ("started_at", models.DateTimeField(null=True, verbose_name="started")),
                ("finished_at", models.DateTimeField(null=True, verbose_name="finished")),
                ("next_attempt_at", models.DateTimeField(null=True, verbose_name="next attempt")),
                ("rows", models.BigIntegerField(null=True, verbose_name="rows")),
                ("bytes", models.BigIntegerField(null=True, verbose_name="bytes")),
                ("sha256", models.CharField(blank=True, max_length=64, verbose_name="SHA-256")),
                ("inserted", models.BigIntegerField(null=True, verbose_name="rows added")),
                ("updated", models.BigIntegerField(null=True, verbose_name="rows changed")),
                ("deleted", models.BigIntegerField(null=True, verbose_name="rows removed")),
                (
                    "agreed_rows",
                    models.BigIntegerField(null=True, verbose_name="rows of the agreement"),
                ),
                (
                    "agreed_checksum",
                    models.CharField(
                        blank=True, max_length=40, verbose_name="checksum of the agreement's rows"
                    ),
                ),
                (
                    "found_rows",
                    models.BigIntegerField(null=True, verbose_name="rows in the target"),
                ),
                (
                    "found_checksum",
                    models.CharField(
                        blank=True, max_length=40, verbose_name="checksum of the target's rows"
                    ),
                ),
                ("is_equal", models.BooleanField(null=True, verbose_name="equal")),
                ("differences", models.JSONField(default=dict, verbose_name="what differs")),
                (
                    "failure_code",
                    models.CharField(blank=True, max_length=40, verbose_name="failure"),
                ),
                ("failure_data", models.JSONField(default=dict)),
                (
                    "agreement",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="pushes",
                        to="sharing.agreement",
                        verbose_name="agreement",
                    ),
                ),
                (
                    "started_by",
                    models.ForeignKey(
                        help_text="Empty when the schedule started it.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="started by",
                    ),
                ),
                (
                    "target",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="pushes",
                        to="sharing.pushtarget",
                        verbose_name="target",
                    ),
                ),
            ],
            options={
                "verbose_name": "push",
                "verbose_name_plural": "pushes",
                "ordering": ["-asked_at", "-id"],
            },
        ),
        migrations.AddConstraint(
            model_name="pushtarget",
            constraint=models.UniqueConstraint(
                condition=models.Q(("removed_at", None)),
                fields=("host", "port", "database", "relation"),
                name="one_agreement_a_target",
                violation_error_message="Another agreement is pushed into this table.",
            ),
        ),
        migrations.AddIndex(
            model_name="push",
            index=models.Index(fields=["agreement", "-asked_at", "-id"], name="push_of_agreement"),
        ),
        migrations.AddIndex(
            model_name="push",
            index=models.Index(
                condition=models.Q(("state__in", ("waiting", "running", "retrying"))),
                fields=["state", "sent_at"],
                name="push_under_way",
            ),
        ),
        migrations.AddConstraint(
            model_name="push",
            constraint=models.UniqueConstraint(
                fields=("target", "count"), name="pushes_are_counted"
            ),
        ),
        migrations.AddConstraint(
            model_name="push",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ("waiting", "running", "retrying"))),
                fields=("target",),
                name="one_push_under_way_a_target",
                violation_error_message="A push into this table is under way already.",
            ),
        ),
    ]
