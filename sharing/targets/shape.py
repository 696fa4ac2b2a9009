"""Whether a table takes an agreement's rows, and what the portal itself has left beside it."""

from collections.abc import Callable, Sequence

from catalog.sources.failures import SourceFailure
from catalog.store.columns import Column

from .target import BOOKS, Found, Mark

MOST_NAMED = 20


def check(
    found: Sequence[Found],
    unique: Sequence[set[str]],
    columns: Sequence[Column],
    *,
    fits: Callable[[Found, Column], bool],
) -> None:
    """Raises SourceFailure with the columns that are missing, do not fit, or want what is not sent."""
    by_name = {one.name: one for one in found}
    missing = [one.name for one in columns if one.name not in by_name]
    if missing:
        raise SourceFailure("target_columns_missing", columns=_told(missing))
    unfit = [
        f"{one.name} ({by_name[one.name].kind})"
        for one in columns
        if not fits(by_name[one.name], one)
    ]
    if unfit:
        raise SourceFailure("target_columns_unfit", columns=_told(unfit))
    sent = {one.name for one in columns}
    wanted = [one.name for one in found if one.name not in sent and not one.is_filled_by_itself]
    if wanted:
        raise SourceFailure("target_columns_wanted", columns=_told(wanted))
    key = {one.name for one in columns if one.is_key}
    if key not in unique:
        raise SourceFailure("target_key_missing", columns=_told(sorted(key)))


def read(mark_of: Callable[[str], Mark], receipt: str) -> Mark:
    """The mark, or SourceFailure when somebody else has written there."""
    try:
        return mark_of(receipt)
    except (ValueError, KeyError, TypeError):
        raise SourceFailure("books_unreadable", books=BOOKS) from None


def _told(names: Sequence[str]) -> str:
    more = len(names) - MOST_NAMED
    return ", ".join(names[:MOST_NAMED]) + (f" … (+{more})" if more > 0 else "")
