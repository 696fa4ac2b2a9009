"""The same number and checksum as `sums`, in the SQL of MySQL and MariaDB."""

from collections.abc import Sequence

from catalog.models import ItemType
from catalog.store.columns import Column
from sharing.values import TEXTS

from .sums import DIGITS


def summed(table: str, columns: Sequence[Column]) -> str:
    return f"SELECT COUNT(*), COALESCE(SUM({_number(columns)}), 0) FROM {quoted(table)}"  # noqa: S608


def hashes(table: str, columns: Sequence[Column]) -> str:
    key = [column for column in columns if column.is_key]
    return (
        f"SELECT {_hash(key)} AS key_hash, {_hash(columns)} FROM {quoted(table)}"  # noqa: S608
        " ORDER BY key_hash"
    )


def by_column(table: str, columns: Sequence[Column]) -> str:
    numbers = ", ".join(f"COALESCE(SUM({_number([one])}), 0)" for one in columns)
    return f"SELECT {numbers} FROM {quoted(table)}"  # noqa: S608 — quoted


def quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


def _number(columns: Sequence[Column]) -> str:
    return f"CAST(CONV(SUBSTR({_hash(columns)}, 1, {DIGITS}), 16, 10) AS UNSIGNED)"


def _hash(columns: Sequence[Column]) -> str:
    parts = [
        f"COALESCE(CONCAT(CHAR_LENGTH({spelt}), ':', {spelt}), '-')"
        for spelt in map(_spelt, columns)
    ]
    return f"MD5(CONCAT({', '.join(parts)}))"


def _spelt(column: Column) -> str:
    name = quoted(column.name)
    if column.kind in TEXTS:
        return f"CONVERT({name} USING utf8mb4)"
    if column.kind in {ItemType.NUMERIC, ItemType.CURRENCY, ItemType.INTEGER}:
        text = f"CONVERT({name}, CHAR)"
        whole = f"TRIM(TRAILING '.' FROM TRIM(TRAILING '0' FROM {text}))"
        return f"(CASE WHEN LOCATE('.', {text}) > 0 THEN {whole} ELSE {text} END)"
    if column.kind == ItemType.DATE:
        return f"DATE_FORMAT({name}, '%Y-%m-%d')"
    if column.kind == ItemType.DATETIME:
        return f"DATE_FORMAT({name}, '%Y-%m-%d %H:%i:%s.%f')"
    if column.kind == ItemType.LOGICAL:
        return f"(CASE WHEN {name} IS NULL THEN NULL WHEN {name} THEN '1' ELSE '0' END)"
    raise ValueError(f"no way to write a value of the kind {column.kind}")
