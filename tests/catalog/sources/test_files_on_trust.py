"""A file is read once while all is as it ought to be, and a second time to tell what is not."""

from decimal import Decimal

import pytest

from catalog.models import QuarantineFault, RunState
from catalog.services import sync_rules
from tests.catalog.sources.fetching import file_source
from tests.catalog.sources.file_servers import WebServer
from tests.catalog.sources.running import held, ran


@pytest.fixture
def file_of(resource, steward, job_of):
    """Write the lines of the file, and run the job that reads it."""
    resource.items.filter(column="name").update(type="D")
    with WebServer().running() as web:
        job = job_of(file_source(resource.department, "http", address=f"{web.url}/a.csv"), "rows")
        sync_rules.set_rules(
            job=job,
            rules=[],
            casts={},
            most_bad=Decimal(60),
            most_shrink=Decimal(50),
            version=0,
            by=steward,
        )

        def run(*lines: str):
            content = "code,name,parent_code\n" + "".join(f"{line}\n" for line in lines)
            web.paths["/a.csv"] = lambda handler: handler.answer(content.encode())
            return ran(job, steward)

        yield run


def readings(run) -> list[str]:
    return [line["code"] for line in run.log if line["code"] in {"read", "again"}]


def test_good_rows_are_read_once(file_of, resource):
    first = file_of("1,2026-01-05,", "2,,1")
    again = file_of("1,20260106,", "2,,1")

    assert [readings(run) for run in (first, again)] == [["read"], ["read"]]
    assert (again.rows_updated, again.rows_inserted, again.rows_deleted) == (1, 0, 0)
    assert [(code, str(born)) for code, born, _ in held(resource)] == [
        ("1", "2026-01-06"),
        ("2", "None"),
    ]


def test_a_bad_row_is_told_as_the_file_writes_it_and_counts_once(file_of, resource):
    # when
    run = file_of("1,20260105,", "2,2026/2/30,1")

    # then all rows were read twice, and are told once
    assert (run.state, readings(run)) == (RunState.SUCCEEDED, ["read", "again", "read"])
    assert (run.rows_read, run.rows_inserted) == (2, 1)
    assert run.bytes_read == len("1\t20260105\t\n2\t2026/2/30\t1\n")
    faults = QuarantineFault.objects.values_list("row__number", "column", "code", "shown")
    assert list(faults) == [(2, "name", "wrong_type", "2026/2/30")]
    assert run.report.dimensions["conformity"] == [1, 2]


def test_a_file_that_had_bad_rows_is_trusted_again_after_one_reading_without(file_of):
    bad = ("1,20260105,", "2,x,")
    good = ("1,20260105,", "2,20260106,")

    runs = [file_of(*lines) for lines in (bad, bad, good, good, bad)]

    assert ["again" in readings(run) for run in runs] == [True, False, False, False, True]


def test_a_row_with_too_few_values_is_told_by_its_number_whoever_reads(file_of):
    file_of("1,2026-01-05,", "2,,1")

    run = file_of("1,2026-01-05,", "2,1")

    assert (run.state, run.failure_code) == (RunState.FAILED, "field_count")
    assert run.failure_data == {"row": 2, "expected": 3, "found": 2}
