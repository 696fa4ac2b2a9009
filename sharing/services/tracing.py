"""From which agreement a file came that turned up somewhere. Every use of it is in the trail.

Two questions are asked of each agreement that ever was active and has the file's columns. Is its mark
in the file (`sharing.marks`)? By that it is named, with the chance that a file of somebody else
bears it. And which of the file's rows would it let out today? Those tell who could have had them, and
name nobody: the same rows may be published elsewhere. Whatever columns the file has, it is named as well by
the word of a canary row that it ever had (`sharing.canary_words`).
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from django.db import connection
from psycopg import sql

from audit.services import record_alone
from catalog.models import ItemType
from catalog.store.columns import Column
from catalog.store.tables import exists, table_name
from portal.organisation.models import User
from sharing import canary_words, marks, outlet
from sharing.leaked import Leaked, pieces, read
from sharing.models import Agreement
from sharing.permissions import may_trace
from sharing.values import TEXTS

NAMED_BELOW = 0.01
MOST_LINES = 2_000
MOST_ROWS = 1_000
# Of these a value has one spelling, in each format and after a spreadsheet.
COMPARED = TEXTS | {ItemType.INTEGER, ItemType.DATE, ItemType.CURRENCY}
FORGED = 2.0**-128


@dataclass(frozen=True, slots=True)
class Clue:
    """What one agreement has in common with the file.

    `seen` places of the file could bear its mark, `met` of them do. `error` is the chance that any of
    the agreements that were asked bears so much of it in a file that is of none of them. `fitting` of
    `asked` rows are such as it lets out today; `asked` is 0 where that cannot be told. `planted` is the
    chance that the word of its canary row is there by accident, 1 where it is not.
    """

    agreement: Agreement
    seen: int
    met: int
    error: float
    fitting: int
    asked: int
    planted: float = 1.0

    @property
    def doubt(self) -> float:
        """The chance of an accident by what names it best."""
        return min(self.error, self.planted)

    @property
    def is_named(self) -> bool:
        return self.doubt <= NAMED_BELOW

    @property
    def could_have_had_it(self) -> bool:
        return 0 < self.asked == self.fitting


@dataclass(frozen=True, slots=True)
class Traced:
    """The surest first; only those that have anything in common with the file."""

    kind: str
    rows: int
    candidates: int
    clues: tuple[Clue, ...]


def trace(*, path: Path, by: User) -> Traced:
    """Raises NotAllowed, and Invalid for a file that cannot be read."""
    may_trace(by).enforce()
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    leaked = read(path)
    found = _traced(leaked, canary_words.met(pieces(path), canary_words.words()))
    record_alone(
        actor=by,
        action="sharing.leak.trace",
        target=None,
        file=path.name,
        sha256=digest,
        kind=found.kind,
        rows=found.rows,
        asked=found.candidates,
        named={clue.agreement.number: clue.doubt for clue in found.clues if clue.is_named},
        planted=[clue.agreement.number for clue in found.clues if clue.planted < 1],
        fitting=[clue.agreement.number for clue in found.clues if clue.could_have_had_it],
    )
    return found


def _traced(leaked: Leaked, planted: dict[Agreement, float]) -> Traced:
    candidates = _candidates(leaked)
    clues = []
    left = dict(planted)
    for agreement, columns in candidates:
        seen, met, chance = _mark(leaked, agreement, columns)
        fitting, asked = _fitting(leaked, agreement, columns)
        error = min(1.0, chance * len(candidates))
        by_word = left.pop(agreement, 1.0)
        if error < 1 or fitting or by_word < 1:
            clues.append(Clue(agreement, seen, met, error, fitting, asked, by_word))
    clues += [Clue(one, 0, 0, 1.0, 0, 0, by_word) for one, by_word in left.items()]
    clues.sort(key=lambda clue: (clue.doubt, -clue.fitting, clue.agreement.number))
    return Traced(leaked.kind, len(leaked.rows), len(candidates), tuple(clues))


def _candidates(leaked: Leaked) -> list[tuple[Agreement, list[Column]]]:
    """Agreements that can have delivered such columns, each with those of the file in its order.

    Where the mark is not in columns, all agreements are asked, those of other items with none: terms
    change, and an export of earlier ones stays what it is.
    """
    found: list[tuple[Agreement, list[Column]]] = []
    for agreement in (
        Agreement.objects.exclude(activated_at=None)
        .select_related("resource", "requester")
        .order_by("pk")
    ):
        columns = outlet.columns_of(agreement)
        if leaked.header is None:
            if len(columns) == len(leaked.quoting):
                found.append((agreement, columns))
            continue
        by_name = {column.name: column for column in columns}
        if set(leaked.header) <= by_name.keys():
            found.append((agreement, [by_name[name] for name in leaked.header]))
        elif leaked.lines or leaked.told:
            found.append((agreement, []))
    return found


def _mark(
    leaked: Leaked, agreement: Agreement, columns: Sequence[Column]
) -> tuple[int, int, float]:
    """How many places could show the mark, how many do, and the chance that as many do by accident."""
    if leaked.told:
        is_its = marks.is_of(agreement, leaked.told)
        return 1, int(is_its), FORGED if is_its else 1.0
    if leaked.lines:
        return _of_lines(leaked, agreement)
    if leaked.quoting:
        return _of_quotes(leaked, agreement, columns)
    return 0, 0, 1.0


def _of_lines(leaked: Leaked, agreement: Agreement) -> tuple[int, int, float]:
    """Each line is a coin of its own. A file without any space was written by somebody else."""
    lines = list(leaked.lines.items())[:MOST_LINES]
    if not any(has_space for _line, has_space in lines) or all(s for _line, s in lines):
        return len(lines), 0, 1.0
    statement = sql.SQL(
        "SELECT count(*) FROM unnest(%s::text[], %s::boolean[]) AS given (line, has_space)"
        " WHERE {} = has_space"
    ).format(marks.has_space(agreement, sql.Identifier("line")))
    with connection.cursor() as cursor:
        cursor.execute(statement, [[one for one, _ in lines], [one for _, one in lines]])
        (met,) = cursor.fetchone()
    return len(lines), met, marks.at_least(met, of=len(lines))


def _of_quotes(
    leaked: Leaked, agreement: Agreement, columns: Sequence[Column]
) -> tuple[int, int, float]:
    """All columns that show it must show it; all in quotes, or none, is how anybody writes a CSV."""
    expected = {column.name for column in marks.quoted(agreement, columns)}
    shown = {
        column.name: one.is_quoted
        for column, one in zip(columns, leaked.quoting, strict=True)
        if one.quoted or one.bare
    }
    texts = {column.name for column in columns if column.kind in TEXTS} & shown.keys()
    if not expected or None in shown.values() or len({shown[name] for name in texts}) < 2:
        return 0, 0, 1.0
    if any(shown[name] for name in shown.keys() - texts):
        return len(texts), 0, 1.0
    met = sum(shown[name] == (name in expected) for name in texts)
    return len(texts), met, 1 / (2 ** len(texts) - 2) if met == len(texts) else 1.0


def _fitting(leaked: Leaked, agreement: Agreement, columns: Sequence[Column]) -> tuple[int, int]:
    """How many of the file's rows the agreement lets out today, by the key and what can be compared."""
    compared = [(place, one) for place, one in enumerate(columns) if one.kind in COMPARED]
    keys = [(place, one) for place, one in compared if one.is_key]
    rows = [list(row) for row in dict.fromkeys(map(tuple, leaked.rows))][:MOST_ROWS]
    with connection.cursor() as cursor:
        if not keys or not rows or not exists(cursor, table_name(agreement.resource_id)):
            return 0, 0
        same = sql.SQL(" AND ").join(
            sql.SQL("coalesce(v.{}::text, '') = coalesce(given.cells ->> {}, '')").format(
                column.identifier, sql.Literal(place)
            )
            for place, column in (*keys, *(one for one in compared if one not in keys))
        )
        cursor.execute(
            sql.SQL(
                "SELECT count(*) FROM json_array_elements(%s::json) AS given (cells)"
                " WHERE EXISTS (SELECT FROM ({rows}) AS v WHERE {same})"
            ).format(rows=outlet.rows_of(agreement).query(), same=same),
            [json.dumps(rows)],
        )
        (fitting,) = cursor.fetchone()
    return fitting, len(rows)
