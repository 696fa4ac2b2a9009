"""What makes a sound classification tree, and which of its nodes an entry may state."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from catalog.models import Classification, ClassificationLevel, Resource, ResourceClass
from portal.common.worded import Worded
from portal.common.worded import gettext as _

from . import sheets
from .codes import in_a_circle
from .trees import loops

COLUMNS = (
    sheets.Column("resource_class", frozenset({"class", "resource_class", "类"}), 1),
    sheets.Column("code", frozenset({"code", "代码"}), 20),
    sheets.Column("name", frozenset({"name", "名称"}), 100),
    sheets.Column("name_en", frozenset({"name_en", "英文名称"}), 200, is_required=False),
    sheets.Column("parent_code", frozenset({"parent_code", "上级代码"}), 20, is_required=False),
    sheets.Column("note", frozenset({"note", "说明"}), 300, is_required=False),
)
ITEM_DIGITS = 2
HEADING_DIGITS = 5

# (class, code) of a node
Key = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeRow:
    """A node as it is written down. Without `parent_code` it lies under the longest code it begins with."""

    resource_class: str
    code: str
    name: str
    name_en: str = ""
    parent_code: str = ""
    note: str = ""

    @property
    def key(self) -> Key:
        return self.resource_class, self.code


def read(content: bytes) -> list[NodeRow]:
    """The nodes of a CSV file with the headings class, code, name, name_en, parent_code, note."""
    return [NodeRow(**row) for row in sheets.read(content, COLUMNS)]


def level_of(code: str) -> ClassificationLevel | None:
    """None for what is no code of the guide: 2 digits, 5, or more."""
    if not (code.isascii() and code.isdecimal()):
        return None
    if len(code) == ITEM_DIGITS:
        return ClassificationLevel.ITEM
    if len(code) == HEADING_DIGITS:
        return ClassificationLevel.HEADING
    return ClassificationLevel.SUBHEADING if len(code) > HEADING_DIGITS else None


def check(rows: Sequence[NodeRow], known: Mapping[Key, str]) -> dict[Key, str]:
    """The code above each row's node; raises Invalid with every fault by row and column.

    `known` are the nodes of the tree so far, each with the code above it.
    """
    as_told = [asdict(row) for row in rows]
    faults = sheets.texts_faults(as_told, COLUMNS)
    faults |= sheets.repeated(as_told, "resource_class", "code")
    parents = dict(known)
    for row in rows:
        parents.setdefault(row.key, "")
    for row in rows:
        parents[row.key] = row.parent_code or _above(row, parents)
    numbers = {row.key: number for number, row in reversed(list(enumerate(rows, start=1)))}
    for resource_class in ResourceClass.values:
        of_class = {code: above for (one, code), above in parents.items() if one == resource_class}
        for circle in loops(of_class):
            number = next(
                numbers[resource_class, code]
                for code in circle
                if (resource_class, code) in numbers
            )
            faults.setdefault(sheets.place(number, "parent_code"), [in_a_circle(circle)])
    for number, row in enumerate(rows, start=1):
        for name, words in _faults_of(row, parents):
            faults.setdefault(sheets.place(number, name), [words])
    sheets.refuse(faults)
    return {row.key: parents[row.key] for row in rows}


def fault_of_entry(resource: Resource) -> dict[str, list[Worded]]:
    """What is wrong with an entry's classification: it must be a node, once its class has any.

    A retired node takes no more entries; an entry that was there before may stay.
    """
    code, of_class = resource.classification, resource.resource_class
    nodes = Classification.objects.filter(resource_class=of_class)
    node = nodes.filter(code=code).only("retired_at").first()
    if node is not None and node.retired_at is None:
        return {}
    if node is not None:
        stays = Resource.objects.filter(
            pk=resource.pk, resource_class=of_class, classification=code
        ).exists()
        words = _("%(code)s has been retired: choose another node of the classification.")
        return {} if stays else {"classification": [words % {"code": code}]}
    if not nodes.exists():
        return {}
    words = _("%(code)s is no node of the classification of this resource class.")
    return {"classification": [words % {"code": code}]}


def _above(row: NodeRow, parents: Mapping[Key, str]) -> str:
    for length in range(len(row.code) - 1, ITEM_DIGITS - 1, -1):
        if (row.resource_class, row.code[:length]) in parents:
            return row.code[:length]
    return ""


def _faults_of(row: NodeRow, parents: Mapping[Key, str]) -> list[tuple[str, str]]:
    if row.resource_class and row.resource_class not in ResourceClass.values:
        return [("resource_class", _("The class is 1 basic, 2 theme or 3 department."))]
    level = level_of(row.code)
    if level is None:
        words = _("Digits only: two for the item, three for the heading, then the sub-heading.")
        return [("code", words)]
    above = parents[row.key]
    if level == ClassificationLevel.ITEM:
        return [("parent_code", _("An item lies under its class alone."))] if above else []
    if (row.resource_class, above) not in parents:
        missing = above or row.code[:ITEM_DIGITS]
        words = _("There is no node %(code)s above it: add that one first.") % {"code": missing}
        return [("parent_code", words)]
    if not row.code.startswith(above) or (
        level_of(above) == ClassificationLevel.ITEM and level != ClassificationLevel.HEADING
    ):
        words = _(
            "The code must begin with that of the node above: a heading lies under its item,"
            " a sub-heading under its heading or another sub-heading."
        )
        return [("parent_code", words)]
    return []
