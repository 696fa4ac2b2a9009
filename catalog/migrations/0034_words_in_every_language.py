"""Why an import was refused is kept in every language. What is there stays, in the one that it is in."""

from django.db import migrations, models

TABLE = "ALTER TABLE catalog_bulkimport ALTER COLUMN failure TYPE"
FORWARD = f"{TABLE} jsonb USING to_jsonb(failure)"
BACKWARD = f"""
    {TABLE} text USING CASE jsonb_typeof(failure)
        WHEN 'string' THEN failure #>> '{{}}' ELSE failure ->> language END
"""


class Migration(migrations.Migration):
    dependencies = [("catalog", "0033_harvest_schedules")]

    operations = [
        migrations.RunSQL(
            FORWARD,
            BACKWARD,
            state_operations=[
                migrations.AlterField(
                    model_name="bulkimport",
                    name="failure",
                    field=models.JSONField(blank=True, default=str),
                )
            ],
        )
    ]
