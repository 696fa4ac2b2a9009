"""What pages with uploaded tables share: the faults of a table, and files to take away."""

import csv
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from django.http import HttpResponse
from django.utils.translation import gettext as _

from catalog.standards.sheets import FORMULA, shown_row
from portal.common.errors import DomainError


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing to mend in a table; `row` as a spreadsheet counts."""

    row: int
    column: str
    words: str


def faults_of(refusal: DomainError) -> list[Fault]:
    """The faults by row and column that a refusal names."""
    found = []
    for name, words in refusal.fields.items():
        place = name.split(".")
        if len(place) == 3 and place[0] == "rows":
            found += [Fault(shown_row(int(place[1])), place[2], str(one)) for one in words]
    return sorted(found, key=lambda one: (one.row, one.column))


def other_words(refusal: DomainError) -> list[str]:
    """What a refusal says of the file as a whole, or of nothing in particular."""
    words = [str(one) for one in refusal.fields.get("file", [])]
    return words or [str(refusal.message)]


def csv_answer(name: str, heading: Sequence[str], rows: Iterable[Sequence[str]]) -> HttpResponse:
    """A CSV file that spreadsheets open as it is: UTF-8 with mark, and no cell that acts as formula."""
    answer = HttpResponse("\ufeff", content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = disposition(f"{name}.csv")
    writer = csv.writer(answer, lineterminator="\r\n")
    writer.writerow(heading)
    for row in rows:
        writer.writerow([f"'{cell}" if cell.startswith(FORMULA) else cell for cell in row])
    return answer


def disposition(name: str) -> str:
    plain = re.sub(r"[^0-9A-Za-z._-]+", "-", name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def done_words(added: int, changed: int, kept: int) -> str:
    return _("Taken over: %(added)s added, %(changed)s changed, %(kept)s as they were.") % {
        "added": added,
        "changed": changed,
        "kept": kept,
    }
