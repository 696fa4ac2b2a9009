"""A run refuses rows whose values are not in the bound list, as it refuses all others."""

from datetime import date
from decimal import Decimal

from audit.models import Entry
from catalog.models import QuarantineFault, RunState
from catalog.services import sync_rules
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
    assert (second.failure_code, second.attempt) == ("too_many_bad", 1)
    assert second.report.faults == [{"column": "parent_code", "code": "code_list", "rows": 2}]
    entry = Entry.objects.filter(action="catalog.run.fail").get()
    assert entry.data["failure"] == "too_many_bad"


def test_a_run_translates_the_codes_of_the_source_by_the_names_of_both_lists(
    job, steward, officer, resource, business
):
    # given a source with codes of its own, of which one has no like in the list of the standard
    ours = a_list(officer, ("1", "男性"), ("2", "女性"), ("9", "未说明的性别"))
    theirs = a_list(
        *(officer, ("M", "男性"), ("F", "女性"), ("X", "其他")),
        identifier="DB 35/1",
        name="本地性别代码",
    )
    resource.items.filter(column="parent_code").update(code_list=ours)
    business.fill([("1", "甲", "M"), ("2", "乙", "F"), ("3", "丙", "1"), ("4", "丁", "X")])
    sync_rules.set_rules(
        job=job,
        rules=[],
        casts={"parent_code": {"codes_from": theirs.identifier}},
        most_bad=Decimal(30),
        most_shrink=Decimal(50),
        version=0,
        by=steward,
    )

    # when
    run = ran(job, steward)

    # then codes are ours, one that was ours already stays, and one without a like is set apart
    assert (run.state, run.rows_read) == (RunState.SUCCEEDED, 4)
    assert held(resource) == [("1", "甲", "1"), ("2", "乙", "2"), ("3", "丙", "1")]
    fault = QuarantineFault.objects.get()
    assert (fault.column, fault.code, fault.shown) == ("parent_code", "code_list", "X")

    # and the second time nothing differs
    assert ran(job, steward).rows_updated == 0
