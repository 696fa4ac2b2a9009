from django.db import migrations


class Migration(migrations.Migration):
    """The positions of changes of rows, one after the other over all resources; see catalog.store.changes.

    One sequence for all, so that a position never comes again when a log is made anew.
    """

    dependencies = [("catalog", "0022_source_files")]
    operations = [
        migrations.RunSQL("CREATE SEQUENCE store.positions", "DROP SEQUENCE store.positions"),
    ]
