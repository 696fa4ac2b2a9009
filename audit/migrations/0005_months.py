"""What is known of each month of the trail, and how the table gets a part for one.

docs/adr/0040-audit-months.md; the parts themselves come with the next migration.
"""

from django.db import migrations, models

# A new part is a copy of the whole but for what is not asked of the rows it is filled with: see
# audit_entry_of_this_transaction. That comes back before anybody else can write to it. Entries that came in
# while there was no part for their month lie in audit_entry_other, and move over.
ADD_MONTH = """
CREATE FUNCTION audit_new_part(relation text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    unchecked record;
BEGIN
    EXECUTE format('CREATE TABLE %I (LIKE audit_entry INCLUDING DEFAULTS INCLUDING CONSTRAINTS'
                   ' INCLUDING INDEXES, PRIMARY KEY (id))', relation);
    FOR unchecked IN SELECT conname FROM pg_constraint
        WHERE conrelid = 'audit_entry'::regclass AND contype = 'c' AND NOT convalidated
    LOOP
        EXECUTE format('ALTER TABLE %I DROP CONSTRAINT %I', relation, unchecked.conname);
    END LOOP;
END
$$;

CREATE FUNCTION audit_guard_part(relation text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    unchecked record;
BEGIN
    FOR unchecked IN SELECT conname, pg_get_constraintdef(oid) AS def FROM pg_constraint
        WHERE conrelid = 'audit_entry'::regclass AND contype = 'c' AND NOT convalidated
    LOOP
        EXECUTE format('ALTER TABLE %I ADD CONSTRAINT %I %s', relation, unchecked.conname, unchecked.def);
    END LOOP;
    EXECUTE format('CREATE TRIGGER audit_entry_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON %I'
                   ' FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()', relation);
END
$$;

CREATE FUNCTION audit_attach_month(relation text, begins timestamptz, ends timestamptz) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    LOCK TABLE audit_entry_other IN ACCESS EXCLUSIVE MODE;
    IF EXISTS (SELECT FROM audit_entry_other WHERE at >= coalesce(begins, '-infinity') AND at < ends) THEN
        ALTER TABLE audit_entry_other DISABLE TRIGGER audit_entry_append_only;
        EXECUTE format('WITH moved AS (DELETE FROM audit_entry_other WHERE at >= $1 AND at < $2 RETURNING *)'
                       ' INSERT INTO %I SELECT * FROM moved', relation)
            USING coalesce(begins, '-infinity'), ends;
        ALTER TABLE audit_entry_other ENABLE TRIGGER audit_entry_append_only;
    END IF;
    PERFORM audit_guard_part(relation);
    EXECUTE format('ALTER TABLE audit_entry ATTACH PARTITION %I FOR VALUES FROM (%s) TO (%L)',
                   relation, coalesce(quote_literal(begins), 'MINVALUE'), ends);
END
$$;

CREATE FUNCTION audit_add_month(relation text, begins timestamptz, ends timestamptz) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM audit_new_part(relation);
    PERFORM audit_attach_month(relation, begins, ends);
END
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0004_witnesses")]

    operations = [
        migrations.CreateModel(
            name="Month",
            fields=[
                ("name", models.CharField(max_length=10, primary_key=True, serialize=False)),
                ("relation", models.CharField(max_length=63, unique=True)),
                ("begins", models.DateTimeField(null=True)),
                ("ends", models.DateTimeField()),
                ("entries", models.BigIntegerField(null=True)),
                ("first_leaf", models.BigIntegerField(null=True)),
                ("last_leaf", models.BigIntegerField(null=True)),
                ("file", models.CharField(blank=True, max_length=200)),
                ("bytes", models.BigIntegerField(null=True)),
                ("note", models.TextField(blank=True)),
                ("archived_at", models.DateTimeField(null=True)),
                ("dropped_at", models.DateTimeField(null=True)),
                ("restored_at", models.DateTimeField(null=True)),
            ],
            options={
                "verbose_name": "month of the audit trail",
                "verbose_name_plural": "months of the audit trail",
                "default_permissions": (),
                "ordering": ["-ends"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("dropped_at__isnull", True))
                        | ~models.Q(("file", ""))
                        | models.Q(("entries", 0)),
                        name="audit_month_dropped_only_with_its_file",
                    )
                ],
            },
        ),
        migrations.RunSQL(
            ADD_MONTH,
            "DROP FUNCTION audit_add_month(text, timestamptz, timestamptz);"
            " DROP FUNCTION audit_attach_month(text, timestamptz, timestamptz);"
            " DROP FUNCTION audit_guard_part(text); DROP FUNCTION audit_new_part(text)",
        ),
    ]
