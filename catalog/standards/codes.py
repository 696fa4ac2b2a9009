"""The codes of one version of a list, as they are written down."""

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

from django.utils.translation import gettext as _

from catalog.models import CodeListEntry
from catalog.models.standards import CODE_LENGTH

from . import sheets
from .trees import loops

COLUMNS = (
    sheets.Column("code", frozenset({"code", "代码"}), CODE_LENGTH),
    sheets.Column("name", frozenset({"name", "名称"}), 200),
    sheets.Column(
        "parent_code", frozenset({"parent_code", "上级代码"}), CODE_LENGTH, is_required=False
    ),
    sheets.Column("note", frozenset({"note", "说明"}), 300, is_required=False),
)
SPACE = re.compile(r"\s")


@dataclass(frozen=True, slots=True)
class CodeRow:
    code: str
    name: str
    parent_code: str = ""
    note: str = ""


def read(content: bytes) -> list[CodeRow]:
    """The codes of a CSV file with the headings code, name, parent_code, note."""
    return [CodeRow(**row) for row in sheets.read(content, COLUMNS)]


def check(rows: Sequence[CodeRow]) -> None:
    """Raise Invalid with every fault of the table, by row and column."""
    if not rows:
        sheets.refuse({"file": [_("A code list has at least one code.")]})
    if len(rows) > sheets.MOST_ROWS:
        words = _("A code list has at most %(most)s codes.") % {"most": sheets.MOST_ROWS}
        sheets.refuse({"file": [words]})
    as_told = [asdict(row) for row in rows]
    faults = sheets.texts_faults(as_told, COLUMNS)
    for name, told in (sheets.repeated(as_told, "code") | _tree_faults(rows)).items():
        faults.setdefault(name, told)
    sheets.refuse(faults)


def digest_of(rows: Iterable[CodeRow | CodeListEntry]) -> str:
    """The same for the same codes in the same order, whatever the day."""
    told = hashlib.sha256()
    for row in rows:
        told.update("\x1f".join((row.code, row.name, row.parent_code, row.note)).encode() + b"\x1e")
    return told.hexdigest()


def _tree_faults(rows: Sequence[CodeRow]) -> sheets.Faults:
    numbers: dict[str, int] = {}
    parents: dict[str, str] = {}
    for number, row in enumerate(rows, start=1):
        if row.code:
            numbers.setdefault(row.code, number)
            parents.setdefault(row.code, row.parent_code)
    faults: sheets.Faults = {}
    for number, row in enumerate(rows, start=1):
        if SPACE.search(row.code):
            faults[sheets.place(number, "code")] = [_("A code holds no spaces.")]
        if row.parent_code and row.parent_code not in numbers:
            faults[sheets.place(number, "parent_code")] = [
                _("%(code)s is no code of this table.") % {"code": row.parent_code}
            ]
    for circle in loops(parents):
        faults[sheets.place(numbers[circle[0]], "parent_code")] = [in_a_circle(circle)]
    return faults


def in_a_circle(codes: Sequence[str]) -> str:
    return _("These lie above one another in a circle: %(codes)s.") % {
        "codes": " → ".join([*codes[:8], *(["…"] if len(codes) > 8 else []), codes[0]])
    }
