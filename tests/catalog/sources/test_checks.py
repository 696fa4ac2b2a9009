"""Rules of a job: bad rows are set apart, good ones published, and what was found is kept."""

from decimal import Decimal

import pytest
from django.utils import timezone

from audit.models import Entry
from catalog.models import JobRules, QuarantinedRow, QuarantineFault, RunState
from catalog.services import quarantine, sync_rules
from portal.common.errors import Invalid, NotAllowed, StaleVersion
from tests.factories import DataItemFactory

from .running import ROWS, held, ran

MANY = [(f"{n:03}", f"名{n}", None) for n in range(1, 201)]


def declare(job, by, *rules, casts=None, most_bad=1, version=0):
    return sync_rules.set_rules(
        job=job,
        rules=list(rules),
        casts=casts or {},
        most_bad=Decimal(most_bad),
        most_shrink=Decimal(50),
        version=version,
        by=by,
    )


def faults():
    return list(QuarantineFault.objects.values_list("row__number", "column", "code", "shown"))


def test_a_few_bad_rows_are_set_apart_and_the_others_published(job, steward, resource, business):
    # given
    declare(job, steward, {"kind": "pattern", "column": "name", "pattern": "^名[0-9]+$"})
    business.fill([*MANY[:-1], ("200", "=cmd()", None)])

    # when
    run = ran(job, steward)

    # then
    assert (run.state, run.rows_read, run.rows_inserted) == (RunState.SUCCEEDED, 200, 199)
    assert held(resource) == MANY[:-1]
    assert faults() == [(200, "name", "pattern", "=cmd()")]
    assert (run.report.rows, run.report.bad, run.report.rules_version) == (200, 1, 1)
    assert run.report.dimensions == {
        "completeness": [200, 200],
        "conformity": [199, 200],
        "uniqueness": [200, 200],
    }
    resource.refresh_from_db()
    assert resource.row_count == 199


def test_the_published_row_of_a_bad_one_stays_as_it_was(job, steward, resource, business):
    # given
    business.fill(MANY)
    ran(job, steward)
    declare(job, steward, {"kind": "length", "column": "name", "most": 4})
    business.run("UPDATE divisions SET name = '太长的名称' WHERE code = '007'")
    business.run("DELETE FROM divisions WHERE code = '008'")
    business.run("UPDATE divisions SET name = '新' WHERE code = '009'")

    # when
    run = ran(job, steward)

    # then
    expected = [(c, "新" if c == "009" else n, p) for c, n, p in MANY if c != "008"]
    assert held(resource) == expected
    assert (run.rows_updated, run.rows_deleted) == (1, 1)
    resource.refresh_from_db()
    assert resource.row_count == 199


def test_rows_with_one_key_are_both_set_apart_whether_new_or_known(
    job, steward, resource, business
):
    # given
    business.run("DROP TABLE divisions")
    business.run("CREATE TABLE divisions (code varchar(12), name text, parent_code text)")
    with business.owner.cursor() as cursor:
        rows = [*MANY, ("007", "另", None), ("999", "甲", None), ("999", "乙", None)]
        cursor.executemany(b"INSERT INTO divisions VALUES (%s, %s, %s)", rows)
    declare(job, steward, most_bad=3)

    # when
    first = ran(job, steward)
    again = ran(job, steward)

    # then
    expected = [row for row in MANY if row[0] != "007"]
    assert held(resource) == expected
    assert (first.state, again.state) == (RunState.SUCCEEDED, RunState.SUCCEEDED)
    assert (again.rows_inserted, again.rows_updated, again.rows_deleted) == (0, 0, 0)
    assert [(number, code) for number, _column, code, _shown in faults()] == [
        (7, "repeated_key"),
        (201, "repeated_key"),
        (202, "repeated_key"),
        (203, "repeated_key"),
    ]
    assert again.report.dimensions["uniqueness"] == [199, 203]


def test_what_was_repaired_leaves_quarantine_with_the_next_run(job, steward, resource, business):
    business.fill([*MANY[:-1], ("200", "x" * 101, None)])
    ran(job, steward)
    assert faults() == [(200, "name", "too_long", "x" * 101)]
    business.run("UPDATE divisions SET name = '名200' WHERE code = '200'")

    run = ran(job, steward)

    assert not QuarantinedRow.objects.exists()
    assert (run.report.bad, held(resource)) == (0, MANY)


def test_values_of_personal_items_are_kept_sealed_and_shown_masked(
    job, steward, resource, business
):
    # given
    resource.items.filter(column="name").update(
        is_personal=True, identifier_kind="resident_id", masking_rule="resident_id"
    )
    business.fill([(f"{n:03}", "11010519491231002X", None) for n in range(200)])
    business.run("UPDATE divisions SET name = '110105194912310021' WHERE code = '005'")

    # when
    ran(job, steward)

    # then
    assert faults() == [(200, "name", "resident_id", "1****************1")]
    (row,) = QuarantinedRow.objects.all()
    assert b"110105194912310021" not in bytes(row.sealed)


@pytest.mark.parametrize(
    ("rule", "row"),
    [
        (
            {"kind": "range", "column": "amount", "low": "0", "high": "100"},
            ("1", None, None, "101"),
        ),
        ({"kind": "order", "column": "amount", "other": "most"}, ("1", None, "5", "6")),
        (
            {"kind": "required_if", "column": "name", "other": "code", "values": ["1", "2"]},
            ("1", None, None, None),
        ),
        ({"kind": "credit_code", "column": "name"}, ("1", "91350100M000100Y44", None, None)),
        (
            {"kind": "length", "column": "name", "least": 2, "most": 3},
            ("1", "四个字了", None, None),
        ),
    ],
    ids=lambda value: value["kind"] if isinstance(value, dict) else "",
)
def test_each_kind_of_rule_finds_its_row(job, steward, resource, business, rule, row):
    # given
    DataItemFactory(resource=resource, position=8, name="上限", column="most", type="N")
    DataItemFactory(resource=resource, position=9, name="金额", column="amount", type="N")
    job.mapping |= {"most": "most", "amount": "amount"}
    job.save()
    business.run("ALTER TABLE divisions ADD most text, ADD amount text")
    business.run("DELETE FROM divisions")
    good = ("0", "91350100M000100Y43" if rule["kind"] == "credit_code" else "好的", "9", "9")
    for code, name, most, amount in (good, row):
        business.run(
            "INSERT INTO divisions (code, name, most, amount) VALUES (%s, %s, %s, %s)",
            [code, name, most, amount],
        )
    declare(job, steward, rule, most_bad=50)

    # when
    run = ran(job, steward)

    # then
    assert [(number, column, code) for number, column, code, _ in faults()] == [
        (2, rule["column"], rule["kind"])
    ]
    assert (run.state, run.rows_inserted) == (RunState.SUCCEEDED, 1)


def test_values_are_read_as_the_casts_say(job, steward, resource, business):
    # given
    resource.items.filter(column="name").update(type="D")
    DataItemFactory(resource=resource, position=9, name="金额", column="amount", type="Y")
    job.mapping |= {"amount": "amount"}
    job.save()
    business.run("ALTER TABLE divisions ADD amount text")
    business.run("DELETE FROM divisions")
    business.run(
        "INSERT INTO divisions VALUES ('1', '31/12/2026', NULL, ' 1.5 '),"
        " ('2', '2026-02-30', NULL, 'x')"
    )
    casts = {
        "name": {"date_format": "DD/MM/YYYY"},
        "amount": {"trim": True, "factor": "10000"},
        "parent_code": {"default": "0"},
    }
    declare(job, steward, casts=casts, most_bad=50)

    # when
    ran(job, steward)
    again = ran(job, steward)

    # then
    (row,) = held(resource)
    assert [str(value) for value in row] == ["1", "2026-12-31", "0", "15000.00"]
    assert {(column, code) for _n, column, code, _s in faults()} == {
        ("name", "wrong_type"),
        ("amount", "wrong_type"),
    }
    assert (again.rows_updated, again.rows_inserted) == (0, 0)


def test_how_recent_the_newest_value_is_is_told(job, steward, resource, business):
    resource.items.filter(column="name").update(type="D")
    rule = {"kind": "freshness", "column": "name", "days": 3}
    declare(job, steward, rule)
    business.fill([("1", timezone.localdate().isoformat(), None)])
    assert ran(job, steward).report.dimensions["timeliness"] == [1, 1]
    business.fill([("1", "2020-01-01", None)])
    assert ran(job, steward).report.dimensions["timeliness"] == [0, 1]


@pytest.mark.parametrize(
    "rule",
    [
        {},
        "DROP TABLE x",
        {"kind": "sql", "column": "name"},
        {"kind": "pattern", "column": "nobody", "pattern": "x"},
        {"kind": "pattern", "column": "name", "pattern": "("},
        {"kind": "pattern", "column": "name", "pattern": r"(a)\1"},
        {"kind": "pattern", "column": "name", "pattern": "x\x00"},
        {"kind": "pattern", "column": "name", "pattern": "x", "sql": "1"},
        {"kind": "range", "column": "name", "low": "1"},
        {"kind": "length", "column": "name", "least": 3, "most": 2},
        {"kind": "length", "column": "name"},
        {"kind": "order", "column": "name", "other": "name"},
        {"kind": "order", "column": "name", "other": "code"},
        {"kind": "required_if", "column": "name", "other": "code", "values": "1"},
        {"kind": "freshness", "column": "name", "days": 1},
    ],
)
def test_a_rule_that_cannot_be_asked_is_refused(job, steward, rule):
    with pytest.raises(Invalid) as refusal:
        declare(job, steward, rule)

    assert "rules" in refusal.value.fields
    assert not JobRules.objects.exists()
    assert not Entry.objects.exists()


@pytest.mark.parametrize(
    "casts",
    [
        {"nobody": {"trim": True}},
        {"name": {"sql": "x"}},
        {"name": {"date_format": "YYYYMMDD"}},
        {"name": {"factor": "2"}},
        {"name": {"codes_from": "GB/T 2261.1-2003"}},
        {"code": {"default": "longer than 12 characters"}},
    ],
)
def test_a_cast_that_cannot_be_done_is_refused(job, steward, casts):
    with pytest.raises(Invalid) as refusal:
        declare(job, steward, casts=casts)

    assert "casts" in refusal.value.fields
    assert not JobRules.objects.exists()


def test_every_change_is_a_new_version_and_the_second_steward_is_told(job, steward):
    declare(job, steward, most_bad=2)
    declare(job, steward, {"kind": "length", "column": "name", "most": 9}, version=1)

    with pytest.raises(StaleVersion):
        declare(job, steward, version=1)

    assert list(JobRules.objects.order_by("version").values_list("version", "rules")) == [
        (1, []),
        (2, [{"kind": "length", "column": "name", "most": 9}]),
    ]
    assert Entry.objects.filter(action="catalog.sync_job.set_rules").count() == 2


def test_only_the_providers_stewards_set_rules_and_take_rows_away(
    job, colleague, stranger, officer
):
    for person in (colleague, stranger, officer):
        with pytest.raises(NotAllowed):
            declare(job, person)
        with pytest.raises(NotAllowed):
            quarantine.note_download(job=job, column="", code="", rows=0, by=person)
    assert not JobRules.objects.exists()
    assert not Entry.objects.exists()


def test_nothing_bad_leaves_an_empty_quarantine_and_a_report(job, steward, resource):
    run = ran(job, steward)

    assert (run.report.rows, run.report.bad, run.report.rules_version) == (3, 0, 0)
    assert held(resource) == ROWS
    assert not QuarantinedRow.objects.exists()
