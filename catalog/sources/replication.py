"""Logical replication at a PostgreSQL, asked for in SQL: publication, slot, and what the slot holds.

psycopg does not stream replication, so a slot is looked into (`peek`) and moved on (`advance`): what
was looked at stays until then (docs/adr/0036-change-capture.md). Places in the log are LSNs as texts.
"""

from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Self

import psycopg
from psycopg import errors, sql

from .failures import SourceFailure
from .postgresql_connection import FORMATS, Session, failure_of, opened

PLUGIN = "pgoutput"
OLDEST = 130_000
LIMITS = {"statement_timeout": "15s", "lock_timeout": "5s"}
# A new slot waits for the end of all transactions that write at that moment.
SLOT_LIMIT = "60s"
READING_LIMIT = "0"

RELATION = """
    SELECT c.oid::bigint, c.relkind = 'r' AND c.relpersistence = 'p' AND NOT c.relhassubclass,
           row_security_active(c.oid), c.relreplident::text,
           ARRAY(SELECT a.attname::text FROM pg_attribute a
                 WHERE a.attrelid = c.oid AND a.attgenerated <> '' AND NOT a.attisdropped),
           ARRAY(SELECT a.attname::text FROM pg_attribute a
                 WHERE a.attrelid = c.oid AND a.attnotnull AND NOT a.attisdropped),
           ARRAY(SELECT a.attname::text FROM pg_index i
                 JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
                 WHERE i.indrelid = c.oid AND CASE c.relreplident WHEN 'd' THEN i.indisprimary
                                                   WHEN 'i' THEN i.indisreplident END)
    FROM pg_class c WHERE c.oid = to_regclass(%s)
"""
UNIQUE = """
    SELECT array_agg(a.attname::text) FROM pg_index i
    JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
    WHERE i.indrelid = %s AND i.indisunique AND i.indisvalid AND i.indimmediate
      AND i.indpred IS NULL AND i.indexprs IS NULL
    GROUP BY i.indexrelid
"""
PUBLICATION = """
    SELECT p.pubinsert AND p.pubupdate AND p.pubdelete AND p.pubtruncate
           AND t.tablename IS NOT NULL AND to_jsonb(t) ->> 'rowfilter' IS NULL,
           ARRAY(SELECT jsonb_array_elements_text(nullif(to_jsonb(t) -> 'attnames', 'null')))
    FROM pg_publication p
    LEFT JOIN pg_publication_tables t
           ON t.pubname = p.pubname AND t.schemaname = %s AND t.tablename = %s
    WHERE p.pubname = %s
"""
SLOT = """
    SELECT confirmed_flush_lsn::text, active,
           coalesce(wal_status = 'lost', false),
           coalesce(pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn), 0)::bigint
    FROM pg_replication_slots
    WHERE slot_name = %s AND plugin = 'pgoutput' AND database = current_database()
"""


@dataclass(frozen=True, slots=True)
class Slot:
    """`kept_bytes`: how much of its log the source keeps for the slot. `is_lost`: no longer all."""

    confirmed: str
    is_active: bool
    is_lost: bool
    kept_bytes: int


def place_in_log(lsn: str) -> int:
    """An LSN as a number that can be compared."""
    high, _, low = lsn.partition("/")
    return (int(high, 16) << 32) + int(low, 16)


class Replication(Session):
    """A connection of its own beside the one that reads rows; each statement by itself."""

    def __enter__(self) -> Self:
        self.connection = opened(self.place)
        self.connection.autocommit = True
        try:
            self._set({**FORMATS, **LIMITS})
        except SourceFailure:
            self.__exit__()
            raise
        return self

    def require(self, relation: str, *, keys: Sequence[str], columns: Sequence[str]) -> int:
        """See that changes of the relation can be captured by these keys; return its oid there."""
        self._require_server()
        found = self._rows(RELATION, [_quoted(relation)])
        if not found or not found[0][1]:
            raise SourceFailure("capture_relation", relation=relation)
        ((oid, _is_table, is_filtered, identity, generated, required, named),) = found
        if is_filtered:
            raise SourceFailure("capture_row_security", relation=relation)
        unlogged = [name for name in columns if name in generated]
        if unlogged:
            raise SourceFailure("capture_generated", columns="、".join(unlogged))
        wanted = set(keys)
        if identity == "f":
            is_told = any(set(one) <= wanted for (one,) in self._rows(UNIQUE, [oid]))
        else:
            is_told = set(named) == wanted
        if not is_told or not wanted <= set(required):
            raise SourceFailure("capture_identity", relation=relation, columns=", ".join(keys))
        return int(oid)

    def publication(self, relation: str, *, prepared: str, own: str, columns: Sequence[str]) -> str:
        """The publication to read by: the one that was prepared for us, else `own`, made now."""
        for name in (prepared, own):
            for is_whole, published in self._rows(PUBLICATION, [*_parts(relation), name]):
                if not is_whole or not set(columns) <= set(published or columns):
                    raise SourceFailure("capture_publication", publication=name, relation=relation)
                return name
        statement = sql.SQL("CREATE PUBLICATION {} FOR TABLE {}").format(
            sql.Identifier(own), sql.Identifier(*_parts(relation))
        )
        try:
            self._open.execute(statement)
        except errors.InsufficientPrivilege:
            raise SourceFailure(
                "capture_publication_right",
                user=self.place.username,
                relation=relation,
                publication=prepared,
            ) from None
        except psycopg.Error as error:
            raise failure_of(self.place, error) from None
        return own

    def make_slot(self, name: str) -> str:
        """Make it; return from which place of the log on it gives what is committed.

        Whatever was committed before that is seen by every snapshot that is taken from now on.
        """
        self._set({"statement_timeout": SLOT_LIMIT})
        try:
            ((starts_at,),) = self._rows(
                "SELECT lsn::text FROM pg_create_logical_replication_slot(%s, %s)", [name, PLUGIN]
            )
        except SourceFailure as failure:
            if failure.code == "cancelled":
                raise SourceFailure("capture_waits") from None
            raise
        self._set(LIMITS)
        return str(starts_at)

    def slot(self, name: str) -> Slot | None:
        for row in self._rows(SLOT, [name]):
            return Slot(*row)
        return None

    def end_of_log(self) -> str:
        """How far the log is safely written now."""
        ((end,),) = self._rows("SELECT pg_current_wal_flush_lsn()::text")
        return str(end)

    def peek(self, name: str, publication: str, upto: str) -> Generator[bytes, None, None]:
        """The messages of the transactions that were committed before `upto`, in that order.

        They stay in the slot. The source lays them down in a file of its own first, however many.
        """
        self._set({"statement_timeout": READING_LIMIT})
        statement = sql.SQL(
            "COPY (SELECT data FROM pg_logical_slot_peek_binary_changes({}, {}, NULL,"
            " 'proto_version', '1', 'publication_names', {})) TO STDOUT (FORMAT BINARY)"
        ).format(sql.Literal(name), sql.Literal(upto), sql.Literal(f'"{publication}"'))
        with self._explained(), self._open.cursor() as cursor, cursor.copy(statement) as copy:
            copy.set_types(["bytea"])
            for (data,) in copy.rows():
                yield data
        self._set(LIMITS)

    def advance(self, name: str, to: str) -> None:
        """What lies before that place is not asked for again; the source may forget it."""
        self._set({"statement_timeout": READING_LIMIT})
        self._rows("SELECT end_lsn FROM pg_replication_slot_advance(%s, %s)", [name, to])
        self._set(LIMITS)

    def drop(self, name: str, publication: str | None) -> None:
        """Take both away; what is gone already is no failure."""
        self._rows(
            "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots"
            " WHERE slot_name = %s AND database = current_database()",
            [name],
        )
        if publication is not None:
            with self._explained():
                self._open.execute(
                    sql.SQL("DROP PUBLICATION IF EXISTS {}").format(sql.Identifier(publication))
                )

    def _require_server(self) -> None:
        ((version, level, is_copy, may),) = self._rows(
            "SELECT current_setting('server_version_num')::int, current_setting('wal_level'),"
            " pg_is_in_recovery(), (SELECT rolreplication OR rolsuper FROM pg_roles"
            " WHERE rolname = current_user)"
        )
        if version < OLDEST:
            raise SourceFailure("capture_too_old")
        if is_copy:
            raise SourceFailure("capture_standby")
        if level != "logical":
            raise SourceFailure("capture_wal_level", level=level)
        if not may:
            raise SourceFailure("capture_right", user=self.place.username)

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except errors.ObjectInUse:
            raise SourceFailure("capture_slot_busy") from None
        except errors.ConfigurationLimitExceeded:
            raise SourceFailure("capture_no_slots") from None
        except (errors.UndefinedObject, errors.ObjectNotInPrerequisiteState):
            raise SourceFailure("capture_slot_gone") from None
        except errors.InsufficientPrivilege:
            raise SourceFailure("capture_right", user=self.place.username) from None
        except psycopg.Error as error:
            raise failure_of(self.place, error) from None


def _parts(relation: str) -> tuple[str, str]:
    schema, _, name = relation.partition(".")
    return schema, name


def _quoted(relation: str) -> str:
    return sql.Identifier(*_parts(relation)).as_string()
