from django.db import migrations

# Roles belong to the cluster, not to this database, and several databases may migrate at once.
UP = """
CREATE SCHEMA IF NOT EXISTS agreement;
DO $$
BEGIN
    CREATE ROLE portal_reader NOLOGIN NOINHERIT;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
    NULL;
END
$$;
DO $$
BEGIN
    IF NOT pg_has_role(current_user, 'portal_reader', 'MEMBER') THEN
        EXECUTE format('GRANT portal_reader TO %I', current_user);
    END IF;
END
$$;
REVOKE ALL ON SCHEMA agreement FROM PUBLIC;
GRANT USAGE ON SCHEMA agreement TO portal_reader;
REVOKE ALL ON SCHEMA public FROM portal_reader;
"""
DOWN = """
REVOKE ALL ON SCHEMA agreement FROM portal_reader;
DROP SCHEMA agreement CASCADE;
"""


class Migration(migrations.Migration):
    """The schema of agreements' views, and the role that reads them and nothing else."""

    dependencies = [("sharing", "0001_initial"), ("catalog", "0003_schema_store")]
    operations = [migrations.RunSQL(UP, DOWN)]
