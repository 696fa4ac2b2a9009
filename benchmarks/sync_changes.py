"""Sync of what changed since the last run, held against COPY into a table as large, with its index."""

from catalog.models import JobMode

from .framework import ROWS, Contender, Pair, Stage, benchmark
from .sync import Business, business_of
from .sync_sources import reads

GIVEN = "public.touched"
# Of ten rows one is read again, and of ten that are four have changed.
READ = ROWS // 10
SPAN = ROWS * 10


class Touched:
    """The rows of the business with a number that grows with each round that writes them."""

    def __init__(self, business: Business) -> None:
        self.business = business
        self.source = business.own_source
        owner = business.owner
        owner.execute("DROP TABLE IF EXISTS touched")
        owner.execute(
            "CREATE TABLE touched AS SELECT *, row_number() OVER () AS touched FROM given"
        )
        owner.execute("ALTER TABLE touched ADD PRIMARY KEY (code)")
        owner.execute("CREATE INDEX ON touched (touched)")
        self.round = 0
        reads(business, self.source, GIVEN, mode=JobMode.INCREMENTAL, watermark_column="touched")
        business.forget()
        business.sync()

    def touch(self) -> None:
        self.round += 1
        digit = self.round % 10
        self.business.owner.execute(
            f"UPDATE touched SET touched = %s::bigint * {SPAN} + touched %% {SPAN},"
            " name = CASE WHEN substr(code, 11, 1) < '4' THEN left(name || 'x', 100) ELSE name END"
            " WHERE right(code, 1) = %s",
            [self.round, str(digit)],
        )
        self.business.owner.execute("VACUUM ANALYZE touched")

    def sync(self) -> None:
        done = self.business.sync()
        # The row of the last mark comes again.
        if done.rows_read not in (READ, READ + 1) or done.rows_inserted or not done.rows_updated:
            told = f"{done.rows_read} read, {done.rows_inserted} new, {done.rows_updated} changed"
            raise RuntimeError(told)

    def keep_a_tenth_out(self) -> None:
        """The table as large as the store's, but for the rows that COPY will bring."""
        self.business.make_copy_target()
        stage = self.business.stage
        stage.run(
            stage.psql_call(
                "\\copy (SELECT * FROM given WHERE right(code, 1) <> '0') to stdout",
                database=self.business.name,
            ),
            stage.psql_call("\\copy copied from stdin"),
        )
        stage.run(stage.psql_call("VACUUM ANALYZE copied"))

    def copy(self) -> None:
        stage = self.business.stage
        stage.run(
            stage.psql_call(
                "\\copy (SELECT * FROM given WHERE right(code, 1) = '0') to stdout",
                database=self.business.name,
            ),
            stage.psql_call("\\copy copied from stdin"),
        )


@benchmark(
    "sync-incremental",
    what="sync of a tenth of the rows by watermark, 60 % of it unchanged",
    against="psql \\copy | psql \\copy of as many new rows, same index",
    aim=0.5,
)
def incremental(stage: Stage) -> Pair:
    touched = Touched(business_of(stage))
    return Pair(
        ours=Contender(run=touched.sync, before=touched.touch),
        other=Contender(run=touched.copy, before=touched.keep_a_tenth_out),
        rows=READ,
    )
