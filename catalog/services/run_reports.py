"""What the rules found in a run: its report, and the rows that were set apart, sealed.

Called in the transaction that ends the run. Of rows that earlier runs set apart those go of which
this one speaks: what it reads good is repaired, and what it reads bad is set apart anew. A run that
reads all rows speaks of all of them; one that failed repairs nothing, for it published nothing.
"""

import json
from collections.abc import Mapping

from django.utils import timezone

from catalog.models import (
    QuarantinedRow,
    QuarantineFault,
    RunReport,
    RunState,
    SyncRun,
)
from catalog.showing import own_value
from catalog.store.inspection import BadRow, Inspection
from catalog.store.rules import Dimension
from portal.common.sealing import seal

LONGEST_SHOWN = 120
MOST_KEPT = 5000


def keep_report(*, run: SyncRun, inspection: Inspection, rules_version: int) -> RunReport:
    """Write the report of the run, and put its bad rows where those of the run before were."""
    items = {item.column: item for item in run.job.resource.items.all()}
    earlier = QuarantinedRow.objects.filter(run__job=run.job_id)
    if inspection.is_partial:
        is_published = run.state == RunState.SUCCEEDED
        again = inspection.apart_again.items()
        earlier.filter(pk__in=[pk for pk, is_bad in again if is_bad or is_published]).delete()
    else:
        earlier.delete()
    made = QuarantinedRow.objects.bulk_create(
        QuarantinedRow(run=run, number=row.number, sealed=_sealed(row)) for row in inspection.rows
    )
    QuarantineFault.objects.bulk_create(
        QuarantineFault(
            row=kept,
            column=fault.column,
            code=fault.code,
            shown=own_value(items.get(fault.column), row.values.get(fault.column))[:LONGEST_SHOWN],
        )
        for kept, row in zip(made, inspection.rows, strict=True)
        for fault in row.faults
    )
    _forget_oldest(run)
    report, _made = RunReport.objects.update_or_create(
        run=run,
        defaults={
            "rules_version": rules_version,
            "rows": inspection.read,
            "bad": inspection.bad,
            "faults": [
                {"column": fault.column, "code": fault.code, "rows": times}
                for fault, times in sorted(
                    inspection.faults.items(), key=lambda one: (-one[1], one[0].column)
                )
            ],
            "dimensions": _dimensions(inspection),
        },
    )
    return report


def _forget_oldest(run: SyncRun) -> None:
    """So that runs which read some rows alone fill no quarantine without end."""
    kept = QuarantinedRow.objects.filter(run__job=run.job_id).order_by("-run__number", "number")
    beyond = list(kept.values_list("pk", flat=True)[MOST_KEPT:])
    if beyond:
        QuarantinedRow.objects.filter(pk__in=beyond).delete()


def _sealed(row: BadRow) -> bytes:
    return seal(json.dumps(dict(row.values), ensure_ascii=False))


def _dimensions(inspection: Inspection) -> Mapping[str, list[int]]:
    """Timeliness: of the rules about how recent the rows are, those that hold now."""
    found = {
        str(one): [measured.part, measured.whole] for one, measured in inspection.dimensions.items()
    }
    if inspection.newest:
        now = timezone.now()
        recent = sum(
            newest is not None and (now - newest).days <= rule.days
            for rule, newest in inspection.newest.items()
        )
        found[str(Dimension.TIMELINESS)] = [recent, len(inspection.newest)]
    return found
