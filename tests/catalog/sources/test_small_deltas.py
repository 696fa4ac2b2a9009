"""Runs that read some rows alone: what they must not conclude from few."""

from decimal import Decimal

import pytest

from catalog.models import JobMode
from catalog.services import sync_rules

from .readings import job_of
from .running import held, ran


def test_append_does_not_make_a_table_anew_that_holds_what_the_source_forgot(
    changing, resource, steward
):
    # given rows of which the source keeps one
    job = job_of(changing, resource, mode=JobMode.APPEND, watermark_column="")
    changing.run("INSERT INTO divisions VALUES ('1', 'a', NULL, 1), ('2', 'b', NULL, 1)")
    ran(job, steward)
    changing.run("DELETE FROM divisions WHERE code = '1'")
    before = held(resource)

    # when an item becomes longer
    resource.items.filter(column="name").update(length=77)
    run = ran(job, steward)

    # then
    assert (run.state, run.failure_code) == ("failed", "append_anew")
    assert held(resource) == before


@pytest.mark.parametrize(("most_bad", "state"), [(1, "succeeded"), (0, "failed")])
def test_a_few_bad_rows_among_few_that_changed_fail_no_run(
    changing, resource, steward, most_bad, state
):
    # given a job that reads what changed
    job = job_of(changing, resource, mode=JobMode.INCREMENTAL, watermark_column="changed")
    changing.run("INSERT INTO divisions SELECT i::text, 'n', NULL, 1 FROM generate_series(1, 9) i")
    ran(job, steward)
    sync_rules.set_rules(
        job=job,
        rules=[{"kind": "pattern", "column": "name", "pattern": "^[a-z]$"}],
        casts={},
        most_bad=Decimal(most_bad),
        most_shrink=Decimal(50),
        version=0,
        by=steward,
    )

    # when one of two changed rows is bad
    changing.run("UPDATE divisions SET name = '?', changed = 2 WHERE code = '1'")
    changing.run("UPDATE divisions SET name = 'm', changed = 2 WHERE code = '2'")
    run = ran(job, steward)

    # then it is set apart, unless the job allows none
    assert (run.state, run.report.bad) == (state, 1)
    good = "m" if state == "succeeded" else "n"
    assert [row[1] for row in held(resource)[:3]] == ["n", good, "n"]
