"""Which column of the source fills which data item; and whether the source still is as accepted."""

from collections.abc import Iterable, Mapping, Sequence

from catalog.store.columns import Column
from catalog.store.tables import StoreTable

from .casting import fits
from .connector import Selected, SourceColumn
from .failures import SourceFailure


def propose(table: StoreTable, columns: Sequence[SourceColumn]) -> dict[str, str]:
    """For each item the column of the same name, else the one whose comment is the item's name.

    A proposal for the steward to accept; a column that cannot fill the item is not proposed.
    """
    by_name = {column.name.lower(): column for column in columns}
    by_comment = {column.comment.strip(): column for column in columns if column.comment.strip()}
    found = {}
    for target in table.columns:
        column = by_name.get(target.name) or by_comment.get(target.label)
        if column is not None and fits(column, target):
            found[target.name] = column.name
    return found


def select(
    table: StoreTable,
    mapping: Mapping[str, str],
    columns: Sequence[SourceColumn],
    accepted_types: Mapping[str, str] | None = None,
) -> list[Selected]:
    """The columns to read, in the table's order. Raises SourceFailure for the first thing amiss.

    `accepted_types` are the types that the columns had when the job was set up; None accepts those
    of now, and wants a column for every item. A job that is set up already leaves an item empty
    that may be and has no column: the entry has got it since.
    """
    is_set_up = accepted_types is not None
    targets = [
        target
        for target in table.columns
        if mapping.get(target.name) or target.is_required or not is_set_up
    ]
    unmapped = [target for target in targets if not mapping.get(target.name)]
    if unmapped:
        raise SourceFailure("item_unmapped", items=_listed(_label(one) for one in unmapped))
    found = {column.name: column for column in columns}
    wanted = [mapping[target.name] for target in targets]
    missing = [name for name in wanted if name not in found]
    if missing:
        raise SourceFailure("column_missing", columns=_listed(missing))
    if accepted_types is not None:
        changed = [
            f"{name} ({accepted_types[name]} → {found[name].type})"
            for name in wanted
            if name in accepted_types and accepted_types[name] != found[name].type
        ]
        if changed:
            raise SourceFailure("column_changed", columns=_listed(changed))
    selected = [Selected(found[mapping[target.name]], target) for target in targets]
    unfit = [one for one in selected if not fits(one.column, one.target)]
    if unfit:
        listed = (f"{one.column.name} ({one.column.type}) → {_label(one.target)}" for one in unfit)
        raise SourceFailure("column_unfit", columns=_listed(listed))
    return selected


def _label(target: Column) -> str:
    return target.label or target.name


def _listed(names: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(names))
