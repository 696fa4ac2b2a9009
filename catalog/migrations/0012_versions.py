import django.contrib.postgres.fields
import django.core.serializers.json
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0011_bulk"),
        ("organisation", "0003_usernames_in_any_case"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ResourceVersion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField(verbose_name="version")),
                (
                    "entry",
                    models.JSONField(
                        encoder=django.core.serializers.json.DjangoJSONEncoder, verbose_name="entry"
                    ),
                ),
                (
                    "items",
                    models.JSONField(
                        default=list,
                        encoder=django.core.serializers.json.DjangoJSONEncoder,
                        verbose_name="data items",
                    ),
                ),
                (
                    "visible_to",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.IntegerField(), default=list, size=None
                    ),
                ),
                (
                    "published_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="published"
                    ),
                ),
            ],
            options={
                "verbose_name": "version of an entry",
                "verbose_name_plural": "versions of entries",
                "ordering": ["resource", "-number"],
            },
        ),
        migrations.RemoveConstraint(
            model_name="resource",
            name="one_resource_per_name_and_department",
        ),
        migrations.AddField(
            model_name="announcement",
            name="number",
            field=models.PositiveIntegerField(
                default=1, help_text="Of the entry as it is announced.", verbose_name="version"
            ),
        ),
        migrations.AddField(
            model_name="resource",
            name="revision_of",
            field=models.ForeignKey(
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="revisions",
                to="catalog.resource",
                verbose_name="change of",
            ),
        ),
        migrations.AlterField(
            model_name="announcement",
            name="state",
            field=models.CharField(
                choices=[
                    ("draft", "draft"),
                    ("head_review", "waiting for the department head"),
                    ("competent_review", "waiting for the competent department"),
                    ("returned", "returned"),
                    ("published", "published"),
                    ("withdrawn", "withdrawn"),
                    ("merged", "taken over into the published entry"),
                    ("discarded", "discarded"),
                ],
                max_length=20,
                verbose_name="what is announced",
            ),
        ),
        migrations.AlterField(
            model_name="resource",
            name="code",
            field=models.CharField(
                db_index=True, editable=False, max_length=40, verbose_name="resource code"
            ),
        ),
        migrations.AlterField(
            model_name="resource",
            name="state",
            field=models.CharField(
                choices=[
                    ("draft", "draft"),
                    ("head_review", "waiting for the department head"),
                    ("competent_review", "waiting for the competent department"),
                    ("returned", "returned"),
                    ("published", "published"),
                    ("withdrawn", "withdrawn"),
                    ("merged", "taken over into the published entry"),
                    ("discarded", "discarded"),
                ],
                default="draft",
                editable=False,
                max_length=20,
                verbose_name="state",
            ),
        ),
        migrations.AlterField(
            model_name="resourcestep",
            name="after",
            field=models.CharField(
                choices=[
                    ("draft", "draft"),
                    ("head_review", "waiting for the department head"),
                    ("competent_review", "waiting for the competent department"),
                    ("returned", "returned"),
                    ("published", "published"),
                    ("withdrawn", "withdrawn"),
                    ("merged", "taken over into the published entry"),
                    ("discarded", "discarded"),
                ],
                max_length=20,
            ),
        ),
        migrations.AlterField(
            model_name="resourcestep",
            name="before",
            field=models.CharField(
                blank=True,
                choices=[
                    ("draft", "draft"),
                    ("head_review", "waiting for the department head"),
                    ("competent_review", "waiting for the competent department"),
                    ("returned", "returned"),
                    ("published", "published"),
                    ("withdrawn", "withdrawn"),
                    ("merged", "taken over into the published entry"),
                    ("discarded", "discarded"),
                ],
                max_length=20,
            ),
        ),
        migrations.AlterField(
            model_name="resourcestep",
            name="move",
            field=models.CharField(
                choices=[
                    ("create", "wrote the draft"),
                    ("change", "changed the entry"),
                    ("revise", "began a change of the published entry"),
                    ("secrecy", "assessed the secrecy risk"),
                    ("pia", "assessed the impact on personal information"),
                    ("submit", "submitted it to the department head"),
                    ("approve", "approved it"),
                    ("publish", "published it"),
                    ("send_back", "sent it back"),
                    ("withdraw", "withdrew it"),
                    ("renew", "published a new version"),
                    ("merge", "took the change over into the published entry"),
                    ("discard", "discarded the change"),
                ],
                max_length=20,
                verbose_name="step",
            ),
        ),
        migrations.AddConstraint(
            model_name="resource",
            constraint=models.UniqueConstraint(
                condition=models.Q(("revision_of__isnull", True)),
                fields=("code",),
                name="one_resource_per_code",
            ),
        ),
        migrations.AddConstraint(
            model_name="resource",
            constraint=models.UniqueConstraint(
                condition=models.Q(
                    ("revision_of__isnull", False),
                    models.Q(("state__in", ("merged", "discarded")), _negated=True),
                ),
                fields=("revision_of",),
                name="one_open_change_per_resource",
                violation_error_message="A change of this entry is being prepared already.",
            ),
        ),
        migrations.AddConstraint(
            model_name="resource",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("revision_of__isnull", True),
                        (
                            "state__in",
                            (
                                "draft",
                                "returned",
                                "head_review",
                                "competent_review",
                                "published",
                                "withdrawn",
                            ),
                        ),
                    ),
                    models.Q(
                        ("revision_of__isnull", False),
                        (
                            "state__in",
                            (
                                "draft",
                                "returned",
                                "head_review",
                                "competent_review",
                                "merged",
                                "discarded",
                            ),
                        ),
                    ),
                    _connector="OR",
                ),
                name="changes_are_never_published_themselves",
            ),
        ),
        migrations.AddConstraint(
            model_name="resource",
            constraint=models.UniqueConstraint(
                condition=models.Q(
                    ("revision_of__isnull", True), models.Q(("state", "withdrawn"), _negated=True)
                ),
                fields=("department", "name"),
                name="one_resource_per_name_and_department",
                violation_error_message="Your department has a resource of this name already.",
            ),
        ),
        migrations.AddField(
            model_name="resourceversion",
            name="published_by",
            field=models.ForeignKey(
                help_text="Empty when the entry came in published.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="published by",
            ),
        ),
        migrations.AddField(
            model_name="resourceversion",
            name="resource",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="versions",
                to="catalog.resource",
                verbose_name="resource",
            ),
        ),
        migrations.AddField(
            model_name="resourceversion",
            name="step",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="catalog.resourcestep",
            ),
        ),
        migrations.AddConstraint(
            model_name="resourceversion",
            constraint=models.UniqueConstraint(
                fields=("resource", "number"), name="versions_are_numbered"
            ),
        ),
        migrations.AddConstraint(
            model_name="resourceversion",
            constraint=models.CheckConstraint(
                condition=models.Q(("number__gte", 1)), name="versions_are_numbered_from_one"
            ),
        ),
    ]
