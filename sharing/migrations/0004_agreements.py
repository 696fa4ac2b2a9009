"""Terms with versions and confirmations, suspension, quotas; versions and confirmations stay as they are.

The trigger stops the application and whoever borrows its hands; TRUNCATE and the owner of the
table pass it, as docs/adr/0005-audit-chain.md says of the trail.
"""

import django.core.serializers.json
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

KEEP = """
CREATE FUNCTION sharing_keep_terms() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'agreed terms stay as they are: % of % is refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER sharing_versions_stay BEFORE UPDATE OR DELETE ON sharing_agreementversion
    FOR EACH ROW EXECUTE FUNCTION sharing_keep_terms();
CREATE TRIGGER sharing_confirmations_stay BEFORE UPDATE OR DELETE ON sharing_agreementconfirmation
    FOR EACH ROW EXECUTE FUNCTION sharing_keep_terms();
"""
FORGET = """
DROP TRIGGER sharing_versions_stay ON sharing_agreementversion;
DROP TRIGGER sharing_confirmations_stay ON sharing_agreementconfirmation;
DROP FUNCTION sharing_keep_terms();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0014_finding"),
        ("organisation", "0003_usernames_in_any_case"),
        ("sharing", "0003_longer_calendar_version"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="AgreementConfirmation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "side",
                    models.CharField(
                        choices=[("provider", "provider"), ("requester", "requester")],
                        max_length=10,
                        verbose_name="side",
                    ),
                ),
                (
                    "at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="confirmed"
                    ),
                ),
                ("content_hash", models.CharField(max_length=64, verbose_name="content hash")),
                ("consents", models.JSONField(default=list)),
            ],
            options={
                "verbose_name": "confirmation",
                "verbose_name_plural": "confirmations",
                "ordering": ["at", "id"],
            },
        ),
        migrations.CreateModel(
            name="AgreementVersion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveSmallIntegerField(verbose_name="version")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("first", "first terms"),
                            ("amendment", "amendment"),
                            ("renewal", "renewal"),
                        ],
                        max_length=10,
                        verbose_name="kind",
                    ),
                ),
                (
                    "terms",
                    models.JSONField(
                        encoder=django.core.serializers.json.DjangoJSONEncoder, verbose_name="terms"
                    ),
                ),
                ("content_hash", models.CharField(max_length=64, verbose_name="content hash")),
                ("reason", models.TextField(blank=True, max_length=2000, verbose_name="reason")),
                (
                    "made_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="written"),
                ),
            ],
            options={
                "verbose_name": "version of an agreement",
                "verbose_name_plural": "versions of agreements",
                "ordering": ["agreement", "-number"],
            },
        ),
        migrations.CreateModel(
            name="ChangeNotice",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("items", models.JSONField(default=dict, verbose_name="data items")),
                (
                    "frequency_before",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("1", "real time"),
                            ("2", "daily"),
                            ("3", "weekly"),
                            ("4", "monthly"),
                            ("5", "quarterly"),
                            ("6", "yearly"),
                            ("7", "half-yearly"),
                            ("9", "irregular"),
                        ],
                        max_length=2,
                    ),
                ),
                (
                    "frequency_after",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("1", "real time"),
                            ("2", "daily"),
                            ("3", "weekly"),
                            ("4", "monthly"),
                            ("5", "quarterly"),
                            ("6", "yearly"),
                            ("7", "half-yearly"),
                            ("9", "irregular"),
                        ],
                        max_length=2,
                    ),
                ),
                (
                    "at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="told"),
                ),
                ("acknowledged_at", models.DateTimeField(null=True, verbose_name="acknowledged")),
            ],
            options={
                "verbose_name": "notice of a change",
                "verbose_name_plural": "notices of changes",
                "ordering": ["-at", "-id"],
            },
        ),
        migrations.CreateModel(
            name="EndPlan",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="consulted"
                    ),
                ),
                ("reason", models.TextField(max_length=2000, verbose_name="reason")),
                ("agrees", models.BooleanField(null=True, verbose_name="requester agrees")),
                (
                    "answer",
                    models.TextField(
                        blank=True, max_length=2000, verbose_name="requester's answer"
                    ),
                ),
                ("answered_at", models.DateTimeField(null=True, verbose_name="answered")),
                ("filed_at", models.DateTimeField(null=True, verbose_name="filed")),
                ("closed_at", models.DateTimeField(null=True, verbose_name="closed")),
            ],
            options={
                "verbose_name": "planned end of a service",
                "verbose_name_plural": "planned ends of services",
                "ordering": ["-at", "-id"],
            },
        ),
        migrations.CreateModel(
            name="Suspension",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("by_competent", models.BooleanField(verbose_name="by the competent department")),
                (
                    "at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="suspended"
                    ),
                ),
                ("reason", models.TextField(max_length=2000, verbose_name="reason")),
                (
                    "demand",
                    models.TextField(blank=True, max_length=2000, verbose_name="to be put right"),
                ),
                (
                    "rectify_until",
                    models.DateField(blank=True, null=True, verbose_name="put right until"),
                ),
                ("report", models.TextField(blank=True, max_length=2000, verbose_name="report")),
                (
                    "reported_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="reported"),
                ),
                ("closed_at", models.DateTimeField(blank=True, null=True, verbose_name="closed")),
            ],
            options={
                "verbose_name": "suspension",
                "verbose_name_plural": "suspensions",
                "ordering": ["-at", "-id"],
            },
        ),
        migrations.RemoveIndex(
            model_name="agreement",
            name="agreement_live_ends",
        ),
        migrations.AddField(
            model_name="agreement",
            name="calls_a_day",
            field=models.PositiveIntegerField(blank=True, null=True, verbose_name="calls a day"),
        ),
        migrations.AddField(
            model_name="agreement",
            name="exports_at_once",
            field=models.PositiveSmallIntegerField(
                blank=True, null=True, verbose_name="exports at the same time"
            ),
        ),
        migrations.AddField(
            model_name="agreement",
            name="rows_a_day",
            field=models.PositiveBigIntegerField(blank=True, null=True, verbose_name="rows a day"),
        ),
        migrations.AlterField(
            model_name="agreement",
            name="state",
            field=models.CharField(
                choices=[
                    ("awaiting", "waiting for confirmation"),
                    ("pending", "waiting for delivery"),
                    ("active", "active"),
                    ("suspended", "suspended"),
                    ("rectifying", "rectifying"),
                    ("expired", "expired"),
                    ("terminated", "terminated"),
                ],
                default="awaiting",
                editable=False,
                max_length=12,
                verbose_name="state",
            ),
        ),
        migrations.AlterField(
            model_name="agreementstep",
            name="after",
            field=models.CharField(
                choices=[
                    ("awaiting", "waiting for confirmation"),
                    ("pending", "waiting for delivery"),
                    ("active", "active"),
                    ("suspended", "suspended"),
                    ("rectifying", "rectifying"),
                    ("expired", "expired"),
                    ("terminated", "terminated"),
                ],
                max_length=12,
            ),
        ),
        migrations.AlterField(
            model_name="agreementstep",
            name="before",
            field=models.CharField(
                blank=True,
                choices=[
                    ("awaiting", "waiting for confirmation"),
                    ("pending", "waiting for delivery"),
                    ("active", "active"),
                    ("suspended", "suspended"),
                    ("rectifying", "rectifying"),
                    ("expired", "expired"),
                    ("terminated", "terminated"),
                ],
                max_length=12,
            ),
        ),
        migrations.AddField(
            model_name="agreementconfirmation",
            name="by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="confirmed by",
            ),
        ),
        migrations.AddField(
            model_name="agreementversion",
            name="agreement",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="versions",
                to="sharing.agreement",
                verbose_name="agreement",
            ),
        ),
        migrations.AddField(
            model_name="agreementversion",
            name="made_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="written by",
            ),
        ),
        migrations.AddField(
            model_name="agreementconfirmation",
            name="version",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="confirmations",
                to="sharing.agreementversion",
                verbose_name="version",
            ),
        ),
        migrations.AddField(
            model_name="agreement",
            name="version_in_force",
            field=models.ForeignKey(
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="sharing.agreementversion",
                verbose_name="version in force",
            ),
        ),
        migrations.AddField(
            model_name="agreement",
            name="version_proposed",
            field=models.ForeignKey(
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="sharing.agreementversion",
                verbose_name="proposed version",
            ),
        ),
        migrations.AddIndex(
            model_name="agreement",
            index=models.Index(
                condition=models.Q(
                    ("state__in", ("awaiting", "pending", "active", "suspended", "rectifying"))
                ),
                fields=["ends_on"],
                name="agreement_live_ends",
            ),
        ),
        migrations.AddIndex(
            model_name="agreement",
            index=models.Index(
                condition=models.Q(("version_proposed__isnull", False)),
                fields=["provider", "requester"],
                name="agreement_to_confirm",
            ),
        ),
        migrations.AddField(
            model_name="changenotice",
            name="acknowledged_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="acknowledged by",
            ),
        ),
        migrations.AddField(
            model_name="changenotice",
            name="agreement",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="notices",
                to="sharing.agreement",
                verbose_name="agreement",
            ),
        ),
        migrations.AddField(
            model_name="changenotice",
            name="version",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="catalog.resourceversion",
                verbose_name="version of the entry",
            ),
        ),
        migrations.AddField(
            model_name="endplan",
            name="agreement",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="end_plans",
                to="sharing.agreement",
                verbose_name="agreement",
            ),
        ),
        migrations.AddField(
            model_name="endplan",
            name="answered_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="answered by",
            ),
        ),
        migrations.AddField(
            model_name="endplan",
            name="by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="planned by",
            ),
        ),
        migrations.AddField(
            model_name="suspension",
            name="agreement",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="suspensions",
                to="sharing.agreement",
                verbose_name="agreement",
            ),
        ),
        migrations.AddField(
            model_name="suspension",
            name="by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="suspended by",
            ),
        ),
        migrations.AddConstraint(
            model_name="agreementversion",
            constraint=models.UniqueConstraint(
                fields=("agreement", "number"), name="agreement_versions_are_numbered"
            ),
        ),
        migrations.AddConstraint(
            model_name="agreementversion",
            constraint=models.CheckConstraint(
                condition=models.Q(("number__gte", 1)),
                name="agreement_versions_are_numbered_from_one",
            ),
        ),
        migrations.AddConstraint(
            model_name="agreementconfirmation",
            constraint=models.UniqueConstraint(
                fields=("version", "side"), name="each_side_confirms_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="changenotice",
            constraint=models.UniqueConstraint(
                fields=("agreement", "version"), name="one_notice_an_agreement_and_version"
            ),
        ),
        migrations.AddConstraint(
            model_name="endplan",
            constraint=models.UniqueConstraint(
                condition=models.Q(("closed_at", None)),
                fields=("agreement",),
                name="one_open_end_plan_an_agreement",
            ),
        ),
        migrations.AddConstraint(
            model_name="suspension",
            constraint=models.UniqueConstraint(
                condition=models.Q(("closed_at", None)),
                fields=("agreement",),
                name="one_open_suspension_an_agreement",
            ),
        ),
        migrations.RunSQL(KEEP, FORGET),
    ]
