"""A run refuses rows whose values are not in the bound list, as it refuses all others."""

from datetime import date

from audit.models import Entry
from catalog.models import RunState
from catalog.selectors.sync import failure_of
from tests.catalog.standards.conftest import a_list, next_version

from .running import ROWS, held, ran


def test_a_run_goes_by_the_version_of_the_list_that_is_in_force(job, steward, officer, resource):
    made = a_list(officer, ("1", "甲"), ("2", "乙"))
    resource.items.filter(column="parent_code").update(code_list=made)

    first = ran(job, steward)
    next_version(officer, made, ("2", "乙"), valid_from=date(2025, 8, 1))
    second = ran(job, steward)

    assert (first.state, second.state) == (RunState.SUCCEEDED, RunState.FAILED)
    assert held(resource) == ROWS
    assert (second.failure_code, second.attempt) == ("code_list", 1)
    assert second.failure_data["row"] == 2
    assert second.failure_data["value"] == "1"
    assert made.identifier in failure_of(second).what
    entry = Entry.objects.filter(action="catalog.run.fail").get()
    assert entry.data["failure"] == "code_list"
