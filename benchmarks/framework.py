"""Paired measuring: every round runs each contender once, so that a busy machine is busy for all.

A ratio is the other's median time divided by ours: 1.0 is as fast, more is faster.
"""

import os
import shlex
import statistics
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

ROWS = int(os.environ.get("BENCH_ROWS", "1000000"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))


@dataclass(frozen=True, slots=True)
class Contender:
    """One side of a comparison. `before` is not measured; it makes the round's starting point."""

    run: Callable[[], None]
    before: Callable[[], None] = lambda: None
    # What is no time: measured already, the same in each round.
    known: float | None = None

    @classmethod
    def of(cls, known: float) -> "Contender":
        return cls(run=lambda: None, known=known)

    def measure(self) -> float:
        """Seconds, or what was known."""
        if self.known is not None:
            return self.known
        self.before()
        began = time.perf_counter()
        self.run()
        return time.perf_counter() - began


@dataclass(frozen=True, slots=True)
class Pair:
    """Ours and what it is held against, ready to run; `rows` go through in each round."""

    ours: Contender
    other: Contender
    rows: int
    remark: Callable[[], str] = lambda: ""


@dataclass(frozen=True, slots=True)
class Benchmark:
    """One row of the table. `aim` is the ratio to reach, None for a figure that is only stated.

    `unit` is what both sides are measured in: of seconds too, less is better.
    """

    name: str
    what: str
    against: str
    aim: float | None
    prepare: Callable[["Stage"], Pair]
    unit: str = "s"


@dataclass(frozen=True, slots=True)
class Result:
    benchmark: Benchmark
    ours: float
    other: float
    rows: int
    remark: str

    @property
    def ratio(self) -> float:
        return self.other / self.ours

    @property
    def verdict(self) -> str:
        if self.benchmark.aim is None:
            return "stated"
        return "yes" if self.ratio >= self.benchmark.aim else "NO"


@dataclass
class Stage:
    """The servers, migrated and empty, and psql beside them."""

    database_url: str
    psql: Path
    facts: dict[str, object] = field(default_factory=dict)

    def psql_call(self, statement: str, *, database: str | None = None) -> str:
        """A shell command in which psql runs one statement; may be piped into another."""
        place = urlsplit(self.database_url)
        return (
            f"{self.psql} --no-psqlrc --quiet --host {place.hostname} --port {place.port}"
            f" --username {unquote(place.username or '')}"
            f" --dbname {database or place.path.lstrip('/')} --command {shlex.quote(statement)}"
        )

    def run(self, *calls: str) -> None:
        """Run the calls, piped into one another. One that fails fails the whole."""
        password = unquote(urlsplit(self.database_url).password or "")
        subprocess.run(
            ["/bin/bash", "-o", "pipefail", "-c", " | ".join(calls)],
            check=True,
            env={**os.environ, "PGPASSWORD": password},
        )


BENCHMARKS: dict[str, Benchmark] = {}


def benchmark(
    name: str, *, what: str, against: str, aim: float | None, unit: str = "s"
) -> Callable[[Callable[[Stage], Pair]], Callable[[Stage], Pair]]:
    """Register the function that prepares a pair as a row of the table."""

    def register(prepare: Callable[[Stage], Pair]) -> Callable[[Stage], Pair]:
        if name in BENCHMARKS:
            raise ValueError(f"two benchmarks are called {name}")
        BENCHMARKS[name] = Benchmark(name, what, against, aim, prepare, unit)
        return prepare

    return register


def measured(chosen: Benchmark, stage: Stage, *, rounds: int = ROUNDS) -> Result:
    """One round to warm up, then the medians of `rounds`."""
    pair = chosen.prepare(stage)
    ours: list[float] = []
    other: list[float] = []
    for number in range(rounds + 1):
        times = pair.ours.measure(), pair.other.measure()
        if number:
            ours.append(times[0])
            other.append(times[1])
    return Result(
        chosen, statistics.median(ours), statistics.median(other), pair.rows, pair.remark()
    )


def table(results: list[Result]) -> str:
    head = ("name", "what", "against", "ours", "other", "rows/s", "ratio", "aim", "met", "remark")
    lines = [
        (
            result.benchmark.name,
            result.benchmark.what,
            result.benchmark.against,
            f"{result.ours:.2f} {result.benchmark.unit}",
            f"{result.other:.2f} {result.benchmark.unit}",
            f"{result.rows / result.ours:,.0f}" if result.benchmark.unit == "s" else "-",
            f"{result.ratio:.2f}",
            "-" if result.benchmark.aim is None else f"≥ {result.benchmark.aim:.2g}",
            result.verdict,
            result.remark,
        )
        for result in results
    ]
    widths = [max(len(line[column]) for line in (head, *lines)) for column in range(len(head))]
    rule = tuple("-" * width for width in widths)
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in (head, rule, *lines)
    )


@contextmanager
def environment(**values: str) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
