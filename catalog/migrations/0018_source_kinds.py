"""A source has the fields of its kind, settings, and a secret where the kind wants one."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0017_deadlines_and_notices"),
    ]

    operations = [
        migrations.AddField(
            model_name="source",
            name="settings",
            field=models.JSONField(blank=True, default=dict, verbose_name="settings"),
        ),
        migrations.AddField(
            model_name="source",
            name="test_failure_data",
            field=models.JSONField(default=dict, editable=False),
        ),
        migrations.AlterField(
            model_name="source",
            name="database",
            field=models.CharField(blank=True, max_length=128, verbose_name="database"),
        ),
        migrations.AlterField(
            model_name="source",
            name="host",
            field=models.CharField(blank=True, max_length=200, verbose_name="host"),
        ),
        migrations.AlterField(
            model_name="source",
            name="port",
            field=models.PositiveIntegerField(blank=True, null=True, verbose_name="port"),
        ),
        migrations.AlterField(
            model_name="source",
            name="sealed_password",
            field=models.BinaryField(default=bytes),
        ),
        migrations.AlterField(
            model_name="source",
            name="username",
            field=models.CharField(blank=True, max_length=128, verbose_name="user"),
        ),
    ]
