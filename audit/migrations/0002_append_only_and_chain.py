"""The database keeps the trail: nothing in it is changed or removed, and each entry is chained.

How and why: docs/adr/0005-audit-chain.md.
"""

from django.db import migrations

# The bytes of an entry that go under the hash. jsonb has one text for one value, and no part of it
# depends on the session's TimeZone, DateStyle or extra_float_digits. A new column of the table
# comes into these bytes only with a new version number here, for the entries after it.
CANONICAL = """
CREATE FUNCTION audit_canonical(entry audit_entry) RETURNS bytea
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT convert_to(
        jsonb_build_object(
            'v', 1,
            'id', entry.id,
            'at', (extract(epoch FROM entry.at) * 1000000)::bigint,
            'actor_kind', entry.actor_kind,
            'actor_id', entry.actor_id,
            'actor_name', entry.actor_name,
            'department_id', entry.department_id,
            'department_name', entry.department_name,
            'action', entry.action,
            'target_type', entry.target_type,
            'target_id', entry.target_id,
            'target_label', entry.target_label,
            'department_ids', entry.department_ids,
            'result', entry.result,
            'data', entry.data,
            'request_id', entry.request_id,
            'ip', entry.ip::text
        )::text,
        'UTF8'
    )
$$
"""

# Refuses the statement. With the argument 'chain' it lets pass what the chain's own triggers do.
REFUSE = """
CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_NARGS = 1 AND TG_ARGV[0] = 'chain' AND pg_trigger_depth() > 1 THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION 'the audit trail is append-only: % of % is refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END
$$
"""

# A transaction that keeps an old snapshot cannot see the end of the chain; it would fail at commit,
# and only when somebody else wrote meanwhile. So it is told at once, and always.
ISOLATION = """
CREATE FUNCTION audit_require_read_committed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'an audit entry cannot be written in a % transaction',
                current_setting('transaction_isolation')
            USING ERRCODE = 'invalid_transaction_state',
                  HINT = 'Record in a READ COMMITTED transaction beside the one with the snapshot.';
    END IF;
    RETURN NULL;
END
$$
"""

# At commit, first round: only ask for the second. The second round begins when all other deferred
# triggers have run, the checks of foreign keys among them: no lock is taken after the head's.
QUEUE = """
CREATE UNLOGGED TABLE audit_queue (entry_id bigint PRIMARY KEY);

CREATE FUNCTION audit_queue_up() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO audit_queue (entry_id) VALUES (NEW.id);
    RETURN NULL;
END
$$;
"""

# At commit, second round: wait for the end of the chain, and become it. The advisory lock keeps
# the order; its first key is the table's own number. The statements after it see what the writer
# before has committed. The head is found and moved by its key, never by a scan, since a long
# snapshot (an export, a backup) keeps every one of its old versions.
CHAIN = """
CREATE FUNCTION audit_chain() RETURNS trigger LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
    head audit_head;
    next_hash bytea;
BEGIN
    PERFORM pg_advisory_xact_lock('audit_head'::regclass::oid::int, 0);
    SELECT * INTO STRICT head FROM audit_head ORDER BY seq DESC LIMIT 1;
    SELECT sha256(head.hash || audit_canonical(entry)) INTO STRICT next_hash
        FROM audit_entry AS entry WHERE entry.id = NEW.entry_id;
    INSERT INTO audit_link (seq, entry_id, previous, hash)
        VALUES (head.seq + 1, NEW.entry_id, head.hash, next_hash);
    UPDATE audit_head SET seq = head.seq + 1, hash = next_hash WHERE seq = head.seq;
    DELETE FROM audit_queue WHERE entry_id = NEW.entry_id;
    RETURN NULL;
END
$$
"""

# A temporary table of the same name must not stand in for one of ours.
SEARCH_PATH = """
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['audit_queue_up', 'audit_chain'] LOOP
        EXECUTE format('ALTER FUNCTION %I() SET search_path = %I, pg_temp', name, current_schema());
    END LOOP;
END
$$
"""

TRIGGERS = """
CREATE TRIGGER audit_entry_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entry
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_entry_isolation BEFORE INSERT ON audit_entry
    FOR EACH STATEMENT EXECUTE FUNCTION audit_require_read_committed();
CREATE CONSTRAINT TRIGGER audit_entry_queue_up AFTER INSERT ON audit_entry
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION audit_queue_up();

CREATE TRIGGER audit_queue_closed BEFORE INSERT OR DELETE ON audit_queue
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse('chain');
CREATE TRIGGER audit_queue_append_only BEFORE UPDATE OR TRUNCATE ON audit_queue
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
CREATE CONSTRAINT TRIGGER audit_queue_chain AFTER INSERT ON audit_queue
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION audit_chain();

CREATE TRIGGER audit_link_closed BEFORE INSERT ON audit_link
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse('chain');
CREATE TRIGGER audit_link_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_link
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();

INSERT INTO audit_head (seq, hash)
    SELECT count(*), coalesce(
        (SELECT hash FROM audit_link ORDER BY seq DESC LIMIT 1), decode(repeat('00', 32), 'hex')
    ) FROM audit_link;
CREATE TRIGGER audit_head_closed BEFORE UPDATE ON audit_head
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse('chain');
CREATE TRIGGER audit_head_append_only BEFORE INSERT OR DELETE OR TRUNCATE ON audit_head
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
"""

DROP_TRIGGERS = """
DROP TRIGGER audit_head_append_only ON audit_head;
DROP TRIGGER audit_head_closed ON audit_head;
DROP TRIGGER audit_link_append_only ON audit_link;
DROP TRIGGER audit_link_closed ON audit_link;
DROP TRIGGER audit_queue_chain ON audit_queue;
DROP TRIGGER audit_queue_append_only ON audit_queue;
DROP TRIGGER audit_queue_closed ON audit_queue;
DROP TRIGGER audit_entry_queue_up ON audit_entry;
DROP TRIGGER audit_entry_isolation ON audit_entry;
DROP TRIGGER audit_entry_append_only ON audit_entry;
DELETE FROM audit_head;
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_entries")]

    operations = [
        migrations.RunSQL(CANONICAL, "DROP FUNCTION audit_canonical(audit_entry)"),
        migrations.RunSQL(REFUSE, "DROP FUNCTION audit_refuse()"),
        migrations.RunSQL(ISOLATION, "DROP FUNCTION audit_require_read_committed()"),
        migrations.RunSQL(QUEUE, "DROP FUNCTION audit_queue_up(); DROP TABLE audit_queue"),
        migrations.RunSQL(CHAIN, "DROP FUNCTION audit_chain()"),
        migrations.RunSQL(SEARCH_PATH, migrations.RunSQL.noop),
        migrations.RunSQL(TRIGGERS, DROP_TRIGGERS),
    ]
