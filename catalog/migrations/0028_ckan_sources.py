"""A kind of source more: tables of a CKAN portal."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0027_unchanged_files"),
    ]

    operations = [
        migrations.AlterField(
            model_name="source",
            name="kind",
            field=models.CharField(
                choices=[
                    ("postgresql", "PostgreSQL"),
                    ("mysql", "MySQL / MariaDB"),
                    ("sqlalchemy", "Other database"),
                    ("upload", "uploaded file"),
                    ("http", "file at a web address"),
                    ("sftp", "file by SFTP"),
                    ("s3", "file in S3"),
                    ("rest", "REST interface"),
                    ("ckan", "table of a CKAN portal"),
                ],
                default="postgresql",
                max_length=20,
                verbose_name="kind",
            ),
        ),
    ]
