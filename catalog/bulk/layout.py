"""The columns of the sheets: those of the compiling guide of 2017, classification and grade added.

Headers are part of a file format that departments know and keep, so they stand here as they are
written and are not translated; the words of closed sets are those that the pages show.
"""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from django.db.models import TextChoices
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from catalog.models import (
    BasisKind,
    DataFormat,
    Grade,
    IdentifierKind,
    ItemType,
    MaskingRule,
    NationalGrade,
    ResourceClass,
    SharingAttribute,
    SharingMode,
    UpdateFrequency,
)
from portal.common.text import Text

ENTRIES, ITEMS, GUIDE = "资源目录", "信息项", "填写说明"
SHEETS: dict[str, str] = {
    "资源目录": ENTRIES,
    "entries": ENTRIES,
    "信息项": ITEMS,
    "items": ITEMS,
    "填写说明": GUIDE,
    "guide": GUIDE,
}
LANGUAGES = ("zh-hans", "en")


class Kind(StrEnum):
    """How a cell is read. A CODE is text whose zeros and slashes count: never a number."""

    TEXT = "text"
    CODE = "code"
    CHOICE = "choice"
    CHOICES = "choices"
    TEXTS = "texts"
    FLAG = "flag"
    DATE = "date"
    WHOLE = "whole"
    DEPARTMENT = "department"
    TOLD = "told"  # the portal writes it and does not read it back


@dataclass(frozen=True, slots=True)
class Column:
    """One column; `field` is that of EntryData or ItemData, or one that `reading` knows."""

    field: str
    header: str
    kind: Kind = Kind.TEXT
    choices: type[TextChoices] | None = None
    is_required: bool = False
    width: int = 16
    note: Text = ""
    also: tuple[str, ...] = ()


ENTRY_COLUMNS: tuple[Column, ...] = (
    Column(
        "code",
        "信息资源代码",
        Kind.CODE,
        width=20,
        note=_("Given out by the portal. Leave it empty for a new entry; keep it to change one."),
        also=("资源代码",),
    ),
    Column("name", "信息资源名称", is_required=True, width=32, also=("资源名称",)),
    Column("name_en", "英文名称", width=24),
    Column("resource_class", "资源类别", Kind.CHOICE, ResourceClass, is_required=True),
    Column(
        "classification",
        "信息资源分类",
        Kind.CODE,
        is_required=True,
        note=_("Item, heading and sub-heading of the classification, for example 07012001."),
    ),
    Column(
        "provider",
        "信息资源提供方",
        Kind.DEPARTMENT,
        width=24,
        note=_("Your own department; it may stay empty."),
        also=("提供方", "提供部门"),
    ),
    Column("provider_code", "信息资源提供方代码", Kind.TOLD, width=22, also=("提供方代码",)),
    Column("abstract", "信息资源摘要", width=48, also=("摘要",)),
    Column("tags", "标签", Kind.TEXTS, note=_("Several are divided by “、”.")),
    Column(
        "data_format", "信息资源格式", Kind.CHOICE, DataFormat, is_required=True, also=("格式",)
    ),
    Column(
        "update_frequency",
        "更新周期",
        Kind.CHOICE,
        UpdateFrequency,
        is_required=True,
        also=("更新频率",),
    ),
    Column(
        "sharing_attribute",
        "共享类型",
        Kind.CHOICE,
        SharingAttribute,
        is_required=True,
        note=_("Of the items that state none; the entry takes the strictest of its items."),
        also=("共享属性",),
    ),
    Column("sharing_scope", "共享范围", width=32),
    Column("sharing_purpose", "使用用途", width=32),
    Column("sharing_conditions", "共享条件", width=32, also=("其他条件",)),
    Column(
        "sharing_modes",
        "共享方式",
        Kind.CHOICES,
        SharingMode,
        width=24,
        note=_("Several are divided by “、”."),
    ),
    Column("not_shared_reason", "不予共享理由", width=32),
    Column("basis_kind", "依据种类", Kind.CHOICE, BasisKind),
    Column("basis_title", "依据名称", width=28),
    Column("basis_article", "依据条款"),
    Column(
        "is_open",
        "开放属性",
        Kind.FLAG,
        note=_("Whether the entry is open to the public."),
        also=("是否向社会开放",),
    ),
    Column("open_conditions", "开放条件", width=24),
    Column(
        "grade",
        "敏感级别",
        Kind.CHOICE,
        Grade,
        is_required=True,
        note=_("Of the items that state none; the entry takes the highest of its items."),
        also=("数据分级",),
    ),
    Column("national_grade", "国家分级", Kind.CHOICE, NationalGrade),
    Column(
        "is_secret",
        "是否涉密",
        Kind.FLAG,
        is_required=True,
        note=_("Must be 否: secrets stay outside the catalogue (Decree 809, Art. 3)."),
    ),
    Column(
        "source_department_id",
        "数源部门",
        Kind.DEPARTMENT,
        width=24,
        note=_("Name or unified social credit code of the department that collects the data."),
    ),
    Column("source_system", "来源系统", width=20),
    Column("collection_basis", "采集依据", width=28),
    Column(
        "spatial_code", "空间范围", Kind.WHOLE, note=_("The code of an administrative division.")
    ),
    Column("temporal_from", "时间范围起", Kind.DATE),
    Column("temporal_to", "时间范围止", Kind.DATE),
    Column(
        "related_codes",
        "关联资源代码",
        Kind.TEXTS,
        width=24,
        note=_("Resource codes; several are divided by “、”."),
    ),
    Column("contact_name", "联系人"),
    Column("contact_phone", "联系电话", Kind.CODE),
    Column("contact_email", "联系邮箱", width=24),
    Column("published_at", "发布日期", Kind.TOLD, note=_("The portal writes it.")),
    Column("state", "状态", Kind.TOLD, note=_("The portal writes it.")),
)
ITEM_COLUMNS: tuple[Column, ...] = (
    Column(
        "entry_code",
        "信息资源代码",
        Kind.CODE,
        width=20,
        note=_(
            "Of the entry that the item belongs to; a new entry has none, then its name counts."
        ),
        also=("资源代码",),
    ),
    Column("entry_name", "信息资源名称", width=32, also=("资源名称",)),
    Column("name", "信息项名称", is_required=True, width=24, also=("数据项名称",)),
    Column(
        "column",
        "字段名",
        is_required=True,
        width=20,
        note=_("Small letters, digits and underscores only, beginning with a letter."),
        also=("列名", "英文字段名"),
    ),
    Column("type", "数据类型", Kind.CHOICE, ItemType, is_required=True),
    Column("length", "数据长度", Kind.WHOLE, width=10),
    Column("code_list", "代码集", Kind.CODE, width=18),
    Column("data_element", "数据元", Kind.CODE, width=18),
    Column("is_key", "是否主键", Kind.FLAG, width=10),
    Column("is_nullable", "可否为空", Kind.FLAG, width=10, note=_("When empty: 是.")),
    Column("is_personal", "个人信息", Kind.FLAG, width=10),
    Column("is_sensitive", "敏感个人信息", Kind.FLAG, width=14),
    Column("is_minor", "未成年人信息", Kind.FLAG, width=14),
    Column("identifier_kind", "标识类型", Kind.CHOICE, IdentifierKind),
    Column("masking_rule", "脱敏规则", Kind.CHOICE, MaskingRule, width=24),
    Column(
        "sharing_attribute",
        "共享类型",
        Kind.CHOICE,
        SharingAttribute,
        note=_("When empty: that of the entry."),
        also=("共享属性",),
    ),
    Column("grade", "敏感级别", Kind.CHOICE, Grade, note=_("When empty: that of the entry.")),
    Column("description", "说明", width=32),
)
COLUMNS: dict[str, tuple[Column, ...]] = {ENTRIES: ENTRY_COLUMNS, ITEMS: ITEM_COLUMNS}

# Words of the guide and of provinces' own forms beside ours.
OTHER_WORDS: dict[type[TextChoices], Mapping[str, str]] = {
    ResourceClass: {
        "基础信息资源类": "1",
        "主题信息资源类": "2",
        "部门信息资源类": "3",
        "基础": "1",
        "主题": "2",
        "部门": "3",
    },
    SharingAttribute: {
        "1": "unconditional",
        "2": "conditional",
        "3": "not_shared",
        "无条件": "unconditional",
        "有条件": "conditional",
        "不予": "not_shared",
    },
    SharingMode: {"接口": "interface", "库表": "batch", "库表交换": "batch", "文件": "file"},
    UpdateFrequency: {"每天": "2", "半年": "7", "其他": "9", "每季": "5"},
    NationalGrade: {"一般": "general", "重要": "important", "核心": "core"},
}
YES = frozenset({"是", "yes", "y", "true", "1", "√", "有"})
NO = frozenset({"否", "no", "n", "false", "0", "×", "无"})


def normal(text: str) -> str:
    """A header or label as it is compared: widths, case, spaces and a star do not matter."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return "".join(plain.split()).rstrip("*").removesuffix("(必填)")


@lru_cache(maxsize=4)
def headers(sheet: str) -> Mapping[str, Column]:
    """The columns of a sheet by every header that stands for them, English field names included."""
    found = {}
    for column in COLUMNS[sheet]:
        for word in (column.header, column.field, column.field.replace("_", " "), *column.also):
            found[normal(word)] = column
    return found


@lru_cache(maxsize=32)
def words_of(choices: type[TextChoices]) -> Mapping[str, str]:
    """The codes of a closed set by everything that may be written for them."""
    found = {normal(word): code for word, code in OTHER_WORDS.get(choices, {}).items()}
    for language in LANGUAGES:
        with translation.override(language):
            for code, label in choices.choices:
                for word in (label, f"{label}{code}", f"{code}{label}"):
                    found[normal(str(word))] = code
    return found | {normal(code): code for code in choices.values}


@lru_cache(maxsize=32)
def labels_of(choices: type[TextChoices]) -> Mapping[str, str]:
    """The Chinese word for each code, as files carry it."""
    with translation.override(LANGUAGES[0]):
        return {code: str(label) for code, label in choices.choices if code}
