"""Data items proposed from what a source calls and holds: for a steward to accept one by one.

Types come from the source where it has them, else from its first rows; what is about people is told
by names of columns and by the first rows. Nothing is decided here, and no value of a row is kept.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from django.utils import timezone
from django.utils.translation import gettext as _

from catalog import masking
from catalog.models import IdentifierKind, ItemType, MaskingRule, Source
from catalog.search import pinyin
from portal.common.check_digits import is_resident_id, is_uscc

from .connector import Connector, SourceColumn, connect
from .failures import SourceFailure
from .files.inference import Inferred, infer
from .files.reader import Sampled

LONGEST_NAME = 100
LONGEST_COLUMN = 60
# Of the values in the first rows, so many must be of a kind for the column to be taken for it.
MOST_OF = 0.8
FEWEST_VALUES = 3
# Room for a number of a person that a database keeps as a number, without a value seen.
DIGITS = 20
# A character column of a database, with its length: varchar(20), character varying(20).
LENGTH = re.compile(r"char[a-z ]*\((\d{1,8})\)")
TYPES = {
    "bool": ItemType.LOGICAL,
    "date": ItemType.DATE,
    "timestamp": ItemType.DATETIME,
    "timestamptz": ItemType.DATETIME,
    "int2": ItemType.INTEGER,
    "int4": ItemType.INTEGER,
    "int8": ItemType.INTEGER,
    "numeric": ItemType.NUMERIC,
    "float4": ItemType.DOUBLE,
    "float8": ItemType.DOUBLE,
}


@dataclass(frozen=True, slots=True)
class ProposedItem:
    """`source` is the column at the source; `reasons` say why a flag or a type is proposed."""

    source: str
    source_type: str
    name: str
    column: str
    type: str
    length: int | None
    is_key: bool
    is_nullable: bool
    is_personal: bool = False
    is_sensitive: bool = False
    identifier_kind: str = ""
    masking_rule: str = ""
    reasons: tuple[str, ...] = ()

    @property
    def type_label(self) -> str:
        return str(ItemType(self.type).label)

    @property
    def identifier_label(self) -> str:
        return str(IdentifierKind(self.identifier_kind).label) if self.identifier_kind else ""


@dataclass(frozen=True, slots=True)
class Telling:
    """How a kind of personal information shows: in names of columns, or in values."""

    identifier: IdentifierKind
    mask: MaskingRule
    names: re.Pattern[str]
    holds: Callable[[str], bool] | None = None
    is_personal: bool = True
    is_sensitive: bool = False
    length: int | None = None
    """Where a standard says it."""


def _is_id(text: str) -> bool:
    return is_resident_id(text.upper(), today=timezone.localdate())


TELLINGS = (
    Telling(
        IdentifierKind.RESIDENT_ID,
        MaskingRule.RESIDENT_ID,
        re.compile(r"身份证|公民身份号码|证件号|sfz|id_?card|identity"),
        _is_id,
        is_sensitive=True,
        length=18,
    ),
    Telling(
        IdentifierKind.CREDIT_CODE,
        MaskingRule.NONE,
        re.compile(r"统一社会信用代码|信用代码|uscc|credit_?code"),
        is_uscc,
        is_personal=False,
        length=18,
    ),
    Telling(
        IdentifierKind.PHONE,
        MaskingRule.PHONE,
        re.compile(r"手机|电话|联系方式|phone|mobile|(^|_)tel($|_)"),
        lambda text: masking.MOBILE.fullmatch(text) is not None,
    ),
    Telling(
        IdentifierKind.EMAIL,
        MaskingRule.EMAIL,
        re.compile(r"邮箱|e_?mail"),
        lambda text: masking.EMAIL.fullmatch(text) is not None,
    ),
    Telling(
        IdentifierKind.BANK_CARD,
        MaskingRule.BANK_CARD,
        re.compile(r"银行卡|银行账号|bank_?(card|account)"),
        is_sensitive=True,
    ),
    Telling(
        IdentifierKind.PERSON_NAME,
        MaskingRule.PERSON_NAME,
        re.compile(r"姓名|联系人|法定代表人|负责人|person_?name|full_?name"),
    ),
    Telling(
        IdentifierKind.ADDRESS,
        MaskingRule.ADDRESS,
        re.compile(r"住址|地址|住所|address"),
    ),
)


def items_from(source: Source, relation: str) -> list[ProposedItem]:
    """An item for each column that can be read, asked live. Raises SourceFailure."""
    with connect(source, looks=True) as connector:
        columns = connector.columns(relation)
        sample = _sample(connector, relation)
    if not columns:
        raise SourceFailure("file_empty")
    return propose(columns, sample)


def propose(columns: Sequence[SourceColumn], sample: Sampled) -> list[ProposedItem]:
    """`sample` is empty for a source whose columns have types; then only their names are looked at."""
    taken: set[str] = set()
    found = []
    for place, column in enumerate(columns, 1):
        values = [row.get(column.name) for row in sample]
        item = _proposed(column, values, _free(_column_name(column.name, place), taken))
        found.append(item)
    if not any(item.is_key for item in found):
        found = _with_key(found, sample)
    return found


def _sample(connector: Connector, relation: str) -> Sampled:
    sampling: Callable[[str], Sampled] | None = getattr(connector, "sample", None)
    return sampling(relation) if sampling else []


def _proposed(column: SourceColumn, values: list[str | None], name: str) -> ProposedItem:
    told = column.comment.strip() or column.name
    item = ProposedItem(
        source=column.name,
        source_type=column.type,
        name=" ".join(told.split())[:LONGEST_NAME],
        column=name,
        type=TYPES.get(column.family, ItemType.CHARACTER),
        length=None,
        is_key=column.is_key,
        is_nullable=not column.is_key,
    )
    if values and column.family == "text":
        inferred = infer(values)
        item = replace(
            item,
            type=inferred.type,
            length=inferred.length,
            reasons=_shown(inferred),
        )
    elif item.type == ItemType.CHARACTER:
        length = LENGTH.search(column.type)
        item = replace(item, length=int(length[1]) if length else None)
        if length is None:
            item = replace(item, type=ItemType.MEMO)
    return _about_people(item, column, [value for value in values if value])


def _shown(inferred: Inferred) -> tuple[str, ...]:
    """What the first rows say, and how much room was left beside it."""
    type_ = _("type as the first rows show it")
    if inferred.length is None:
        return (type_,)
    if not inferred.longest:
        return (_("empty in the first rows: type and length are a guess"),)
    if inferred.length == inferred.longest:
        return (type_, _("length of every code in the first rows"))
    room = _("the longest of the first rows has %(longest)s characters: room left for longer ones")
    return (type_, room % {"longest": inferred.longest})


def _about_people(item: ProposedItem, column: SourceColumn, values: list[str]) -> ProposedItem:
    names = f"{column.name} {column.comment}".lower()
    for telling in TELLINGS:
        by_values = telling.holds is not None and _mostly(telling.holds, values)
        by_name = telling.names.search(names) is not None
        if not by_values and not by_name:
            continue
        why = _("by its values") if by_values else _("by its name")
        reason = _("%(kind)s %(why)s") % {"kind": telling.identifier.label, "why": why}
        is_number = item.type in {ItemType.INTEGER, ItemType.NUMERIC}
        return replace(
            item,
            # Numbers of people and companies are no numbers to calculate with.
            type=ItemType.CHARACTER if is_number else item.type,
            length=_length(item, telling, values),
            is_personal=telling.is_personal,
            is_sensitive=telling.is_sensitive,
            identifier_kind=telling.identifier,
            masking_rule=telling.mask,
            reasons=(*item.reasons, reason),
        )
    return item


def _length(item: ProposedItem, telling: Telling, values: list[str]) -> int | None:
    """What the standard says where the values keep to it; else what was proposed before."""
    if values and telling.length and all(len(value) <= telling.length for value in values):
        return telling.length if item.type != ItemType.MEMO else None
    if item.type in {ItemType.INTEGER, ItemType.NUMERIC}:
        return infer([f"x{value}" for value in values]).length if values else DIGITS
    return item.length


def _mostly(holds: Callable[[str], bool], values: list[str]) -> bool:
    if len(values) < FEWEST_VALUES:
        return False
    return sum(map(holds, values)) >= MOST_OF * len(values)


def _with_key(items: list[ProposedItem], sample: Sampled) -> list[ProposedItem]:
    """The first column whose values in the sample are all there and all different."""
    for place, item in enumerate(items):
        values = [row.get(item.source) for row in sample]
        is_fitting = item.type in {ItemType.CHARACTER, ItemType.INTEGER}
        if values and is_fitting and infer(values).is_unique:
            reason = _("key: in the first rows every value is there, and once")
            key = replace(item, is_key=True, is_nullable=False, reasons=(*item.reasons, reason))
            return [*items[:place], key, *items[place + 1 :]]
    return items


def _column_name(name: str, place: int) -> str:
    """A name of small letters, digits and underscores: Chinese by its pinyin."""
    spelt = name.lower() if name.isascii() else pinyin.full(name)
    plain = re.sub(r"[^a-z0-9]+", "_", spelt.lower()).strip("_")[:LONGEST_COLUMN]
    if not plain:
        return f"column_{place}"
    return plain if plain[0].isalpha() else f"c_{plain}"[:LONGEST_COLUMN]


def _free(name: str, taken: set[str]) -> str:
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name[: LONGEST_COLUMN - 4]}_{number}"
    taken.add(free)
    return free
