"""Whether the target holds what was sent: number and checksum, and where they differ, what differs."""

from collections.abc import Iterator, Sequence

import psycopg
import structlog
from psycopg import sql

from catalog.store.columns import Column
from sharing import outlet
from sharing.models import Agreement
from sharing.targets import sums
from sharing.targets.target import Target

from .reader import Reader

logger = structlog.get_logger(__name__)
Pair = tuple[str, str]


def differences(
    reader: Reader, agreement: Agreement, target: Target, columns: Sequence[Column]
) -> dict[str, object]:
    """Rows that are missing, too many, or other; of the latter the columns, where none is missing.

    In the reader's own snapshot, which must be that of the rows sent. Empty when the agreement has
    ended meanwhile: then nothing more is read. Raises SourceFailure.
    """
    view = sql.Identifier(outlet.SCHEMA, agreement.view_name)
    try:
        with reader.cursor("hashes") as ours:
            ours.execute(sums.hashes(view, columns))
            missing, extra, other = _compared(iter(ours), target.hashes(columns))
        told: dict[str, object] = {"missing": missing, "extra": extra, "other": other}
        if other and not missing and not extra:
            found = reader.execute(sums.by_column(view, columns)).fetchone()
            here = [str(one) for one in (found[0] if found else [])]
            pairs = zip(columns, here, target.by_column(columns), strict=True)
            told["columns"] = [column.name for column, one, there in pairs if one != there]
    except psycopg.Error as lost:
        logger.warning("differences_unknown", agreement=agreement.number, error=str(lost))
        return {}
    return told


def _compared(ours: Iterator[Pair], theirs: Iterator[Pair]) -> tuple[int, int, int]:
    """Both in the order of the first hash: how many theirs lack, have too many, have otherwise."""
    missing = extra = other = 0
    one, there = next(ours, None), next(theirs, None)
    while one is not None or there is not None:
        if there is None or (one is not None and one[0] < there[0]):
            missing, one = missing + 1, next(ours, None)
        elif one is None or there[0] < one[0]:
            extra, there = extra + 1, next(theirs, None)
        else:
            other += one[1] != there[1]
            one, there = next(ours, None), next(theirs, None)
    return missing, extra, other
