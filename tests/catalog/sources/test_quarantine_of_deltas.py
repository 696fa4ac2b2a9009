"""Rows in quarantine of jobs whose runs read some rows alone: kept until a run speaks of them."""

import pytest
from django.urls import reverse

from catalog.models import JobMode, QuarantinedRow, RunState

from .readings import job_of
from .running import ROWS, held, ran
from .test_checks import declare

SHORT = {"kind": "length", "column": "name", "most": 4}


def kept() -> list[tuple[int, int, str]]:
    """Run, row and value of what is in quarantine."""
    return list(
        QuarantinedRow.objects.values_list("run__number", "number", "faults__shown").order_by(
            "run__number", "number"
        )
    )


@pytest.fixture
def delta(changing, resource, steward):
    """A job by watermark whose first run set two rows of a hundred apart."""
    job = job_of(changing, resource, overlap=0)
    declare(job, steward, SHORT, most_bad=5)
    changing.run(
        "INSERT INTO divisions SELECT i::text, '名', NULL, 1 FROM generate_series(1, 98) i"
    )
    put(changing, "a", "太长的名甲", 1)
    put(changing, "b", "太长的名乙", 1)
    # The last one is read by every run: from it on there may be more.
    put(changing, "last", "名", 2)
    run = ran(job, steward)
    assert run.state == RunState.SUCCEEDED
    assert kept() == [(1, 99, "太长的名甲"), (1, 100, "太长的名乙")]
    job.refresh_from_db()
    return job


def put(business, code, name, changed) -> None:
    business.run(
        "INSERT INTO divisions VALUES (%s, %s, NULL, %s) ON CONFLICT (code)"
        " DO UPDATE SET name = excluded.name, changed = excluded.changed",
        [code, name, changed],
    )


def test_a_delta_keeps_the_bad_rows_that_it_did_not_read(changing, delta, steward):
    # given
    put(changing, "5", "新", 3)

    # when
    run = ran(delta, steward)

    # then
    assert (run.state, run.rows_read, run.report.bad) == (RunState.SUCCEEDED, 2, 0)
    assert kept() == [(1, 99, "太长的名甲"), (1, 100, "太长的名乙")]


def test_a_bad_row_leaves_when_its_key_comes_good(changing, resource, delta, steward):
    put(changing, "a", "甲", 3)

    ran(delta, steward)

    assert kept() == [(1, 100, "太长的名乙")]
    assert ("a", "甲", None) in held(resource)


def test_a_bad_row_whose_key_comes_bad_again_is_kept_once_as_it_is_now(changing, delta, steward):
    put(changing, "a", "仍然太长的名", 3)

    run = ran(delta, steward)

    assert run.report.bad == 1
    assert kept() == [(1, 100, "太长的名乙"), (2, 2, "仍然太长的名")]


def test_keys_are_compared_as_the_table_holds_them(changing, delta, steward):
    # given a job that trims what it reads
    declare(delta, steward, SHORT, casts={"code": {"trim": True}}, most_bad=5, version=1)
    put(changing, "  a ", "甲", 3)

    # when
    ran(delta, steward)

    # then
    assert kept() == [(1, 100, "太长的名乙")]


def test_a_full_reading_replaces_all(changing, delta, steward):
    # given
    changing.run("DELETE FROM divisions WHERE code = 'a'")
    delta.mode = JobMode.FULL
    delta.save()

    # when
    ran(delta, steward)

    # then
    assert kept() == [(2, 99, "太长的名乙")]


def test_a_comparison_of_keys_takes_those_away_that_the_source_no_longer_has(
    changing, delta, steward
):
    # given
    delta.sweep, delta.sweep_every = "keys", 1
    delta.save()
    changing.run("DELETE FROM divisions WHERE code = 'a'")

    # when
    run = ran(delta, steward)

    # then
    assert run.state == RunState.SUCCEEDED
    assert kept() == [(1, 100, "太长的名乙")]


def test_a_failed_delta_repairs_nothing(changing, resource, delta, steward):
    # given a run of which too much is bad
    put(changing, "a", "甲", 3)
    changing.run(
        "INSERT INTO divisions SELECT 'z' || i, '很长很长的名', NULL, 3"
        " FROM generate_series(1, 20) i"
    )
    put(changing, "b", "还是太长的名", 3)

    # when
    run = ran(delta, steward)

    # then
    assert (run.state, run.failure_code) == (RunState.FAILED, "too_many_bad")
    assert not [row for row in held(resource) if row[0] == "a"]
    earlier = [one for one in kept() if one[0] == 1]
    assert earlier == [(1, 99, "太长的名甲")]
    assert len(kept()) == 22

    # and when the source has repaired them
    changing.run("UPDATE divisions SET name = '好' WHERE length(name) > 4")
    assert ran(delta, steward).state == RunState.SUCCEEDED
    assert kept() == []


def test_rows_without_a_key_that_an_overlap_reads_twice_are_kept_once(changing, resource, steward):
    # given
    changing.run("ALTER TABLE divisions DROP CONSTRAINT divisions_pkey")
    changing.run("ALTER TABLE divisions ALTER code DROP NOT NULL")
    job = job_of(changing, resource, overlap=5)
    declare(job, steward, most_bad=5)
    changing.run(
        "INSERT INTO divisions SELECT i::text, '名', NULL, 1 FROM generate_series(1, 98) i"
    )
    changing.run("INSERT INTO divisions VALUES (NULL, '无', NULL, 1), (NULL, '另', NULL, 1)")
    ran(job, steward)
    assert [one[:2] for one in kept()] == [(1, 99), (1, 100)]

    # when the run after it reads all of them but one again
    changing.run("DELETE FROM divisions WHERE name = '另'")
    run = ran(job, steward)

    # then the one that came again is of the second run, the other was not read
    assert (run.state, run.rows_read) == (RunState.SUCCEEDED, 99)
    assert kept() == [(1, 100, ""), (2, 99, "")]


def test_captured_changes_speak_of_their_keys_and_of_those_that_went(logical, resource, steward):
    # given
    logical.table([*ROWS, ("4", "太长的名丁", None), ("5", "太长的名戊", None)])
    job = logical.job(resource)
    declare(job, steward, SHORT, most_bad=50)
    ran(job, steward)
    assert [row[2] for row in kept()] == ["太长的名丁", "太长的名戊"]

    # when another row changes
    logical.run("UPDATE divisions SET name = '新' WHERE code = '1'")
    assert ran(job, steward).state == RunState.SUCCEEDED
    # then
    assert [row[2] for row in kept()] == ["太长的名丁", "太长的名戊"]

    # when one of them is repaired
    logical.run("UPDATE divisions SET name = '丁' WHERE code = '4'")
    assert ran(job, steward).state == RunState.SUCCEEDED
    # then
    assert [row[2] for row in kept()] == ["太长的名戊"]
    assert ("4", "丁", None) in held(resource)

    # when the other is deleted
    logical.run("DELETE FROM divisions WHERE code = '5'")
    assert ran(job, steward).state == RunState.SUCCEEDED
    # then
    assert kept() == []


def test_only_so_many_rows_of_a_job_are_kept_the_oldest_go(changing, delta, steward):
    # given as many as are kept
    first = QuarantinedRow.objects.first()
    QuarantinedRow.objects.bulk_create(
        QuarantinedRow(run=first.run, number=number, sealed=first.sealed)
        for number in range(101, 5099)
    )
    put(changing, "c", "太长的名丙", 3)

    # when
    ran(delta, steward)

    # then
    numbers = QuarantinedRow.objects.values_list("run__number", "number")
    assert set(numbers) == {(1, number) for number in range(99, 5098)} | {(2, 2)}


def test_page_download_and_api_tell_which_run_set_each_row_apart(
    changing, delta, steward, signed_in
):
    # given
    put(changing, "c", "太长的名丙", 3)
    ran(delta, steward)
    client = signed_in(steward)
    pk = delta.resource_id

    # when
    shown = client.get(reverse("catalog:quarantine", args=[pk])).content.decode()
    file = client.get(reverse("catalog:quarantine_file", args=[pk]))
    found = client.get(reverse("api:sync-job-quarantine", args=[pk])).json()["results"]

    # then
    assert "第 2 次运行：2 行中问题 1 行" in shown
    assert "隔离区现有 3 行" in shown
    assert "2 行来自以前的运行" in shown
    assert ["#2</a>" in shown, shown.count("#1</a>")] == [True, 2]
    lines = b"".join(file.streaming_content).decode("utf-8-sig").splitlines()
    assert [line.split(",")[:2] for line in lines[1:]] == [["2", "2"], ["1", "99"], ["1", "100"]]
    assert sorted((one["run"], one["row"]) for one in found) == [(1, 99), (1, 100), (2, 2)]
