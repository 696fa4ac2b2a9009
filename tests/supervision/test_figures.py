"""What the figures count, and that each leads to exactly the cases it counted."""

from datetime import timedelta

import pytest
from django.utils import timezone

from catalog.models import Resource, ResourceState
from portal.clocks.models import Lapse
from portal.common.errors import Invalid
from portal.organisation.models import DutyKind, RegionLevel
from portal.supervision.indicators import INDICATORS
from portal.supervision.scope import PERIODS, departments_of, scope_of
from portal.supervision.selectors import answers, figures, work
from portal.workdays.clocks import today
from sharing.models import AgreementState, Deadline, SharingRequest
from sharing.services import disputes, extensions
from tests.catalog.formats.test_dcat import NOT_SHARED
from tests.factories import DepartmentFactory, RegionFactory, ResourceFactory, UserFactory

pytestmark = pytest.mark.django_db
WIDE = {"period": "twelve"}


def shares(user, **asked):
    found = figures.figures(scope_of(user, {**WIDE, **asked}))
    return {one.indicator.key: (one.share.part, one.share.whole) for one in found}


def numbers(indicator, scope, part):
    found = figures.cases_of(INDICATORS[indicator], scope, part=part)
    return {clock.request.number for clock in found}


@pytest.fixture
def answered(asked):
    """In time, on the last day, late, overdue; and what is no case: not yet due, stands, fallen away."""
    made = {
        "early": asked(due=-10, met=-12),
        "last_day": asked(due=-10, met=-10),
        "late": asked(due=-10, met=-9),
        "overdue": asked(due=-1),
    }
    asked(due=0)
    asked(due=5)
    asked(due=-5, paused_on=today() - timedelta(days=9))
    asked(due=-5, cancelled_at=timezone.now())
    return made


def test_answers_count_what_was_answered_or_is_past_its_day(cast, answered):
    assert shares(cast.officer)["answers"] == (2, 4)


def test_each_part_of_a_figure_leads_to_the_cases_that_it_counted(cast, answered):
    scope = scope_of(cast.officer, WIDE)
    number = {name: one.number for name, one in answered.items()}
    assert numbers("answers", scope, "all") == set(number.values())
    assert numbers("answers", scope, "good") == {number["early"], number["last_day"]}
    assert numbers("answers", scope, "missed") == {number["late"], number["overdue"]}


@pytest.mark.parametrize("period", PERIODS)
def test_the_board_says_what_each_figure_says_by_itself(cast, answered, asked, period):
    asked(due=-40, met=-41)
    asked(due=-200, met=-190)
    scope = scope_of(cast.officer, {"period": period})
    by_itself = [figures.share_of(one, scope) for one in INDICATORS.values()]
    assert [one.share for one in figures.figures(scope)] == by_itself


def test_the_months_begin_with_the_first_in_which_something_was_due(cast, asked):
    asked(due=-40, met=-41)
    scope = scope_of(cast.officer, WIDE)
    months = figures.board(scope).by_month([INDICATORS["answers"]], scope)
    assert months[0].month == (today() - timedelta(days=40)).replace(day=1)
    assert months[0].shares == [figures.Share(1, 1)]
    assert months[-1].month == today().replace(day=1)


@pytest.mark.parametrize("key", sorted(INDICATORS))
def test_the_list_of_every_figure_is_as_long_as_the_figure(cast, answered, agreement, refused, key):
    for user in (cast.officer, cast.provider_head, cast.head):
        scope = scope_of(user, WIDE)
        share = figures.share_of(INDICATORS[key], scope)
        lists = {
            part: figures.cases_of(INDICATORS[key], scope, part=part).count()
            for part in figures.PARTS
        }
        assert lists == {"all": share.whole, "good": share.part, "missed": share.missed}
        by_department = figures.by_department(INDICATORS[key], scope).values()
        assert sum(one.part for one in by_department) == share.part
        assert sum(one.whole for one in by_department) == share.whole


def test_what_was_due_before_the_period_is_not_counted(cast, asked):
    asked(due=-500, met=-490)
    assert shares(cast.officer)["answers"] == (0, 0)


def test_demand_is_satisfied_by_delivery_alone(cast, agreement, refused, asked):
    asked(due=5)
    assert shares(cast.officer)["satisfaction"] == (1, 2)


def test_entries_count_once_they_may_be_shared_and_are_usable_with_rows(cast, filled):
    ResourceFactory(department=cast.civil, state=ResourceState.PUBLISHED)
    ResourceFactory(department=cast.civil, state=ResourceState.DRAFT)
    ResourceFactory(department=cast.civil, state=ResourceState.PUBLISHED, **NOT_SHARED)
    found = shares(cast.officer)
    assert found["mounted"] == (1, 2)
    assert found["freshness"] == (1, 1)


def test_rows_older_than_their_update_frequency_are_not_fresh(cast, filled):
    Resource.objects.filter(pk=filled.pk).update(
        rows_changed_at=timezone.now() - timedelta(days=800)
    )
    assert shares(cast.officer)["freshness"] == (0, 1)


def test_agreements_count_for_the_requester_who_uses_them(cast, agreement):
    assert shares(cast.head)["use"] == (0, 1)
    assert shares(cast.provider_head)["use"] == (0, 0)
    type(agreement).objects.update(state=AgreementState.SUSPENDED)
    assert shares(cast.head)["order"] == (0, 1)
    assert shares(cast.head)["use"] == (0, 0)


def test_an_officer_sees_the_region_and_a_department_itself_alone(cast, answered):
    other = UserFactory(
        department=DepartmentFactory(region=RegionFactory(code="980000"), is_competent=True),
        duties=[DutyKind.COMPETENT_OFFICER],
    )
    assert shares(cast.provider_head)["answers"] == (2, 4)
    assert shares(cast.head)["answers"] == (0, 0)
    assert shares(other)["answers"] == (0, 0)


def test_with_the_levels_below_a_province_sees_its_cities_and_not_the_other_way_round():
    province = RegionFactory(code="990000", level=RegionLevel.PROVINCE)
    city = RegionFactory(code="990100", level=RegionLevel.CITY, parent=province)
    above, below = (DepartmentFactory(region=one, is_competent=True) for one in (province, city))
    officer = UserFactory(department=above, duties=[DutyKind.COMPETENT_OFFICER])
    lower = UserFactory(department=below, duties=[DutyKind.COMPETENT_OFFICER])
    assert set(departments_of(officer)) == {above}
    assert set(departments_of(officer, reach="below")) == {above, below}
    assert set(departments_of(lower, reach="below")) == {below}


def test_open_work_is_counted_by_department_and_step(cast, answered):
    tallies = work.step_counts(scope_of(cast.officer, WIDE))
    one = tallies["answer"]
    assert (one.open, one.today, one.soon, one.overdue, one.stands) == (4, 1, 1, 1, 1)
    (row,) = work.work_by_department(scope_of(cast.officer, WIDE))
    assert row.department == cast.civil
    assert row.counts["answer"] == one


@pytest.mark.parametrize("state", work.STATES)
def test_each_count_of_open_work_leads_to_as_many_deadlines(cast, answered, state):
    scope = scope_of(cast.officer, WIDE)
    listed = work.clocks(scope, step="answer", state=state)
    assert listed.count() == getattr(work.step_counts(scope)["answer"], state)


def test_what_is_overdue_the_longest_stands_first(cast, asked):
    recent, old = asked(due=-1), asked(due=-20)
    found = work.latest(scope_of(cast.officer, WIDE), most=5)
    assert [clock.request.number for clock, _subject in found] == [old.number, recent.number]


@pytest.fixture
def lapsed(cast, asked):
    """An answer whose last day passed, given a day later."""
    clock = Deadline.objects.get(request=asked(due=-3, met=-2))
    Lapse.objects.create(
        about=Deadline._meta.label_lower,
        about_id=clock.pk,
        holder=cast.civil,
        rule=clock.rule,
        kind=clock.kind,
        article=clock.article,
        started_on=clock.started_on,
        limit_days=clock.limit_days,
        extension_days=0,
        calendar_version=clock.calendar_version,
        due=clock.due,
    )
    return clock


def test_a_lapse_is_counted_for_the_day_that_it_passed(cast, lapsed):
    (row,) = work.work_by_department(scope_of(cast.officer, WIDE))
    assert row.total.lapsed == 1


def test_the_count_of_lapses_leads_to_the_clocks_that_lapsed_done_or_not(cast, lapsed, asked):
    asked(due=-1)
    scope = scope_of(cast.officer, WIDE)
    assert work.step_counts(scope)["answer"].lapsed == 1
    assert list(work.clocks(scope, step="answer", state="lapsed")) == [lapsed]
    assert list(work.clocks(scope, step="deliver", state="lapsed")) == []
    of_requester = scope_of(cast.head, WIDE)
    assert list(work.clocks(of_requester, step="answer", state="lapsed")) == []


def test_the_share_of_a_month_leads_to_the_cases_of_that_month(cast, answered, asked):
    asked(due=-40, met=-41)
    asked(due=40, met=-1)
    scope = scope_of(cast.officer, WIDE)
    one = INDICATORS["answers"]
    months = figures.board(scope).by_month([one], scope)
    assert sum(month.shares[0].whole for month in months) >= 5
    for month in months:
        within = scope.in_month(month.month)
        assert figures.share_of(one, within) == month.shares[0]
        assert figures.figures(within)[0].share == month.shares[0]
        assert figures.cases_of(one, within).count() == month.shares[0].whole


@pytest.mark.parametrize("period", ["2019-01", "2026-13", "2999-01", "26-01"])
def test_a_month_is_one_of_the_last_twelve(cast, period):
    with pytest.raises(Invalid) as refused:
        scope_of(cast.officer, {"period": period})
    assert list(refused.value.fields) == ["period"]


def test_refusals_count_by_reason_and_how_many_were_contested(cast, refused, asked):
    (one,) = answers.refusals_by_reason(scope_of(cast.officer, WIDE))
    assert (one.reason, one.number, one.contested) == ("scope_too_large", 1, 0)
    disputes.raise_dispute(
        request=refused, version=refused.version, opinion="法定职责需要", by=cast.applicant
    )
    scope = scope_of(cast.officer, WIDE)
    (one,) = answers.refusals_by_reason(scope)
    assert one.contested == 1
    assert answers.refused(scope, contested=True).count() == 1


def test_the_count_of_contested_refusals_leads_to_these(cast, refused):
    scope = scope_of(cast.officer, WIDE)
    assert list(answers.refused(scope)) == [refused]
    assert list(answers.refused(scope, contested=True)) == []


def test_extensions_count_by_what_became_of_them(cast, asked):
    one = asked(due=5)
    asked_for = extensions.ask(
        request=one, version=one.version, days=5, opinion="跨系统核对", by=cast.provider_head
    )
    scope = scope_of(cast.officer, WIDE)
    kinds = {found.kind: found for found in answers.extensions_by_kind(scope)}
    assert (kinds["answer"].open, kinds["answer"].granted, kinds["answer"].days) == (1, 0, 0)
    extensions.decide(
        request=asked_for, version=asked_for.version, is_granted=True, by=cast.officer
    )
    kinds = {found.kind: found for found in answers.extensions_by_kind(scope)}
    assert (kinds["answer"].open, kinds["answer"].granted, kinds["answer"].days) == (0, 1, 5)
    assert [line.title for line in answers.extensions(scope, outcome="granted")] == [str(one)]
    assert answers.extensions(scope, outcome="denied") == []
    assert len(answers.extensions(scope, kind="answer", outcome="granted")) == 1
    assert answers.extensions(scope, kind="update", outcome="granted") == []
    with pytest.raises(Invalid):
        answers.extensions(scope, kind="sleep")


def test_the_api_gives_the_same_figures_and_cases(cast, answered, signed_in):
    client = signed_in(cast.officer)
    listed = client.get("/api/v1/supervision/indicators/?period=twelve").json()
    share = next(one for one in listed if one["key"] == "answers")["share"]
    assert share == {"numerator": 2, "denominator": 4, "rate": 0.5}
    cases = client.get("/api/v1/supervision/indicators/answers/cases/?period=twelve&part=missed")
    assert len(cases.json()["results"]) == 2
    table = client.get("/api/v1/supervision/departments/?period=twelve").json()
    assert {row["name"] for row in table} == {one.name for one in departments_of(cast.officer)}
    clocks = client.get("/api/v1/supervision/deadlines/?step=answer&state=overdue").json()
    assert [one["article"] for one in clocks["results"]] == [21]
    assert SharingRequest.objects.count() == 8
