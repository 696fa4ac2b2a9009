"""A department's whole catalogue in one workbook: checked and applied, beside the bare reading of it."""

import io
import os
import time
from dataclasses import dataclass, field

from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import load_workbook

from catalog.bulk import writing
from catalog.bulk.writing import WrittenEntry
from catalog.entry import EntryData, ItemData
from catalog.models import BulkImport, ImportState, SharingAttribute, SharingMode
from catalog.services import bulk
from portal.common.check_digits import uscc_check_character
from portal.organisation.models import Department, Duty, DutyKind, Region, RegionLevel, User

from .framework import Contender, Pair, Stage, benchmark

ENTRIES = int(os.environ.get("BENCH_IMPORT_ROWS", "40000"))
ITEMS = (
    ItemData(name="登记编号", column="number", type="C", length=20, is_key=True),
    ItemData(name="登记日期", column="registered_on", type="D"),
    ItemData(name="登记状态", column="state", type="C", length=10),
)


@dataclass
class Importing:
    """The workbook and what each part of bringing it in took, of the rounds so far."""

    content: bytes
    region: Region
    steward: User | None = None
    departments: int = 0
    checked: list[float] = field(default_factory=list)
    applied: list[float] = field(default_factory=list)

    def another_department(self) -> None:
        """Each round writes new entries, and the names of a department are its own."""
        self.departments += 1
        body = f"1199{self.departments:04d}000000000"[:17]
        uscc = body + uscc_check_character(body)
        made = Department.objects.create(
            name=f"Bureau {self.departments}",
            short_name=f"B{self.departments}",
            uscc=uscc,
            region=self.region,
            group=Group.objects.create(name=f"department:{uscc}"),
        )
        self.steward = User.objects.create(
            username=f"import{self.departments}", name="Import", department=made
        )
        Duty.objects.create(user=self.steward, department=made, kind=DutyKind.STEWARD)

    def bring_in(self) -> None:
        if self.steward is None:
            raise RuntimeError("there is nobody to bring the workbook in")
        began = time.perf_counter()
        file = SimpleUploadedFile("catalogue.xlsx", self.content)
        found = bulk.receive(file=file, by=self.steward)
        if found.state == ImportState.CHECKING:  # a large file: what a worker does
            bulk.work(import_id=found.pk)
        found = _in(found.pk, ImportState.CHECKED)
        self.checked.append(time.perf_counter() - began)
        began = time.perf_counter()
        bulk.apply(bulk_import=found, by=self.steward)
        bulk.work(import_id=found.pk)
        _in(found.pk, ImportState.APPLIED)
        self.applied.append(time.perf_counter() - began)

    def read(self) -> None:
        """What no import can be without: the library opens the file and hands out each cell."""
        book = load_workbook(io.BytesIO(self.content), read_only=True)
        for sheet in book.worksheets:
            for _row in sheet.iter_rows(values_only=True):
                pass
        book.close()

    def remark(self) -> str:
        checked, applied = sorted(self.checked), sorted(self.applied)
        middle = len(checked) // 2
        return (
            f"check {checked[middle]:.0f} s, apply {applied[middle]:.0f} s;"
            f" {ENTRIES * len(ITEMS):,} items"
        )


def _in(pk: int, state: ImportState) -> BulkImport:
    found = BulkImport.objects.get(pk=pk)
    if found.state != state:
        raise RuntimeError(f"{found.state}: {found.problems[:3]} {found.failure}")
    return found


@benchmark(
    "import",
    what=f"a workbook of {ENTRIES:,} entries checked and applied",
    against="openpyxl reads the same workbook",
    aim=None,
)
def import_a_workbook(stage: Stage) -> Pair:
    region, _made = Region.objects.get_or_create(
        code="000000", defaults={"name": "China", "level": RegionLevel.NATION}
    )
    importing = Importing(content=_workbook(), region=region)
    return Pair(
        ours=Contender(importing.bring_in, before=importing.another_department),
        other=Contender(importing.read),
        rows=ENTRIES,
        remark=importing.remark,
    )


def _workbook() -> bytes:
    out = io.BytesIO()
    writing.workbook(
        (
            WrittenEntry(code="", entry=_entry(n), items=ITEMS, provider="", provider_code="")
            for n in range(ENTRIES)
        ),
        out,
    )
    return out.getvalue()


def _entry(n: int) -> EntryData:
    return EntryData(
        name=f"业务登记信息{n:05d}",
        abstract="本部门办理业务登记形成的信息，供有关部门核验。",
        resource_class="3",
        classification="07012001",
        data_format="3",
        update_frequency="4",
        sharing_attribute=SharingAttribute.UNCONDITIONAL,
        sharing_modes=(SharingMode.FILE,),
        grade="L1",
        tags=("登记",),
    )
