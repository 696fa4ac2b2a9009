"""Calls of interfaces among the pulls; the reader may mask what they answer."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("sharing", "0012_changes"),
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
                ],
                max_length=12,
                verbose_name="call",
            ),
        ),
        # What an interface answers is masked by the reader itself; the functions read no table.
        migrations.RunSQL(
            "GRANT USAGE ON SCHEMA masking TO portal_reader",
            "REVOKE USAGE ON SCHEMA masking FROM portal_reader",
        ),
    ]
