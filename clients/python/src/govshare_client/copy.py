"""A copy of an agreement's rows in SQLite that follows the changes, each exactly once."""

import json
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from .agreement import Agreement
from .errors import BrokenExportError, CursorExpiredError
from .shapes import Row

STATE = (
    "CREATE TABLE IF NOT EXISTS govshare_state"
    " (number TEXT PRIMARY KEY, cursor TEXT NOT NULL, columns TEXT NOT NULL, key TEXT NOT NULL)"
)


@dataclass(frozen=True, slots=True)
class Applied:
    """What one update did; `is_anew` when all rows were taken instead of changes."""

    rows: int
    changes: int
    is_anew: bool


class LocalCopy:
    """Rows of agreements in one SQLite file, a table an agreement, named after its number.

    Cursor and rows change in one transaction, so that a crash at any point loses and doubles nothing.
    Values are kept as JSON gives them: amounts as exact text, days and moments as text.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)

    def update(
        self,
        agreement: Agreement,
        *,
        wait: int = 0,
        told: Callable[[Applied], None] = lambda applied: None,
    ) -> Applied:
        """Bring the copy up to date: by changes, or by all rows where it has none or they lead nowhere."""
        with self._opened() as database:
            try:
                applied = _follow(database, agreement, wait=wait)
            except CursorExpiredError:
                applied = None
            if applied is None:
                applied = _load(database, agreement)
        told(applied)
        return applied

    def rows(self, number: str) -> Iterator[Row]:
        with self._opened() as database:
            held = _state(database, number)
            if held is None:
                return
            order = ", ".join(_name(column) for column in held.key)
            found = database.execute(f"SELECT * FROM {_name(table_of(number))} ORDER BY {order}")
            for values in found:
                yield dict(zip(held.columns, values, strict=True))

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self.path, isolation_level=None, timeout=60)) as database:
            database.execute(STATE)
            yield database


@dataclass(frozen=True, slots=True)
class _Held:
    cursor: str
    columns: Sequence[str]
    key: Sequence[str]


def table_of(number: str) -> str:
    return number.replace("-", "_")


def _load(database: sqlite3.Connection, agreement: Agreement) -> Applied:
    key, agreed = agreement.key(), agreement.terms().items
    columns = [*key, *(name for name in agreed if name not in key)]
    # The portal keeps a log of changes from here on, so that the export can say where it stands.
    agreement.cursor_of_now()
    with TemporaryDirectory(prefix="govshare-") as place:
        path = Path(place) / "rows.jsonl"
        exported = agreement.export(path, format="jsonl", fields=columns)
        if exported.changes_cursor is None:
            raise BrokenExportError(f"{agreement.number}: the export does not say where it stands")
        table = _name(table_of(agreement.number))
        with path.open(encoding="utf-8") as lines, _transaction(database):
            database.execute(f"DROP TABLE IF EXISTS {table}")
            names = ", ".join(map(_name, columns))
            keys = ", ".join(map(_name, key))
            database.execute(f"CREATE TABLE {table} ({names}, PRIMARY KEY ({keys})) WITHOUT ROWID")
            rows = (json.loads(line, parse_float=Decimal) for line in lines)
            _put(database, table, columns, rows)
            _keep(database, agreement.number, exported.changes_cursor, columns, key)
    return Applied(rows=exported.rows, changes=0, is_anew=True)


def _follow(database: sqlite3.Connection, agreement: Agreement, *, wait: int) -> Applied | None:
    """None when there is nothing to follow from."""
    table, changed = _name(table_of(agreement.number)), 0
    while True:
        held = _state(database, agreement.number)
        if held is None:
            return None
        answer = agreement.changes_since(held.cursor, wait=wait)
        with _transaction(database):
            now = _state(database, agreement.number)
            if now is None or now.cursor != held.cursor:
                # Another process was quicker: go on from where it is.
                continue
            for change in answer["changes"]:
                _apply(database, table, held, change)
            _keep(database, agreement.number, answer["next"], held.columns, held.key)
        changed += answer["count"]
        if not answer["more"]:
            rows = database.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
            return Applied(rows=rows, changes=changed, is_anew=False)


def _apply(database: sqlite3.Connection, table: str, held: _Held, change: dict[str, Any]) -> None:
    if change["kind"] == "delete":
        where = " AND ".join(f"{_name(column)} = ?" for column in held.key)
        values = [_kept(change["row"][column]) for column in held.key]
        database.execute(f"DELETE FROM {table} WHERE {where}", values)
    else:
        _put(database, table, held.columns, iter([change["row"]]))


def _put(
    database: sqlite3.Connection, table: str, columns: Sequence[str], rows: Iterator[Row]
) -> None:
    marks = ", ".join("?" * len(columns))
    values = ([_kept(row[column]) for column in columns] for row in rows)
    database.executemany(f"INSERT OR REPLACE INTO {table} VALUES ({marks})", values)


def _state(database: sqlite3.Connection, number: str) -> _Held | None:
    found = database.execute(
        "SELECT cursor, columns, key FROM govshare_state WHERE number = ?", [number]
    ).fetchone()
    return None if found is None else _Held(found[0], json.loads(found[1]), json.loads(found[2]))


def _keep(
    database: sqlite3.Connection,
    number: str,
    cursor: str,
    columns: Sequence[str],
    key: Sequence[str],
) -> None:
    database.execute(
        "INSERT OR REPLACE INTO govshare_state VALUES (?, ?, ?, ?)",
        [number, cursor, json.dumps(columns), json.dumps(key)],
    )


@contextmanager
def _transaction(database: sqlite3.Connection) -> Iterator[None]:
    database.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        database.execute("ROLLBACK")
        raise
    database.execute("COMMIT")


def _kept(value: Any) -> Any:
    if isinstance(value, Decimal):
        return str(value)
    return value


def _name(name: str) -> str:
    quoted = name.replace('"', '""')
    return f'"{quoted}"'
