from django.db import migrations


class Migration(migrations.Migration):
    """The schema of the shared rows. Its tables are made by `catalog.store`, not by migrations."""

    dependencies = [("catalog", "0002_entry_review")]
    operations = [
        migrations.RunSQL("CREATE SCHEMA IF NOT EXISTS store", "DROP SCHEMA store CASCADE"),
    ]
