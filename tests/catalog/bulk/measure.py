"""How long a large file takes: written, checked, applied, undone. For benchmarks; no test.

`python manage.py shell -c "from tests.catalog.bulk.measure import measure; measure(40_000, 3)"`
"""

import tempfile
import time
from collections.abc import Iterator

from django.core.files.uploadedfile import UploadedFile

from catalog.bulk import writing
from catalog.bulk.writing import WrittenEntry
from catalog.entry import EntryData, ItemData
from catalog.services import bulk
from portal.organisation.models import DutyKind, User


def made_up(entries: int, items: int) -> Iterator[WrittenEntry]:
    """New entries with different names, each with as many items."""
    columns = [
        ItemData(
            name=f"数据项{number}",
            column=f"column_{number}",
            type="C",
            length=20,
            is_key=number == 0,
            is_nullable=number != 0,
        )
        for number in range(items)
    ]
    for number in range(entries):
        entry = EntryData(
            name=f"批量导入的数据资源{number}",
            abstract="为测量批量导入而合成的目录，不涉及任何真实数据。",
            resource_class="3",
            classification=f"07012{number % 50:03d}",
            data_format="3",
            update_frequency="4",
            sharing_attribute="conditional",
            sharing_scope="负有相关职责的部门",
            sharing_purpose="核对",
            sharing_modes=("interface", "file"),
            grade="L2",
            is_synthetic=True,
        )
        yield WrittenEntry(code="", entry=entry, items=columns, provider="", provider_code="")


def measure(entries: int, items: int, *, by: User | None = None) -> dict[str, float]:
    """Seconds of each step, done here and not by a worker; what it writes is undone again."""
    steward = by or User.objects.filter(duty_set__kind=DutyKind.STEWARD, is_active=True).first()
    if steward is None:
        raise LookupError("there is no steward")
    told: dict[str, float] = {}

    def timed(step: str, began: float) -> None:
        told[step] = round(time.monotonic() - began, 1)
        print(f"{step}: {told[step]} s", flush=True)  # noqa: T201

    with tempfile.TemporaryFile() as out:
        began = time.monotonic()
        writing.workbook(made_up(entries, items), out)
        timed("write", began)
        size = out.tell()
        out.seek(0)
        kept, inspection = bulk._looked_at(UploadedFile(out, "大目录.xlsx", size=size), None)
        found = bulk._keep(kept, name="大目录.xlsx", inspection=inspection, by=steward)
    for step in ("check", "apply", "undo"):
        began = time.monotonic()
        if step == "apply":
            bulk.apply(bulk_import=found, by=steward)
        elif step == "undo":
            bulk.undo(bulk_import=found, by=steward)
        bulk.work(import_id=found.pk)
        found.refresh_from_db()
        timed(step, began)
        if found.failure or found.problem_count:
            raise RuntimeError(found.failure or found.problems[0])
    return told
