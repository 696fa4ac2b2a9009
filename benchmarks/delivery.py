"""Exports over HTTP with key, view, role, quota and audit on, held against the database's own tools."""

from pathlib import Path

from portal.organisation.models import InformationSystem
from sharing.delivery import prepared
from sharing.delivery.formats import CSV

from .framework import ROWS, Contender, Pair, Stage, benchmark
from .granted import AT_ONCE, by_copy, granted, web_memory


@benchmark(
    "export-csv",
    what="export.csv over HTTP: key, agreement's view, role, audit",
    against="psql \\copy of the same rows in key order",
    aim=0.9,
)
def export_csv(stage: Stage) -> Pair:
    one = granted(stage)
    copy = by_copy(stage, one)
    return Pair(
        ours=Contender(run=lambda: one.pull("export.csv")),
        other=Contender(run=lambda: stage.run(copy)),
        rows=ROWS,
        remark=lambda: web_memory(stage),
    )


@benchmark(
    "export-jsonl",
    what="export.jsonl over HTTP",
    against="psql \\copy of the same rows as row_to_json",
    aim=None,
)
def export_jsonl(stage: Stage) -> Pair:
    one = granted(stage)
    copy = stage.psql_call(f"\\copy (SELECT row_to_json(r) FROM ({one.rows()}) AS r) to /dev/null")
    return Pair(
        ours=Contender(run=lambda: one.pull("export.jsonl")),
        other=Contender(run=lambda: stage.run(copy)),
        rows=ROWS,
        remark=lambda: web_memory(stage),
    )


def by_adbc(stage: Stage, query: str, *, is_parquet: bool) -> None:
    """As little as there is between the database and a file of the format."""
    import pyarrow as pa
    import pyarrow.parquet as pq
    from adbc_driver_postgresql import dbapi

    with dbapi.connect(stage.database_url) as connection, connection.cursor() as cursor:
        cursor.execute(query)
        with cursor.fetch_record_batch() as reader, Path("/dev/null").open("wb") as nowhere:
            writer = (
                pq.ParquetWriter(nowhere, reader.schema, compression="zstd")
                if is_parquet
                else pa.ipc.new_stream(nowhere, reader.schema)
            )
            for batch in reader:
                writer.write_batch(batch)
            writer.close()


@benchmark(
    "export-arrow",
    what="export.arrow over HTTP",
    against="ADBC straight to an Arrow stream, amounts as text",
    aim=0.9,
)
def export_arrow(stage: Stage) -> Pair:
    return _typed(stage, "arrow", is_parquet=False)


@benchmark(
    "export-parquet",
    what="export.parquet over HTTP",
    against="ADBC straight to Parquet (zstd), amounts as text",
    aim=0.9,
)
def export_parquet(stage: Stage) -> Pair:
    return _typed(stage, "parquet", is_parquet=True)


def _typed(stage: Stage, extension: str, *, is_parquet: bool) -> Pair:
    one = granted(stage)
    query = one.rows()
    return Pair(
        ours=Contender(run=lambda: one.pull(f"export.{extension}")),
        other=Contender(run=lambda: by_adbc(stage, query, is_parquet=is_parquet)),
        rows=ROWS,
        remark=lambda: web_memory(stage),
    )


@benchmark(
    "export-again",
    what="a prepared export.csv, given again",
    against="psql \\copy of the same rows in key order",
    aim=10,
)
def export_again(stage: Stage) -> Pair:
    one = granted(stage)
    export, _is_new = prepared.ask(
        number=one.agreement.number,
        party=InformationSystem.objects.get(name="bench"),
        format=CSV,
        asked={},
    )
    prepared.prepare(export_id=export.pk)
    copy = by_copy(stage, one)
    return Pair(
        ours=Contender(run=lambda: one.pull(f"exports/{export.number}/file")),
        other=Contender(run=lambda: stage.run(copy)),
        rows=ROWS,
        remark=lambda: web_memory(stage),
    )


@benchmark(
    "export-8",
    what="8 export.csv at once",
    against="8 psql \\copy at once",
    aim=0.9,
)
def export_at_once(stage: Stage) -> Pair:
    one = granted(stage)
    copy = by_copy(stage, one)
    together = " & ".join([copy] * AT_ONCE) + " & wait"
    return Pair(
        ours=Contender(run=lambda: one.pull("export.csv", at_once=AT_ONCE)),
        other=Contender(run=lambda: stage.run(together)),
        rows=ROWS * AT_ONCE,
        remark=lambda: web_memory(stage),
    )
