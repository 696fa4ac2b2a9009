from django.db import migrations, models


class Migration(migrations.Migration):
    """A version names a list for each year and region that was counted: longer than was thought."""

    dependencies = [("sharing", "0002_schema_agreement")]
    operations = [
        migrations.AlterField(
            "deadline",
            "calendar_version",
            models.CharField(max_length=200, verbose_name="calendar"),
        ),
    ]
