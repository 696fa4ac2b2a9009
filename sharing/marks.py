"""What tells exports of different agreements apart though they say the same: no value is touched.

Each agreement has a secret of its own, `Agreement.mark`, from which follows

* in CSV, which columns of text have their values in quotes, be it needed or not. PostgreSQL's COPY
  does that at no cost, and every line shows it. Never all and never none of them: that is what
  programs write which know nothing of this;
* in JSON Lines, after which rows there is a space. The line itself decides, by a keyed hash, so each
  line shows one bit by itself, wherever it was cut out;
* in Parquet and Arrow, which have no such choice for a row, a signed number among the metadata.

The same rows are the same bytes under one agreement. Why so: docs/adr/0050-marks-in-exports.md.
"""

import hashlib
import hmac
from collections.abc import Iterable
from math import comb, exp

from psycopg import sql

from catalog.store.columns import Column
from sharing.models import Agreement
from sharing.values import TEXTS

FEWEST = 3  # columns of text: of two, one is quoted, and half of all others would be taken for it
METADATA = b"govshare.agreement"


def quoted(agreement: Agreement, columns: Iterable[Column]) -> list[Column]:
    """The columns of a CSV whose values are in quotes, whatever they are; NULL never is."""
    texts = [column for column in columns if column.kind in TEXTS]
    if len(texts) < FEWEST:
        return []
    chosen = [column for column in texts if is_quoted(agreement, column.name)]
    if len(chosen) in {0, len(texts)}:
        # One of them the other way round, whichever the secret says.
        turned = min(texts, key=lambda column: _digest(agreement, "turn", column.name))
        chosen = [turned] if not chosen else [one for one in texts if one is not turned]
    return chosen


def is_quoted(agreement: Agreement, column: str) -> bool:
    return bool(_digest(agreement, "quote", column)[0] & 1)


def spaced(agreement: Agreement, line: sql.Composable) -> sql.Composed:
    """The line of JSON with or without a space behind it."""
    return sql.SQL("{line} || CASE WHEN {bit} THEN ' ' ELSE '' END").format(
        line=line, bit=has_space(agreement, line)
    )


def has_space(agreement: Agreement, line: sql.Composable) -> sql.Composed:
    """Whether a space is behind this line, as a condition: by PostgreSQL's own hash with a seed."""
    seed = int.from_bytes(_digest(agreement, "line")[:8], signed=True)
    return sql.SQL("((hashtextextended({}, {}) & 1) = 1)").format(line, sql.Literal(seed))


def metadata(agreement: Agreement) -> dict[bytes, bytes]:
    """The agreement's number, and what nobody can write who has not its secret."""
    return {METADATA: f"{agreement.number} {_sign(agreement)}".encode()}


def is_of(agreement: Agreement, told: bytes) -> bool:
    return hmac.compare_digest(told, metadata(agreement)[METADATA])


def token(agreement: Agreement, *, of: str, length: int) -> str:
    """A word of the agreement's own, made of the letters `of`, for the row that is not true."""
    number = int.from_bytes(_digest(agreement, "row"))
    return "".join(of[number // len(of) ** place % len(of)] for place in range(length))


def at_least(met: int, *, of: int) -> float:
    """The chance of so many heads, or more, in so many throws of a coin."""
    if of > 1_000:
        # Hoeffding's bound, which is never too small.
        beyond = met - of / 2
        return 1.0 if beyond <= 0 else exp(-2 * beyond * beyond / of)
    ways: int = sum(comb(of, heads) for heads in range(met, of + 1))
    return float(ways / 2**of)


def _sign(agreement: Agreement) -> str:
    return _digest(agreement, "file").hex()


def _digest(agreement: Agreement, *of: str) -> bytes:
    return hmac.digest(agreement.mark.bytes, "\0".join(of).encode(), hashlib.sha256)
