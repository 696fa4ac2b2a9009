"""From a chain made at commit to a Merkle tree sealed in batches: docs/adr/0032-sealed-audit-trail.md.

The old chain is checked once more from end to end; its length and last hash become an entry of the
trail, `audit.chain.end`. A chain that is broken stops the migration: nothing is taken over
in silence. The sealer makes leaves of the old entries with its first seal, in the order of their ids.

There is no way back: the links are gone, and entries written since have none.
"""

from django.db import migrations, models

BATCH = 100_000

FIRST_MISFIT = """
WITH batch AS (
    SELECT seq, entry_id, previous, hash FROM audit_link WHERE seq > %(seq)s ORDER BY seq LIMIT %(batch)s
), walked AS (
    SELECT batch.seq, batch.hash,
           lag(batch.seq, 1, %(seq)s) OVER ordered + 1 = batch.seq
           AND lag(batch.hash, 1, %(hash)s) OVER ordered = batch.previous
           AND entry.id IS NOT NULL
           AND sha256(batch.previous || audit_canonical(entry)) = batch.hash AS fits
    FROM batch LEFT JOIN audit_entry AS entry ON entry.id = batch.entry_id
        AND entry.id BETWEEN (SELECT min(entry_id) FROM batch) AND (SELECT max(entry_id) FROM batch)
    WINDOW ordered AS (ORDER BY batch.seq)
)
SELECT min(seq) FILTER (WHERE fits IS NOT TRUE), max(seq), (array_agg(hash ORDER BY seq DESC))[1]
FROM walked
"""

CHAIN_END = """
INSERT INTO audit_entry (actor_kind, actor_id, actor_name, department_name, action, target_type,
    target_id, target_label, department_ids, result, data, request_id)
VALUES ('portal', '', 'portal', '', 'audit.chain.end', '', '', '', '{}', 'ok',
    jsonb_build_object('links', %s::bigint, 'hash', encode(%s::bytea, 'hex')), '')
"""


def end_the_chain(apps, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        seq, last = 0, bytes(32)
        while True:
            cursor.execute(FIRST_MISFIT, {"seq": seq, "hash": last, "batch": BATCH})
            wrong, reached, found = cursor.fetchone()
            if wrong is not None:
                raise RuntimeError(
                    f"the audit trail is broken at link {wrong}: run verify_audit of the release"
                    " before, and see docs/operations.md. Nothing was changed."
                )
            if reached is None:
                break
            seq, last = reached, bytes(found)
        cursor.execute("SELECT count(*) FROM audit_entry")
        (entries,) = cursor.fetchone()
        cursor.execute("SELECT seq, hash FROM audit_head")
        heads = [(number, bytes(known)) for number, known in cursor.fetchall()]
        if entries != seq or heads != [(seq, last)]:
            raise RuntimeError(
                f"the audit trail is broken: {entries} entries, {seq} links, the head at {heads}."
                " Run verify_audit of the release before. Nothing was changed."
            )
        if seq:
            cursor.execute(CHAIN_END, [seq, last])


UNCHAIN = """
DROP TRIGGER audit_entry_queue_up ON audit_entry;
DROP TRIGGER audit_entry_isolation ON audit_entry;
DROP TABLE audit_queue;
DROP FUNCTION audit_queue_up();
DROP FUNCTION audit_chain();
DROP FUNCTION audit_require_read_committed();
"""

# The transaction that wrote an entry tells the sealer when it is ended: what commits late cannot be
# passed over. Only the database gives it: NOT VALID leaves alone what is there, and what a
# restored dump brings.
TRANSACTION = """
ALTER TABLE audit_entry ADD COLUMN xid xid8 NOT NULL DEFAULT '0';
ALTER TABLE audit_entry ALTER COLUMN xid SET DEFAULT pg_current_xact_id();
ALTER TABLE audit_entry ADD CONSTRAINT audit_entry_of_this_transaction
    CHECK (xid = pg_current_xact_id()) NOT VALID;
CREATE INDEX audit_entry_transaction ON audit_entry (xid, id);
"""

REFUSE = """
CREATE OR REPLACE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit trail is append-only: % of % is refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END
$$
"""

APPEND_ONLY = """
CREATE TRIGGER audit_leaf_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_leaf
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_node_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_node
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_treehead_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_treehead
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_publickey_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_publickey
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_append_only_and_chain")]

    operations = [
        # Fires what is still deferred, so that the tables can be altered in this transaction.
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE"),
        migrations.RunSQL(UNCHAIN),
        migrations.RunSQL(TRANSACTION),
        migrations.RunPython(end_the_chain),
        migrations.DeleteModel(name="Link"),
        migrations.DeleteModel(name="Head"),
        migrations.CreateModel(
            name="Leaf",
            fields=[
                ("index", models.BigIntegerField(primary_key=True, serialize=False)),
                ("entry_id", models.BigIntegerField(unique=True)),
                ("hash", models.BinaryField()),
            ],
            options={"default_permissions": ()},
        ),
        migrations.CreateModel(
            name="Node",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "level",
                        "index",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("level", models.SmallIntegerField()),
                ("index", models.BigIntegerField()),
                ("hash", models.BinaryField()),
            ],
            options={"default_permissions": ()},
        ),
        migrations.CreateModel(
            name="PublicKey",
            fields=[
                ("key_id", models.CharField(max_length=16, primary_key=True, serialize=False)),
                ("raw", models.BinaryField()),
                ("first_head", models.BigIntegerField()),
            ],
            options={"default_permissions": ()},
        ),
        migrations.CreateModel(
            name="TreeHead",
            fields=[
                ("number", models.BigIntegerField(primary_key=True, serialize=False)),
                ("size", models.BigIntegerField()),
                ("root", models.BinaryField()),
                ("at", models.DateTimeField(verbose_name="time")),
                (
                    "algorithm",
                    models.CharField(
                        choices=[("sha256", "SHA-256"), ("sm3", "SM3")], max_length=10
                    ),
                ),
                ("origin", models.CharField()),
                ("previous", models.BinaryField()),
                ("signatures", models.JSONField()),
                ("snapshot", models.CharField()),
                ("cluster", models.CharField()),
            ],
            options={
                "verbose_name": "head of the audit trail",
                "verbose_name_plural": "heads of the audit trail",
                "default_permissions": (),
                "ordering": ["-number"],
                "indexes": [models.Index(fields=["size"], name="audit_treehead_size")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(algorithm__in=["sha256", "sm3"]),
                        name="audit_treehead_algorithm_is_known",
                    )
                ],
            },
        ),
        migrations.RunSQL(REFUSE),
        migrations.RunSQL(APPEND_ONLY),
    ]
