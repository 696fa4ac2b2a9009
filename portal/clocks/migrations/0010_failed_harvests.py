"""Stewards are told of harvests that failed."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("clocks", "0009_notices_of_pushes"),
    ]

    operations = [
        migrations.AlterField(
            model_name="notice",
            name="kind",
            field=models.CharField(
                choices=[
                    ("reminder", "Soon due"),
                    ("due", "Due today"),
                    ("lapsed", "Lapsed"),
                    ("head", "Lapsed: told to you as head"),
                    ("competent", "Lapsed: told to the competent department"),
                    ("moved", "Due date moved"),
                    ("changed", "An agreed entry has changed"),
                    ("message", "A message on a request"),
                    ("failed", "A sync run failed"),
                    ("shrunk", "A sync run stopped: far fewer rows came"),
                    ("alert", "A rule of watching has raised an alert"),
                    ("late", "The rows of a resource are late"),
                    ("push", "A push into the requester's table failed"),
                    ("differs", "The requester's table differs from what was agreed"),
                    ("vanished", "Datasets have vanished from another portal"),
                    ("harvest", "A harvest of another portal failed"),
                    ("log", "A source keeps much of its log for a sync job"),
                ],
                max_length=10,
                verbose_name="kind",
            ),
        ),
    ]
