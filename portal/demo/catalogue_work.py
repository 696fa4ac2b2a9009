"""Work on the catalogue that leaves traces in the demonstration: files brought in, searches kept."""

import io
from datetime import timedelta

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import F

from catalog.bulk import writing
from catalog.bulk.writing import WrittenEntry
from catalog.entry import EntryData, ItemData
from catalog.models import BulkImport, SavedSearch, SharingAttribute, SharingMode
from catalog.selectors import saved_searches as selectors
from catalog.services import bulk, saved_searches
from portal.demo.people import Cast
from portal.organisation.models import DutyKind

# Whose search, under which name, for what.
SEARCHES = (
    ("civil", DutyKind.STEWARD, "养老相关数据", "养老"),
    ("education", DutyKind.STAFF, "户籍人口", "户籍"),
    ("bigdata", DutyKind.COMPETENT_OFFICER, "企业登记类", "企业登记"),
)
# They were last seen before most of the province's entries were published.
UNSEEN = timedelta(days=3)
SOUND = ("社会救助定点机构名录", "殡葬服务机构名录", "区划地名信息")
BROKEN = "地名标志信息"


def is_loaded() -> bool:
    return BulkImport.objects.filter(by__is_demo=True).count() > 1


def load(cast: Cast) -> None:
    """A file that was applied, one whose problems wait to be mended, and saved searches.

    In several transactions, as files are; what an earlier load has done is left as it is.
    """
    for department, duty, name, words in SEARCHES:
        who = cast.holder(department, duty)
        if not SavedSearch.objects.filter(user=who, name=name).exists():
            kept = saved_searches.save(name=name, q=words, chosen={}, by=who)
            SavedSearch.objects.filter(pk=kept.pk).update(seen_at=F("seen_at") - UNSEEN)
            saved_searches.note_new_hits(user=who, counted=selectors.counted_for(who))
    steward = cast.holder("civil", DutyKind.STEWARD)
    mine = BulkImport.objects.filter(by=steward)
    if not mine.exists():
        entries = [_entry(name, "02006001") for name in SOUND]
        found = bulk.receive(file=_workbook("民政目录补充.xlsx", entries), by=steward)
        bulk.apply(bulk_import=found, by=steward)
    if mine.count() == 1:
        entries = [_entry(BROKEN, "02006001"), _entry(BROKEN, "not a code")]
        bulk.receive(file=_workbook("地名目录.xlsx", entries), by=steward)


def _workbook(name: str, entries: list[EntryData]) -> SimpleUploadedFile:
    out = io.BytesIO()
    items = [
        ItemData(name="编号", column="number", type="C", length=20, is_key=True),
        ItemData(name="名称", column="name", type="C", length=100),
    ]
    writing.workbook(
        (
            WrittenEntry(code="", entry=entry, items=items, provider="", provider_code="")
            for entry in entries
        ),
        out,
    )
    return SimpleUploadedFile(name, out.getvalue())


def _entry(name: str, classification: str) -> EntryData:
    return EntryData(
        name=name,
        abstract=f"{name}，由民政部门登记形成（演示）。",
        resource_class="2",
        classification=classification,
        data_format="3",
        update_frequency="4",
        sharing_attribute=SharingAttribute.UNCONDITIONAL,
        sharing_modes=(SharingMode.FILE,),
        grade="L1",
        tags=("民政",),
    )
