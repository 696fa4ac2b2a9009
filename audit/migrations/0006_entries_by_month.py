"""The entries in parts, a month each: docs/adr/0040-audit-months.md.

No row is copied: the table there was becomes the part for all before the next month. Its rows are looked
through once, without a lock that writers wait for; the exchange itself takes moments. May run again
after it was stopped.

There is no way back: a month that is in a file alone has no rows to bring along.
"""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import migrations, transaction

AHEAD = 4
PASSING = "audit_entry_before_the_first_month"

# The function takes a row of the table, and so belongs to it. Its text stays to the letter:
# verify_audit compares it.
EXCHANGE = """
DO $$
DECLARE
    canonical text;
    counted bigint;
    index record;
BEGIN
    SELECT last_value + is_called::int INTO counted FROM audit_entry_id_seq;
    SELECT prosrc INTO STRICT canonical FROM pg_proc
        WHERE proname = 'audit_canonical' AND pronamespace = current_schema()::regnamespace;
    DROP FUNCTION audit_canonical(audit_entry);
    ALTER TABLE audit_entry ALTER COLUMN id DROP IDENTITY;
    CREATE SEQUENCE audit_entry_id_seq AS bigint;
    PERFORM setval('audit_entry_id_seq', counted, false);
    ALTER TABLE audit_entry RENAME TO audit_entry_first;
    CREATE TABLE audit_entry (LIKE audit_entry_first INCLUDING DEFAULTS INCLUDING CONSTRAINTS)
        PARTITION BY RANGE (at);
    ALTER TABLE audit_entry ALTER COLUMN id SET DEFAULT nextval('audit_entry_id_seq');
    ALTER SEQUENCE audit_entry_id_seq OWNED BY audit_entry.id;
    -- Copied as checked, which they are not.
    ALTER TABLE audit_entry DROP CONSTRAINT IF EXISTS audit_entry_before_the_first_month;
    ALTER TABLE audit_entry DROP CONSTRAINT audit_entry_of_this_transaction;
    ALTER TABLE audit_entry ADD CONSTRAINT audit_entry_of_this_transaction
        CHECK (xid = pg_current_xact_id()) NOT VALID;
    FOR index IN SELECT relname, pg_get_indexdef(indexrelid) AS def FROM pg_index
        JOIN pg_class ON pg_class.oid = indexrelid
        WHERE indrelid = 'audit_entry_first'::regclass AND NOT indisprimary
    LOOP
        EXECUTE format('ALTER INDEX %I RENAME TO %I', index.relname, index.relname || '_first');
        EXECUTE replace(index.def, 'audit_entry_first', 'audit_entry');
    END LOOP;
    CREATE TRIGGER audit_entry_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entry
        FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
    EXECUTE format('CREATE FUNCTION audit_canonical(entry audit_entry) RETURNS bytea'
                   ' LANGUAGE sql STABLE PARALLEL SAFE AS %L', canonical);
    PERFORM audit_new_part('audit_entry_other');
END
$$
"""


def _beginning(moment):
    """Of the month in which the portal's own clock stands at `moment`."""
    local = moment.astimezone(ZoneInfo(settings.TIME_ZONE))
    return local.replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def _following(beginning):
    year, month = divmod(beginning.year * 12 + beginning.month, 12)
    return datetime(year, month + 1, 1, tzinfo=beginning.tzinfo)


def part(apps, schema_editor):
    while not _parted(apps.get_model("audit", "Month"), schema_editor.connection):
        pass


def _parted(months, connection):
    """Whether it is done: not while the first entry of all comes between the look and the exchange."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp(), max(at) FROM audit_entry")
        now, newest = cursor.fetchone()
        begins = _beginning(now)
        if newest is not None:
            # A day more: the month may end while the rows are looked through.
            begins = _following(_beginning(max(now + timedelta(days=1), newest)))
            cursor.execute(f"ALTER TABLE audit_entry DROP CONSTRAINT IF EXISTS {PASSING}")
            cursor.execute(
                f"ALTER TABLE audit_entry ADD CONSTRAINT {PASSING} CHECK (at < %s) NOT VALID",
                [begins],
            )
            cursor.execute(f"ALTER TABLE audit_entry VALIDATE CONSTRAINT {PASSING}")
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("LOCK TABLE audit_entry IN ACCESS EXCLUSIVE MODE")
        cursor.execute("SELECT EXISTS (SELECT FROM audit_entry)")
        if cursor.fetchone() != (newest is not None,):
            return False
        _exchange(cursor, months, begins, is_empty=newest is None)
    return True


def _exchange(cursor, months, begins, *, is_empty):
    cursor.execute(EXCHANGE)
    cursor.execute("SELECT audit_guard_part('audit_entry_other')")
    cursor.execute("ALTER TABLE audit_entry ATTACH PARTITION audit_entry_other DEFAULT")
    if is_empty:
        cursor.execute("DROP TABLE audit_entry_first")
    else:
        cursor.execute(
            "ALTER TABLE audit_entry ATTACH PARTITION audit_entry_first"
            " FOR VALUES FROM (MINVALUE) TO (%s)",
            [begins],
        )
        cursor.execute(f"ALTER TABLE audit_entry_first DROP CONSTRAINT {PASSING}")
        months.objects.create(name="first", relation="audit_entry_first", ends=begins)
    for _ in range(AHEAD):
        ends = _following(begins)
        relation = f"audit_entry_{begins:%Y_%m}"
        cursor.execute("SELECT audit_add_month(%s, %s, %s)", [relation, begins, ends])
        months.objects.create(name=f"{begins:%Y-%m}", relation=relation, begins=begins, ends=ends)
        begins = ends


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("audit", "0005_months")]

    operations = [migrations.RunPython(part)]
