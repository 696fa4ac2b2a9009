"""A role of the database for web processes and workers: it owns everything but the trail.

Into the trail it may only insert, and read it. The owner of the trail, which migrates, seals and
keeps the months, is another role, and no process that answers to the network need know it.
"""

from dataclasses import dataclass

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from psycopg import sql

from audit.breaks import one

ENTRIES = "audit_entry"
NUMBERS = "audit_entry_id_seq"
READ = (
    "audit_leaf",
    "audit_node",
    "audit_treehead",
    "audit_publickey",
    "audit_witnessstate",
    "audit_month",
    "audit_otherportal",
)
# What is kept of other portals comes in by the web processes, and is only ever added to.
ADDED_TO = (ENTRIES, "audit_otherkey", "audit_otherhead", "audit_otherfork")

WHO = """
SELECT rolsuper OR rolcreaterole OR rolcreatedb,
       pg_has_role(rolname, current_user, 'MEMBER') OR pg_has_role(rolname, 'pg_write_all_data', 'MEMBER')
       OR pg_has_role(rolname, (SELECT datdba FROM pg_database WHERE datname = current_database()), 'MEMBER'),
       pg_has_role(current_user, rolname, 'USAGE') AND pg_has_role(current_user, rolname, 'SET')
FROM pg_roles WHERE rolname = %s
"""

# Sequences of a table go with it, and types with their table. What an extension brought stays its owner's.
OBJECTS = """
SELECT CASE relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'S' THEN 'SEQUENCE'
       ELSE 'TABLE' END, nspname, relname, NULL
FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
WHERE relkind IN ('r', 'p', 'v', 'm', 'S') AND relowner = current_user::regrole
  AND nspname !~ '^pg_' AND nspname <> 'information_schema'
  AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_class.oid AND deptype IN ('a', 'i', 'e')
                  AND classid = 'pg_class'::regclass AND (relkind = 'S' OR deptype = 'e'))
  AND relname <> ALL (%(kept)s)
  AND NOT EXISTS (SELECT FROM pg_inherits WHERE inhrelid = pg_class.oid
                  AND inhparent = 'audit_entry'::regclass)
UNION ALL
SELECT 'FUNCTION', nspname, proname, pg_get_function_identity_arguments(pg_proc.oid)
FROM pg_proc JOIN pg_namespace ON pg_namespace.oid = pronamespace
WHERE proowner = current_user::regrole AND nspname !~ '^pg_' AND prokind = 'f'
  AND proname !~ '^audit_'
UNION ALL
SELECT 'SCHEMA', nspname, nspname, NULL FROM pg_namespace
WHERE nspowner = current_user::regrole AND nspname !~ '^pg_' AND nspname <> 'public'
"""

# Those under which rows are read; they are no part of what the role itself may do.
LENT = """
SELECT rolname FROM pg_auth_members JOIN pg_roles ON pg_roles.oid = roleid
WHERE member = current_user::regrole AND rolname !~ '^pg_' AND rolname <> %s
GROUP BY rolname HAVING bool_or(admin_option)
"""


class UnfitRole(Exception):
    """The role could do more to the trail than insert; the words say why."""


@dataclass(frozen=True, slots=True)
class Given:
    """How many objects changed their owner, and the roles that it may work as."""

    objects: int
    lent: tuple[str, ...]


@transaction.atomic(durable=True)
def give(role: str, *, password: str = "") -> Given:
    """Make the role unless there is one, and give it all but the trail. May run again, and has to after
    each migration. Raises `UnfitRole`.
    """
    with connection.cursor() as cursor:
        _make(cursor, role, password)
        own = sql.Identifier(role)
        database = sql.Identifier(connection.settings_dict["NAME"])
        # Needed to become an owner, and nothing after it.
        cursor.execute(sql.SQL("GRANT CREATE ON DATABASE {} TO {}").format(database, own))
        cursor.execute(sql.SQL("GRANT USAGE, CREATE ON SCHEMA public TO {}").format(own))
        objects = _hand_over(cursor, own)
        cursor.execute(sql.SQL("REVOKE CREATE ON DATABASE {} FROM {}").format(database, own))
        cursor.execute(sql.SQL("REVOKE CREATE ON SCHEMA public FROM {}").format(own))
        _only_insert(cursor, own)
        cursor.execute(LENT, [role])
        lent = sorted(name for (name,) in cursor.fetchall())
        for name in lent:
            cursor.execute(
                sql.SQL("GRANT {} TO {} WITH INHERIT FALSE, SET TRUE").format(
                    sql.Identifier(name), own
                )
            )
    return Given(objects, tuple(lent))


def _make(cursor: CursorWrapper, role: str, password: str) -> None:
    found = one(cursor, WHO, [role])
    if found is None:
        if not password:
            raise UnfitRole(f"there is no role {role}: give its password, or let it be made")
        secret = connection.connection.pgconn.encrypt_password(
            password.encode(), role.encode(), b"scram-sha-256"
        )
        cursor.execute(
            sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(
                sql.Identifier(role), sql.Literal(secret.decode())
            )
        )
        found = one(cursor, WHO, [role])
    is_mighty, is_ours, is_held = found
    if is_mighty:
        raise UnfitRole(f"{role} is a superuser, or may make roles or databases")
    if is_ours:
        raise UnfitRole(
            f"{role} is the owner of the trail or the database, or may write everywhere"
        )
    if not is_held:
        raise UnfitRole(
            f"the owner of the trail must be a member: GRANT {role} TO … WITH INHERIT TRUE, SET TRUE"
        )


def _hand_over(cursor: CursorWrapper, own: sql.Identifier) -> int:
    cursor.execute(OBJECTS, {"kept": [*ADDED_TO, *READ]})
    found = cursor.fetchall()
    # Schemas first: who owns one may own what is in it.
    for kind, schema, name, arguments in sorted(found, key=lambda one: one[0] != "SCHEMA"):
        what = sql.Identifier(name) if kind == "SCHEMA" else sql.Identifier(schema, name)
        called = sql.SQL("") if arguments is None else sql.SQL(f"({arguments})")
        cursor.execute(
            sql.SQL("ALTER {} {}{} OWNER TO {}").format(sql.SQL(kind), what, called, own)
        )
    return len(found)


def _only_insert(cursor: CursorWrapper, own: sql.Identifier) -> None:
    for table in (*ADDED_TO, *READ):
        name = sql.Identifier(table)
        cursor.execute(sql.SQL("REVOKE ALL ON {} FROM {}, PUBLIC").format(name, own))
        cursor.execute(sql.SQL("GRANT SELECT ON {} TO {}").format(name, own))
    for table in ADDED_TO:
        cursor.execute(sql.SQL("GRANT INSERT ON {} TO {}").format(sql.Identifier(table), own))
    cursor.execute(sql.SQL("GRANT USAGE ON SEQUENCE {} TO {}").format(sql.Identifier(NUMBERS), own))
