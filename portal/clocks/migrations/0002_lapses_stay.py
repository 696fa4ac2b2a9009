"""Lapses and moves are appended and nothing else: the database refuses the rest."""

from django.db import migrations

TABLES = ("clocks_lapse", "clocks_lapsereversal", "clocks_movedclock")
FORWARD = """
CREATE FUNCTION clocks_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the record of deadlines is append-only: % of % is refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation';
END
$$;
""" + "".join(
    f"""
CREATE TRIGGER {table}_stays BEFORE UPDATE OR DELETE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION clocks_stays();
"""
    for table in TABLES
)
BACKWARD = (
    "".join(f"DROP TRIGGER {table}_stays ON {table};\n" for table in TABLES)
    + "DROP FUNCTION clocks_stays();"
)


class Migration(migrations.Migration):
    dependencies = [("clocks", "0001_deadlines_and_notices")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
