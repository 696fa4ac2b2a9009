"""Files of entries as tests need them: sound ones, and ones with a single thing wrong."""

import io
from collections.abc import Callable, Sequence
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import Workbook

from catalog.bulk import writing
from catalog.bulk.layout import ENTRIES, ENTRY_COLUMNS, ITEM_COLUMNS, ITEMS
from catalog.bulk.writing import WrittenEntry
from catalog.entry import EntryData, ItemData

ROW = {
    "name": "统计用区划代码",
    "resource_class": "基础信息资源",
    "classification": "03001001",
    "data_format": "数据库",
    "update_frequency": "每年",
    "sharing_attribute": "有条件共享",
    "grade": "L1",
    "is_secret": "否",
    "abstract": "全国省、市、县、乡四级统计用区划代码与名称。",
    "sharing_scope": "负有统计职责的部门",
    "sharing_purpose": "核对地区代码",
    "sharing_modes": "服务接口、文件下载",
}
ITEM = {
    "entry_name": "统计用区划代码",
    "name": "区划代码",
    "column": "code",
    "type": "字符型",
    "length": 12,
    "is_key": "是",
}


def uploaded(content: bytes, name: str = "目录.xlsx") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def written(
    entries: Sequence[tuple[EntryData, Sequence[ItemData]]], codes: Sequence[str] = ()
) -> bytes:
    """The workbook as the portal writes it."""
    out = io.BytesIO()
    writing.workbook(
        (
            WrittenEntry(
                code=codes[place] if codes else "",
                entry=entry,
                items=items,
                provider="",
                provider_code="",
            )
            for place, (entry, items) in enumerate(entries)
        ),
        out,
    )
    return out.getvalue()


def typed(
    entries: Sequence[dict[str, Any]] = (ROW,),
    items: Sequence[dict[str, Any]] = (ITEM,),
    *,
    change: Callable[[Workbook], None] | None = None,
) -> bytes:
    """A workbook as a person types it, with every header of the form."""
    book = Workbook()
    for kind, columns, rows in (
        (ENTRIES, ENTRY_COLUMNS, entries),
        (ITEMS, ITEM_COLUMNS, items),
    ):
        sheet = book.create_sheet(kind)
        sheet.append([column.header for column in columns])
        for row in rows:
            sheet.append([row.get(column.field) for column in columns])
    del book["Sheet"]
    if change is not None:
        change(book)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
