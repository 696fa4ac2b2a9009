from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0008_heads_of_other_portals"),
    ]

    operations = [
        migrations.CreateModel(
            name="RepeatedDenial",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.CharField(max_length=64)),
                ("minute", models.DateTimeField()),
                ("entry", models.BigIntegerField(null=True)),
                ("times", models.PositiveIntegerField(default=0)),
            ],
            options={
                "default_permissions": (),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("minute", "key"), name="one_count_a_minute_and_denial"
                    )
                ],
            },
        ),
    ]
