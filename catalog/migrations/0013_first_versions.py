"""What has been published is kept: version 1 of every published entry, and no version changes.

The trigger stops the application and whoever borrows its hands; TRUNCATE and the owner of the
table pass it, as docs/adr/0005-audit-chain.md says of the trail.
"""

from django.db import migrations

KEEP = """
CREATE FUNCTION catalog_keep_versions() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'published versions stay as they are: % of % is refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER catalog_versions_stay BEFORE UPDATE OR DELETE ON catalog_resourceversion
    FOR EACH ROW EXECUTE FUNCTION catalog_keep_versions();
"""
FORGET = """
DROP TRIGGER catalog_versions_stay ON catalog_resourceversion;
DROP FUNCTION catalog_keep_versions();
"""
ENTRY_FIELDS = [
    "code",
    "name",
    "resource_class",
    "classification",
    "data_format",
    "update_frequency",
    "sharing_attribute",
    "grade",
    "name_en",
    "abstract",
    "tags",
    "source_department_id",
    "source_system",
    "collection_basis",
    "spatial_code",
    "temporal_from",
    "temporal_to",
    "sharing_scope",
    "sharing_purpose",
    "sharing_conditions",
    "not_shared_reason",
    "basis_kind",
    "basis_title",
    "basis_article",
    "sharing_modes",
    "visibility",
    "audience_departments",
    "audience_regions",
    "is_open",
    "open_conditions",
    "national_grade",
    "related_codes",
    "contact_name",
    "contact_phone",
    "contact_email",
    "is_synthetic",
]
ITEM_FIELDS = [
    "name",
    "column",
    "type",
    "length",
    "is_key",
    "is_nullable",
    "is_personal",
    "is_sensitive",
    "is_minor",
    "identifier_kind",
    "masking_rule",
    "sharing_attribute",
    "grade",
    "description",
]
BATCH = 500


def keep_first_versions(apps, schema_editor):
    """In batches, so that memory stays small at 40,000 entries."""
    resources = apps.get_model("catalog", "Resource").objects.filter(published_at__isnull=False)
    versions = apps.get_model("catalog", "ResourceVersion")
    steps = apps.get_model("catalog", "ResourceStep").objects.filter(move="publish")
    keys = list(resources.filter(versions=None).order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(keys), BATCH):
        batch = keys[start : start + BATCH]
        published = {step.resource_id: step for step in steps.filter(resource__in=batch)}
        versions.objects.bulk_create(
            _first_version(versions, resource, published.get(resource.pk))
            for resource in resources.filter(pk__in=batch)
            .defer("search", "name_search")
            .prefetch_related("items")
        )


def _item(item):
    told = {name: getattr(item, name) for name in ITEM_FIELDS}
    bound = {"code_list": item.code_list_id or "", "data_element": item.data_element_id or ""}
    return told | bound


def _first_version(versions, resource, step):
    items = sorted(resource.items.all(), key=lambda item: item.position)
    return versions(
        resource=resource,
        number=1,
        entry={name: getattr(resource, name) for name in ENTRY_FIELDS},
        items=[_item(item) for item in items],
        visible_to=resource.visible_to,
        published_at=resource.published_at,
        published_by_id=step.by_id if step else None,
        step=step,
    )


class Migration(migrations.Migration):
    dependencies = [("catalog", "0012_versions")]

    operations = [
        migrations.RunPython(keep_first_versions, migrations.RunPython.noop),
        migrations.RunSQL(KEEP, FORGET),
    ]
