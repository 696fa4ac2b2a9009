"""Clocks say who has to act, by which article and calendar, and how far they have been told of.

What the portal had noted as overdue becomes a lapse, which stays for ever.
"""

import django.db.models.deletion
from django.db import migrations, models

FILL = """
UPDATE catalog_cataloguedeadline c SET holder_id = COALESCE(
        (SELECT one.id FROM organisation_department one
            WHERE one.is_competent AND one.region_id = d.region_id AND c.kind = 'review'),
        d.id)
    FROM catalog_updateduty u JOIN organisation_department d ON d.id = u.department_id
    WHERE u.id = c.duty_id;
UPDATE catalog_cataloguedeadline c SET region = r.code
    FROM organisation_department d JOIN organisation_region r ON r.id = d.region_id
    WHERE d.id = c.holder_id;
UPDATE catalog_cataloguedeadline SET article = CASE rule
    WHEN 'D1' THEN 17 WHEN 'D2' THEN 17 END;
INSERT INTO clocks_lapse (
    about, about_id, holder_id, region, rule, kind, article, started_on, limit_days, extension_days,
    calendar_version, due, noted_at
)
    SELECT 'catalog.cataloguedeadline', id, holder_id, region, rule, kind, article, started_on, limit_days,
        extension_days, calendar_version, due, lapsed_at
    FROM catalog_cataloguedeadline WHERE lapsed_at IS NOT NULL
    ON CONFLICT DO NOTHING;
UPDATE catalog_cataloguedeadline SET stage = 5 WHERE lapsed_at IS NOT NULL;
-- Foreign keys are checked now: a table with checks that wait cannot be altered.
SET CONSTRAINTS ALL IMMEDIATE;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0016_profile"),
        ("clocks", "0002_lapses_stay"),
        ("organisation", "0003_usernames_in_any_case"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="cataloguedeadline",
            name="catalogue_clock_provisional",
        ),
        migrations.RenameField(
            model_name="cataloguedeadline", old_name="overdue_noted_at", new_name="lapsed_at"
        ),
        migrations.AddField(
            model_name="cataloguedeadline",
            name="article",
            field=models.PositiveSmallIntegerField(
                blank=True,
                help_text="Of the Decree; empty: a platform target.",
                null=True,
                verbose_name="article",
            ),
        ),
        migrations.AddField(
            model_name="cataloguedeadline",
            name="holder",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="organisation.department",
                verbose_name="has to act",
            ),
        ),
        migrations.AlterField(
            model_name="cataloguedeadline",
            name="lapsed_at",
            field=models.DateTimeField(
                blank=True,
                editable=False,
                help_text="When the portal noted that the last day had passed.",
                null=True,
                verbose_name="lapsed",
            ),
        ),
        migrations.AddField(
            model_name="cataloguedeadline",
            name="paused_on",
            field=models.DateField(
                blank=True, editable=False, null=True, verbose_name="stands since"
            ),
        ),
        migrations.AddField(
            model_name="cataloguedeadline",
            name="pauses",
            field=models.JSONField(blank=True, db_default=[], default=list, verbose_name="pauses"),
        ),
        migrations.AddField(
            model_name="cataloguedeadline",
            name="region",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                max_length=12,
                verbose_name="counted by the days of",
            ),
        ),
        migrations.AddField(
            model_name="cataloguedeadline",
            name="stage",
            field=models.PositiveSmallIntegerField(
                choices=[
                    (0, "nothing to tell yet"),
                    (1, "soon due"),
                    (2, "due today"),
                    (3, "lapsed"),
                    (4, "told to the head"),
                    (5, "told to the competent department"),
                ],
                db_default=0,
                default=0,
                editable=False,
                verbose_name="stage",
            ),
        ),
        migrations.AddField(
            model_name="cataloguedeadline",
            name="unit",
            field=models.CharField(
                choices=[("working_day", "working days"), ("day", "days")],
                db_default="working_day",
                default="working_day",
                max_length=12,
                verbose_name="counted in",
            ),
        ),
        migrations.AlterField(
            model_name="cataloguedeadline",
            name="extension_days",
            field=models.PositiveSmallIntegerField(
                db_default=0, default=0, verbose_name="extension, working days"
            ),
        ),
        migrations.AlterField(
            model_name="cataloguedeadline",
            name="provisional",
            field=models.BooleanField(db_default=False, default=False, verbose_name="provisional"),
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.AlterField(
            model_name="cataloguedeadline",
            name="holder",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="organisation.department",
                verbose_name="has to act",
            ),
        ),
        migrations.AddIndex(
            model_name="cataloguedeadline",
            index=models.Index(
                condition=models.Q(("cancelled_at", None), ("met_at", None)),
                fields=["calendar_version", "region"],
                name="catalogue_clock_calendar",
            ),
        ),
        migrations.AddIndex(
            model_name="cataloguedeadline",
            index=models.Index(
                condition=models.Q(("cancelled_at", None), ("met_at", None)),
                fields=["holder", "due"],
                name="catalogue_clock_holder",
            ),
        ),
    ]
