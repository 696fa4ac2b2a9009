"""Sync of files into the store, and what a worker holds in memory meanwhile."""

import atexit
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
from django.core.files import File
from pyarrow import csv as arrow_csv
from pyarrow import parquet

from catalog.models import (
    ItemType,
    JobMode,
    Source,
    SourceKind,
    SourceUpload,
    SyncPosition,
    SyncRun,
)
from catalog.services import run_queue
from catalog.sources.kinds import kind_of
from portal.organisation.models import User

from .framework import ROWS, Contender, Pair, Stage, benchmark
from .sync import COLUMNS, Business, business_of

ARROW = {
    ItemType.INTEGER: pa.int64(),
    ItemType.CURRENCY: pa.decimal128(18, 2),
    ItemType.NUMERIC: pa.decimal128(18, 0),
    ItemType.DATE: pa.date32(),
    ItemType.DATETIME: pa.timestamp("us", tz="UTC"),
    ItemType.LOGICAL: pa.bool_(),
    ItemType.DOUBLE: pa.float64(),
}


@dataclass
class Files:
    """The rows of the business as files, and a directory that goes with the process."""

    business: Business
    place: Path

    def text(self, name: str, query: str) -> Path:
        path = self.place / name
        if not path.exists():
            with path.open("wb") as into, self.business.owner.cursor() as cursor:  # noqa: SIM117
                with cursor.copy(query.encode()) as copy:
                    for block in copy:
                        into.write(block)
        return path

    def csv(self) -> Path:
        return self.text("rows.csv", "COPY given TO STDOUT (FORMAT csv, HEADER)")

    def json_lines(self) -> Path:
        # As a value of CSV with a quote that no row holds: COPY's text would double backslashes.
        query = (
            "COPY (SELECT row_to_json(g) FROM given g) TO STDOUT"
            " (FORMAT csv, QUOTE E'\\x01', DELIMITER E'\\x02')"
        )
        return self.text("rows.jsonl", query)

    def parquet(self, name: str = "rows.parquet", *, of: str = "rows.csv") -> Path:
        """`of` is the file of CSV that is made into one of Parquet."""
        path = self.place / name
        if not path.exists():
            types = {name: ARROW.get(kind, pa.string()) for name, kind, _size, _made in COLUMNS}
            options = arrow_csv.ConvertOptions(
                column_types=types,
                true_values=["t"],
                false_values=["f"],
                strings_can_be_null=True,
                timestamp_parsers=["%Y-%m-%d %H:%M:%S+00", "%Y-%m-%d %H:%M:%S%z"],
            )
            with arrow_csv.open_csv(self.place / of, convert_options=options) as batches:  # noqa: SIM117
                with parquet.ParquetWriter(path, batches.schema) as writer:
                    for batch in batches:
                        writer.write_batch(batch)
        return path


def files_of(stage: Stage) -> Files:
    found = stage.facts.get("files")
    if not isinstance(found, Files):
        business = business_of(stage)
        business.owner.execute("SET timezone = 'UTC'")
        place = tempfile.TemporaryDirectory(prefix="portal-bench-files-")
        atexit.register(place.cleanup)
        found = stage.facts["files"] = Files(business, Path(place.name))
    return found


def reads(business: Business, source: Source, relation: str, **fields: str) -> None:
    """Point the job at another source; what it knew of the one before is forgotten."""
    job = business.job
    job.refresh_from_db()
    job.source, job.relation = source, relation
    job.mode, job.watermark_column = JobMode.FULL, ""
    for name, value in fields.items():
        setattr(job, name, value)
    job.save()
    SyncPosition.objects.filter(job=job).delete()


def of_file(business: Business, path: Path, **settings: str) -> Source:
    department = business.job.resource.department
    person, _made = User.objects.get_or_create(
        username="benchmark", defaults={"department": department}
    )
    known = {one.name: one.initial for one in kind_of(SourceKind.UPLOAD).settings}
    source, is_new = Source.objects.get_or_create(
        department=department,
        name=path.name,
        kind=SourceKind.UPLOAD,
        defaults={"settings": {**known, **settings}},
    )
    if is_new:
        kept = SourceUpload(
            source=source,
            name=path.name,
            size=path.stat().st_size,
            sha256=path.name,
            is_scanned=False,
            by=person,
        )
        with path.open("rb") as file:
            kept.file.save("", File(file), save=True)
    return source


def file_pair(stage: Stage, path: Path, relation: str, *, rows: int, **settings: str) -> Pair:
    """A first sync of the file, held against psql of the same rows."""
    return source_pair(stage, of_file(business_of(stage), path, **settings), relation, rows=rows)


def source_pair(stage: Stage, source: Source, relation: str, *, rows: int) -> Pair:
    business = business_of(stage)
    copied = files_of(stage).text(
        f"rows-{rows}.copy", f"COPY (SELECT * FROM given LIMIT {rows}) TO STDOUT"
    )

    def before() -> None:
        reads(business, source, relation)
        business.forget()

    def copy() -> None:
        stage.run(stage.psql_call(f"\\copy copied from '{copied}'"))

    return Pair(
        ours=Contender(run=lambda: _check(business.sync(), rows), before=before),
        other=Contender(run=copy, before=business.make_copy_target),
        rows=rows,
        remark=lambda: _peak_of_a_worker(business, before),
    )


@benchmark(
    "sync-csv", what="first sync of a CSV file", against="psql \\copy of the same rows", aim=0.8
)
def of_csv(stage: Stage) -> Pair:
    return file_pair(stage, files_of(stage).csv(), "rows", rows=ROWS)


@benchmark(
    "sync-jsonl",
    what="first sync of a JSON Lines file",
    against="psql \\copy of the same rows",
    aim=None,
)
def of_json_lines(stage: Stage) -> Pair:
    path = files_of(stage).json_lines()
    return file_pair(stage, path, "rows", rows=ROWS, format="jsonl")


@benchmark(
    "sync-parquet",
    what="first sync of a Parquet file",
    against="psql \\copy of the same rows",
    aim=0.8,
)
def of_parquet(stage: Stage) -> Pair:
    files_of(stage).csv()
    path = files_of(stage).parquet()
    return file_pair(stage, path, "rows", rows=ROWS, format="parquet")


def _peak_of_a_worker(business: Business, before: Callable[[], None]) -> str:
    before()
    return f"peak of a worker {peak(business) // 1024} MB"


def peak(business: Business) -> int:
    """The peak, in kB, of a process that carries out one run."""
    business.job.refresh_from_db()
    run = run_queue.start_scheduled_run(job_id=business.job.pk)
    if run is None:
        raise RuntimeError("a run is under way already")
    told = subprocess.run(
        [sys.executable, "-m", "benchmarks.worker", str(run.pk)],
        check=True,
        capture_output=True,
        text=True,
    )
    run.refresh_from_db()
    if run.failure_code or not run.rows_read:
        raise RuntimeError(f"{run.failure_code} {run.failure_data}")
    return int(told.stdout.split()[-1])


def _check(run: SyncRun, rows: int) -> None:
    if (run.rows_read, run.rows_inserted) != (rows, rows):
        raise RuntimeError(f"{run.rows_read} rows were read, {run.rows_inserted} inserted")
