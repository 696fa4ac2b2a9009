"""Pages and API of rules, quarantine and quality reports."""

import pytest
from django.urls import reverse

from audit.models import Entry
from catalog.models import JobRules
from portal.organisation.models import DutyKind
from tests.factories import UserFactory

from .running import ran
from .test_checks import MANY, declare


@pytest.fixture
def quarantined(job, steward, business):
    """A run that set one row of two hundred apart."""
    declare(job, steward, {"kind": "length", "column": "name", "most": 6})
    business.fill([*MANY[:-1], ("200", "=这个名称太长了", None)])
    return ran(job, steward)


def page(name, job):
    return reverse(f"catalog:{name}", args=[job.resource_id])


def sent(job, **fields):
    return {"version": 0, **fields}


def test_a_steward_adds_a_rule_says_how_an_item_is_read_and_sets_limits(signed_in, steward, job):
    client = signed_in(steward)
    url = page("sync_rules", job)

    rule = {"act": "add", "version": 0, "kind": "pattern", "column": "code", "pattern": "^[0-9]+$"}
    assert client.post(url, rule).status_code == 302
    cast = {"act": "cast", "version": 1, "column": "name", "trim": "on"}
    assert client.post(url, cast).status_code == 302
    limits = {"act": "limits", "version": 2, "most_bad": "2.5", "most_shrink": "10"}
    assert client.post(url, limits).status_code == 302

    held = JobRules.objects.order_by("-version").first()
    assert held.rules == [{"kind": "pattern", "column": "code", "pattern": "^[0-9]+$"}]
    assert held.casts == {"name": {"trim": True}}
    assert (str(held.most_bad), str(held.most_shrink), held.version) == ("2.50", "10.00", 3)
    assert "^[0-9]+$" in client.get(url).content.decode()

    assert client.post(url, {"act": "remove", "version": 3, "number": "0"}).status_code == 302
    assert JobRules.objects.order_by("-version").first().rules == []


@pytest.mark.parametrize(
    "fields",
    [
        {"act": "add", "kind": "pattern", "column": "code", "pattern": "("},
        {"act": "add", "kind": "length", "column": "code", "low": "x"},
        {"act": "add"},
        {"act": "cast", "column": "name", "factor": "2"},
        {"act": "limits", "most_bad": "101", "most_shrink": "1"},
        {"act": "limits", "most_bad": "1", "most_shrink": "1", "version": "7"},
        {"act": "remove", "number": "0", "version": "x"},
    ],
)
def test_what_cannot_be_saved_is_told_and_nothing_is(signed_in, steward, job, fields):
    answer = signed_in(steward).post(page("sync_rules", job), sent(job, **fields))

    assert answer.status_code == 422
    assert not JobRules.objects.exists()


def test_who_only_looks_changes_no_rule(signed_in, officer, job):
    client = signed_in(officer)
    assert client.get(page("sync_rules", job)).status_code == 200
    fields = {"act": "limits", "version": 0, "most_bad": "9", "most_shrink": "9"}
    assert client.post(page("sync_rules", job), fields).status_code == 403
    assert not JobRules.objects.exists()


def test_the_quarantine_shows_values_to_the_provider_alone(
    signed_in, steward, officer, stranger, quarantined, django_assert_max_num_queries
):
    url = page("quarantine", quarantined.job)
    own = signed_in(steward)
    own.get(url)
    with django_assert_max_num_queries(24):
        own = own.get(url).content.decode()
    assert "这个名称太长了" in own
    assert "200" in own
    assert "没有隔离行" in signed_in(steward).get(url, {"rule": "pattern"}).content.decode()

    theirs = signed_in(officer).get(url).content.decode()
    assert "这个名称太长了" not in theirs
    assert "仅提供部门可见" in theirs
    assert signed_in(stranger).get(url).status_code == 404


def test_the_download_is_masked_escaped_recorded_and_for_stewards_alone(
    signed_in, steward, officer, quarantined
):
    url = page("quarantine_file", quarantined.job)
    answer = signed_in(steward).get(url, {"rule": "length"})
    lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
    assert len(lines) == 2
    assert lines[1].startswith("1,200,")
    assert "'=这个名称太长了" in lines[1]
    entry = Entry.objects.get(action="catalog.quarantine.download")
    assert entry.data == {"column": "", "rule": "length", "rows": 1}

    assert signed_in(officer).get(url).status_code == 403
    assert Entry.objects.filter(action="catalog.quarantine.download").count() == 1


def test_the_report_tells_the_dimensions_and_their_course(signed_in, steward, quarantined):
    ran(quarantined.job, steward)

    shown = signed_in(steward).get(page("quality_report", quarantined.job)).content.decode()

    assert "99.50" in shown
    assert shown.count("trend-") >= 3
    assert "长度超出限度" in shown


def test_programs_read_and_set_rules_and_read_what_was_found(
    signed_in, steward, officer, quarantined
):
    pk = quarantined.job.resource_id
    client = signed_in(steward)
    rules = reverse("api:sync-job-rules", args=[pk])
    held = client.get(rules).json()
    assert (held["version"], held["most_bad"]) == (1, "1.00")

    bad = {"version": 1, "rules": [{"kind": "nothing"}]}
    refused = client.put(rules, bad, content_type="application/json")
    assert refused.status_code == 422
    made = client.put(
        rules,
        {"version": 1, "rules": [], "casts": {"name": {"trim": True}}},
        content_type="application/json",
    )
    assert (made.status_code, made.json()["version"]) == (200, 2)

    quarantine = reverse("api:sync-job-quarantine", args=[pk])
    (fault,) = client.get(quarantine).json()["results"]
    assert (fault["row"], fault["column"], fault["code"]) == (200, "name", "length")
    assert fault["value"] == "=这个名称太长了"
    (hidden,) = signed_in(officer).get(quarantine).json()["results"]
    assert hidden["value"] == ""

    (report,) = client.get(reverse("api:sync-job-reports", args=[pk])).json()["results"]
    assert (report["rows"], report["bad"], report["rules_version"]) == (200, 1, 1)


def test_a_colleague_without_the_duty_looks_but_takes_nothing_away(
    signed_in, resource, quarantined
):
    colleague = UserFactory(department=resource.department, duties=[DutyKind.STAFF])
    client = signed_in(colleague)
    assert client.get(page("quarantine", quarantined.job)).status_code == 200
    assert client.get(page("quarantine_file", quarantined.job)).status_code == 403
