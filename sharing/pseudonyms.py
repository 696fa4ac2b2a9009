"""Pseudonyms: the same opaque text for the same value, in all that one requester draws.

HMAC-SHA256 (RFC 2104) of the value's text under a key of the requester's, its first half in hexadecimal
digits. The key is drawn by the database and read by the agreement's view, which does so with its owner's
rights: neither the reader nor the view's definition has it (docs/adr/0052-pseudonyms.md).
"""

from typing import Any

from psycopg import sql

from catalog.models import DataItem, ItemType
from sharing.models import PseudonymKey

LENGTH = 32
KEYS = sql.Identifier(PseudonymKey._meta.db_table)
# Texts of these are the same in each session, and their values are many.
KINDS = frozenset({ItemType.CHARACTER, ItemType.INTEGER})
# What RFC 2104 lays over the key, for the inner hash and the outer one.
INNER, OUTER = 0x36, 0x5C


def fits(item: DataItem) -> bool:
    """Whether the item may have pseudonyms: those of a few codes are told by how often they come."""
    return item.type in KINDS and not item.code_list_id


def draw_key(cursor: Any, requester: int) -> None:
    """Make sure that the requester's key is there: two random UUIDs have 244 bits of chance."""
    cursor.execute(
        sql.SQL(
            "INSERT INTO {} (department_id, key)"
            " VALUES (%s, sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())))"
            " ON CONFLICT DO NOTHING"
        ).format(KEYS),
        [requester],
    )


def of(column: sql.Identifier, requester: int) -> sql.Composable:
    """The pseudonym of `column`; unknown where the value is. Each padded key is made once a query."""
    return sql.SQL(
        "encode(substr(sha256({outer} || sha256({inner} || convert_to({column}::text, 'UTF8'))),"
        " 1, {bytes}), 'hex')"
    ).format(
        outer=_padded(requester, OUTER),
        inner=_padded(requester, INNER),
        column=column,
        bytes=sql.Literal(LENGTH // 2),
    )


def _padded(requester: int, pad: int) -> sql.Composable:
    return sql.SQL(
        "(SELECT masking.padded(one.key, {pad}) FROM {keys} AS one WHERE one.department_id = {requester})"
    ).format(pad=sql.Literal(pad), keys=KEYS, requester=sql.Literal(requester))
