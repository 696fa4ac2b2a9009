import django.contrib.postgres.fields
import django.contrib.postgres.indexes
from django.db import migrations, models

import audit.models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Link",
            fields=[
                ("seq", models.BigIntegerField(primary_key=True, serialize=False)),
                ("entry_id", models.BigIntegerField(unique=True)),
                ("previous", models.BinaryField()),
                ("hash", models.BinaryField()),
            ],
            options={
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="Entry",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "at",
                    models.DateTimeField(
                        db_default=audit.models.ClockTimestamp(),
                        editable=False,
                        verbose_name="time",
                    ),
                ),
                (
                    "actor_kind",
                    models.CharField(
                        choices=[
                            ("person", "person"),
                            ("system", "information system"),
                            ("portal", "the portal"),
                            ("anonymous", "not signed in"),
                        ],
                        max_length=10,
                        verbose_name="kind of actor",
                    ),
                ),
                ("actor_id", models.CharField(blank=True)),
                ("actor_name", models.CharField(blank=True, verbose_name="who")),
                ("department_id", models.BigIntegerField(null=True)),
                ("department_name", models.CharField(blank=True, verbose_name="department")),
                ("action", models.CharField(max_length=100, verbose_name="action")),
                ("target_type", models.CharField(blank=True)),
                ("target_id", models.CharField(blank=True)),
                ("target_label", models.CharField(blank=True, verbose_name="object")),
                (
                    "department_ids",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.IntegerField(), default=list, size=None
                    ),
                ),
                (
                    "result",
                    models.CharField(
                        choices=[
                            ("ok", "done"),
                            ("denied", "denied"),
                            ("failed", "failed"),
                            ("broken", "broken off"),
                        ],
                        default="ok",
                        max_length=10,
                        verbose_name="result",
                    ),
                ),
                ("data", models.JSONField(default=dict)),
                ("request_id", models.CharField(blank=True, verbose_name="request id")),
                ("ip", models.GenericIPAddressField(null=True, verbose_name="network address")),
            ],
            options={
                "verbose_name": "audit entry",
                "verbose_name_plural": "audit entries",
                "ordering": ["-at", "-id"],
                "default_permissions": (),
                "indexes": [
                    models.Index(fields=["-at", "-id"], name="audit_entry_recent"),
                    models.Index(fields=["action", "-at", "-id"], name="audit_entry_action"),
                    models.Index(
                        fields=["target_type", "target_id", "-at", "-id"], name="audit_entry_target"
                    ),
                    models.Index(
                        fields=["actor_kind", "actor_id", "-at", "-id"], name="audit_entry_actor"
                    ),
                    models.Index(
                        fields=["department_id", "-at", "-id"], name="audit_entry_department"
                    ),
                    models.Index(
                        condition=models.Q(("request_id", ""), _negated=True),
                        fields=["request_id"],
                        name="audit_entry_request",
                    ),
                    django.contrib.postgres.indexes.GinIndex(
                        fields=["department_ids"], name="audit_entry_departments"
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("result__in", ["ok", "denied", "failed", "broken"])),
                        name="audit_entry_result_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("actor_kind__in", ["person", "system", "portal", "anonymous"])
                        ),
                        name="audit_entry_actor_kind_is_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Head",
            fields=[
                ("seq", models.BigIntegerField(primary_key=True, serialize=False)),
                ("hash", models.BinaryField()),
            ],
            options={
                "default_permissions": (),
            },
        ),
    ]
