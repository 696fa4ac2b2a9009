from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("sharing", "0013_interface_calls")]

    operations = [
        migrations.AddField(
            model_name="agreement",
            name="revision",
            field=models.PositiveIntegerField(
                db_default=0, default=0, editable=False, verbose_name="revision"
            ),
        ),
    ]
