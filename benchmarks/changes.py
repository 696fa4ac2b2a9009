"""Changes: what became of 1 % of the rows, over HTTP with key, view, role and audit, beside the export."""

import re
import tempfile
from pathlib import Path
from urllib.parse import urlencode

from django.db import connection

from sharing.models import Agreement

from .delivery import granted
from .framework import Contender, Pair, Stage, benchmark
from .sync import business_of

PAGE = 10_000
END = re.compile(r'"count":(\d+),"next":"([^"]+)","more":(true|false)}$')


@benchmark(
    "changes",
    what="changes/ of 1 % of the rows over HTTP, by pages of 10,000",
    against="export.csv of all of them over HTTP",
    aim=20,
)
def changes(stage: Stage) -> Pair:
    one = granted(stage)
    answer = Path(tempfile.mkstemp(suffix=".json")[1])

    def ask(**asked: object) -> tuple[int, str, bool]:
        """How many changes, where to go on, whether there are more: what stands at the answer's end.

        By curl, as the export is drawn: reading the JSON is the consumer's time.
        """
        one.ask(f"changes/?{urlencode(asked)}", into=answer)
        with answer.open("rb") as file:
            file.seek(max(answer.stat().st_size - 1_000, 0))
            found = END.search(file.read().decode(errors="replace"))
        if found is None:
            raise RuntimeError("not an answer of changes/")
        return int(found[1]), found[2], found[3] == "true"

    _none, since, _more = ask()
    business = business_of(stage)
    business.owner.execute(
        "UPDATE given SET mark = right(mark, 30) || '.' WHERE ctid IN"
        " (SELECT ctid FROM given TABLESAMPLE BERNOULLI (1) REPEATABLE (7))"
    )
    expected = business.sync().rows_updated or 0

    def follow() -> None:
        cursor, seen, more = since, 0, True
        while more:
            count, cursor, more = ask(since=cursor, limit=PAGE)
            seen += count
        if seen != expected:
            raise RuntimeError(f"{seen} changes instead of {expected}")

    return Pair(
        ours=Contender(run=follow),
        other=Contender(run=lambda: one.pull("export.csv")),
        rows=expected,
        remark=lambda: f"log of {_size(one.agreement)}",
    )


def _size(agreement: Agreement) -> str:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_size_pretty(pg_total_relation_size(%s::regclass))",
            [f"store.r_{agreement.resource_id}_changes"],
        )
        size: str = cursor.fetchone()[0]
        return size
