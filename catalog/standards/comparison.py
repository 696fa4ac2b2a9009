"""What became of the codes of a list from one version to another."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from catalog.models import CodeListEntry

from .codes import CodeRow

Row = CodeRow | CodeListEntry


@dataclass(frozen=True, slots=True)
class Change:
    """A code that both versions have, with what it was and what it is."""

    before: Row
    after: Row

    @property
    def is_renamed(self) -> bool:
        return self.before.name != self.after.name

    @property
    def is_moved(self) -> bool:
        return self.before.parent_code != self.after.parent_code


@dataclass(frozen=True, slots=True)
class Comparison:
    """`changed`: renamed, laid under another code, or with another note."""

    added: Sequence[Row]
    removed: Sequence[Row]
    changed: Sequence[Change]
    kept: int

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed)


def compare(before: Iterable[Row], after: Iterable[Row]) -> Comparison:
    """By code; each in the order of the version that has it."""
    old = {row.code: row for row in before}
    new = {row.code: row for row in after}
    both = [Change(old[code], row) for code, row in new.items() if code in old]
    changed = [
        one for one in both if one.is_renamed or one.is_moved or one.before.note != one.after.note
    ]
    return Comparison(
        added=[row for code, row in new.items() if code not in old],
        removed=[row for code, row in old.items() if code not in new],
        changed=changed,
        kept=len(both) - len(changed),
    )
