"""The trail as CSV for a spreadsheet."""

import csv
import io
import json
from collections.abc import Iterable, Iterator

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from audit.models import Entry

BYTE_ORDER_MARK = "\ufeff"
CHUNK = 64 * 1024
# A cell that begins so is a formula to a spreadsheet, and here a stranger may have written it.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def chunks(entries: Iterable[Entry]) -> Iterator[tuple[bytes, int]]:
    """The file in pieces, each with the number of entries in it. A head line comes first."""
    buffer = io.StringIO()
    buffer.write(BYTE_ORDER_MARK)
    writer = csv.writer(buffer)
    writer.writerow([safe(str(word)) for word in _heads()])
    rows = 0
    for entry in entries:
        writer.writerow([safe(cell) for cell in _cells(entry)])
        rows += 1
        if buffer.tell() >= CHUNK:
            yield buffer.getvalue().encode(), rows
            buffer.seek(0)
            buffer.truncate()
            rows = 0
    if buffer.tell():
        yield buffer.getvalue().encode(), rows


def safe(cell: str) -> str:
    """`cell` so that a spreadsheet shows it as text."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell


def _heads() -> list[str]:
    return [
        pgettext("audit", "Entry"),
        _("Time"),
        _("Kind of actor"),
        _("Number of actor"),
        _("Who"),
        _("Department"),
        _("Action code"),
        _("Action"),
        _("Type of object"),
        _("Number of object"),
        pgettext("audit", "Object"),
        _("Result"),
        _("Details"),
        _("Request id"),
        _("Network address"),
    ]


def _cells(entry: Entry) -> list[str]:
    return [
        str(entry.pk),
        timezone.localtime(entry.at).isoformat(timespec="milliseconds"),
        entry.get_actor_kind_display(),
        entry.actor_id,
        str(entry.actor_label),
        entry.department_name,
        entry.action,
        str(entry.action_label),
        entry.target_type,
        entry.target_id,
        entry.target_label,
        entry.get_result_display(),
        json.dumps(entry.data, ensure_ascii=False, sort_keys=True),
        entry.request_id,
        entry.ip or "",
    ]
