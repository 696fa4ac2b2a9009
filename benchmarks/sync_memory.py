"""What a worker holds in memory during a sync, of whatever kind: so much, and no more for more rows."""

from collections.abc import Callable, Iterator

from .framework import ROWS, Contender, Pair, Stage, benchmark
from .sync import business_of
from .sync_kinds import SHEET, workbook
from .sync_sources import files_of, of_file, peak, reads

MOST_MB = 200
FEWER = ROWS // 10


def _ways(stage: Stage, rows: int) -> Iterator[tuple[str, Callable[[], None]]]:
    """Kinds of sources, and what points the job at so many rows of each."""
    business, files = business_of(stage), files_of(stage)
    table = f"given_{rows}"
    business.owner.execute(f"DROP TABLE IF EXISTS {table}")
    business.owner.execute(f"CREATE TABLE {table} AS SELECT * FROM given LIMIT {rows}")
    some = f"(SELECT * FROM given LIMIT {rows})"
    lines = (
        f"COPY (SELECT row_to_json(g) FROM {some} g) TO STDOUT"
        " (FORMAT csv, QUOTE E'\\x01', DELIMITER E'\\x02')"
    )
    kept = {
        "csv": files.text(f"{rows}.csv", f"COPY {some} TO STDOUT (FORMAT csv, HEADER)"),
        "jsonl": files.text(f"{rows}.jsonl", lines),
        "parquet": files.parquet(f"{rows}.parquet", of=f"{rows}.csv"),
        "xlsx": workbook(stage, f"{rows}.xlsx", rows=rows),
    }
    yield "postgresql", lambda: reads(business, business.own_source, f"public.{table}")
    for format, path in kept.items():
        source = of_file(business, path, format=format)
        relation = SHEET if format == "xlsx" else "rows"
        yield format, lambda source=source, relation=relation: reads(business, source, relation)


def _peaks(stage: Stage, rows: int) -> dict[str, float]:
    """MB by kind, each in a worker of its own."""
    known = stage.facts.setdefault("peaks", {})
    if not isinstance(known, dict):
        raise TypeError("the peaks are no table")
    if rows not in known:
        business, found = business_of(stage), {}
        for kind, points in _ways(stage, rows):
            points()
            business.forget()
            found[kind] = peak(business) / 1024
        known[rows] = found
    return dict(known[rows])


def _told(peaks: dict[str, float]) -> str:
    return ", ".join(f"{kind} {most:.0f}" for kind, most in peaks.items())


@benchmark(
    "sync-memory",
    what="peak of a worker in a sync, the largest of all kinds",
    against=f"{MOST_MB} MB",
    aim=1.0,
    unit="MB",
)
def most(stage: Stage) -> Pair:
    peaks = _peaks(stage, ROWS)
    return Pair(
        ours=Contender.of(max(peaks.values())),
        other=Contender.of(MOST_MB),
        rows=ROWS,
        remark=lambda: _told(peaks),
    )


@benchmark(
    "sync-memory-flat",
    what="the same of the kind that grows most with its rows",
    against="of a tenth of the rows",
    aim=0.8,
    unit="MB",
)
def flat(stage: Stage) -> Pair:
    whole, fewer = _peaks(stage, ROWS), _peaks(stage, FEWER)
    kind = max(whole, key=lambda one: whole[one] / fewer[one])
    return Pair(
        ours=Contender.of(whole[kind]),
        other=Contender.of(fewer[kind]),
        rows=ROWS,
        remark=lambda: f"{kind}; of {FEWER:,} rows {_told(fewer)}",
    )
