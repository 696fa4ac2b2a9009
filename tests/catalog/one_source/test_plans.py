"""A collection plan that repeats what is shared is not filed before it is answered for (Art. 19)."""

from datetime import date

import pytest

from audit.models import Entry
from catalog.models import CollectionPlan, Duplicate, DuplicateState, PlanState
from catalog.selectors.collection_plans import plan_for, plans_for
from catalog.selectors.duplicates import duplicates_of, open_duplicates
from catalog.services import collection_plans as plans
from catalog.services import duplicates, item_synonyms
from catalog.services.collection_plans import PlanData
from portal.common.errors import (
    DomainError,
    Invalid,
    NotAllowed,
    NotFound,
    StaleVersion,
    WrongState,
)
from portal.organisation.models import DutyKind
from tests.catalog.conftest import at
from tests.catalog.one_source.repeating import another
from tests.factories import UserFactory
from tests.html_checks import problems

pytestmark = pytest.mark.django_db
PLAN = PlanData(
    name="婚恋状况调查",
    purpose="了解婚恋状况",
    basis="《统计法》第三章",
    asked_from="年满二十岁的居民",
    starts_on=date(2027, 3, 1),
    items=["婚姻状况", "择偶标准"],
)


@pytest.fixture
def plan(cast):
    item_synonyms.load_shipped()
    return plans.create(plan=PLAN, by=cast.steward)


def as_given(**changes):
    return {
        "name": PLAN.name,
        "purpose": PLAN.purpose,
        "basis": PLAN.basis,
        "asked_from": PLAN.asked_from,
        "starts_on": "2027-03-01",
        "items": "婚姻状况\n择偶标准",
    } | changes


def answer(cast, plan, other, **changes):
    given = {"subject": plan, "version": plan.version, "column": "婚姻状况", "other": other}
    duplicates.justify(**given | changes, words="调查对象不同", by=cast.steward)


def test_what_others_provide_is_found_by_the_synonym_and_must_be_answered(cast, plan):
    # given a published entry of another department
    other = another(cast.education)
    (found,) = duplicates_of(plan, party=cast.steward)
    assert (found.candidate.name, found.other) == ("婚姻状况", other)
    # synonym 15, one holder 25, one of two items 12
    assert [reason.points for reason in found.candidate.score.reasons] == [15, 25, 12]
    # when it is filed without an answer
    with pytest.raises(Invalid) as refusal:
        plans.file(held=plan, version=1, by=cast.steward)
    # then it stays a draft
    assert list(refusal.value.fields) == ["duplicates"]
    plan.refresh_from_db()
    assert (plan.state, plan.version) == (PlanState.DRAFT, 1)
    # when it is justified
    answer(cast, plan, other)
    filed = plans.file(held=plan, version=1, by=cast.steward)
    # then it is filed, and nothing is open
    assert (filed.state, filed.version) == (PlanState.FILED, 2)
    assert not open_duplicates(cast.officer).exists()
    assert Entry.objects.filter(action="catalog.plan.file", target_id=str(plan.pk)).count() == 1


def test_what_the_steward_does_not_see_is_for_the_competent_department(cast, plan):
    other = another(cast.education, visibility="provider")
    plans.file(held=plan, version=1, by=cast.steward)
    (row,) = open_duplicates(cast.officer)
    assert (row.plan, row.other, row.item_name) == (plan, other, "婚姻状况")
    assert [reason.code for reason in row.reasons] == ["synonym", "uncommon", "covered"]


def test_a_linked_plan_becomes_no_related_entry(cast, plan):
    other = another(cast.education)
    duplicates.link(subject=plan, version=1, column="婚姻状况", other=other, by=cast.steward)
    assert Duplicate.objects.get().state == DuplicateState.LINKED
    plan.refresh_from_db()
    assert plan.version == 1


def test_an_answer_goes_with_its_item(cast, plan):
    answer(cast, plan, another(cast.education))
    changed = PlanData(**{f: getattr(PLAN, f) for f in PLAN.__slots__} | {"items": ["择偶标准"]})
    plans.change(held=plan, version=1, plan=changed, by=cast.steward)
    assert not Duplicate.objects.exists()
    assert [item.name for item in plan.items.all()] == ["择偶标准"]


def test_the_competent_department_objects_and_the_plan_goes_back(cast, plan):
    filed = plans.file(held=plan, version=1, by=cast.steward)
    with pytest.raises(Invalid):
        plans.object_to(held=filed, version=2, words=" ", by=cast.officer)
    back = plans.object_to(held=filed, version=2, words="教育厅已有", by=cast.officer)
    assert (back.state, back.objection, back.objected_by) == (
        PlanState.OBJECTED,
        "教育厅已有",
        cast.officer,
    )
    again = plans.file(held=back, version=3, by=cast.steward)
    assert (again.state, again.objection, again.objected_by) == (PlanState.FILED, "", None)
    gone = plans.withdraw(held=again, version=4, by=cast.steward)
    assert gone.state == PlanState.WITHDRAWN


ACTS = {
    "change": lambda held, version, by: plans.change(held=held, version=version, plan=PLAN, by=by),
    "file": lambda held, version, by: plans.file(held=held, version=version, by=by),
    "object": lambda held, version, by: plans.object_to(
        held=held, version=version, words="已有", by=by
    ),
    "withdraw": lambda held, version, by: plans.withdraw(held=held, version=version, by=by),
}
ALLOWED = {
    ("draft", "change"): "steward",
    ("draft", "file"): "steward",
    ("draft", "withdraw"): "steward",
    ("objected", "change"): "steward",
    ("objected", "file"): "steward",
    ("objected", "withdraw"): "steward",
    ("filed", "withdraw"): "steward",
    ("filed", "object"): "officer",
}


@pytest.mark.parametrize("state", PlanState.values)
@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("who", ["steward", "head", "officer", "stranger"])
def test_every_other_act_is_refused_with_its_reason(cast, plan, state, act, who):
    by = getattr(cast, who)
    moment = plan.created_at if state == "filed" else None
    CollectionPlan.objects.filter(pk=plan.pk).update(
        state=state, filed_at=moment, objection="有", objected_by=cast.officer
    )
    if ALLOWED.get((state, act)) == who:
        ACTS[act](plan, 1, by)
        with pytest.raises((StaleVersion, WrongState)):
            ACTS[act](plan, 1, by)
        return
    before = CollectionPlan.objects.filter(pk=plan.pk).values().get()
    with pytest.raises((NotAllowed, WrongState)) as refusal:
        ACTS[act](plan, 1, by)
    assert str(refusal.value.message)
    assert CollectionPlan.objects.filter(pk=plan.pk).values().get() == before


def test_nobody_objects_to_the_plan_they_wrote(cast):
    both = UserFactory(
        department=cast.bigdata, duties=[DutyKind.STEWARD, DutyKind.COMPETENT_OFFICER]
    )
    filed = plans.file(held=plans.create(plan=PLAN, by=both), version=1, by=both)
    with pytest.raises(NotAllowed):
        plans.object_to(held=filed, version=2, words="已有", by=both)


def test_a_plan_is_seen_by_its_department_and_filed_by_the_competent_one(cast, plan):
    assert list(plans_for(cast.head)) == [plan]
    assert list(plans_for(cast.officer)) == []
    with pytest.raises(NotFound):
        plan_for(cast.stranger, plan.pk)
    plans.file(held=plan, version=1, by=cast.steward)
    assert list(plans_for(cast.officer, tab="filed")) == [plan]
    assert list(plans_for(cast.steward, tab="open")) == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "名" * 201),
        ("purpose", "a\u202eb"),
        ("items", []),
        ("items", ["！？"]),
        ("items", ["项" * 61]),
        ("items", ["甲\u0007"]),
        ("items", [f"项{n}" for n in range(201)]),
    ],
)
def test_wrong_input_is_named_by_its_field_and_nothing_is_saved(cast, field, value):
    wrong = PlanData(**{f: getattr(PLAN, f) for f in PLAN.__slots__} | {field: value})
    with pytest.raises(Invalid) as refusal:
        plans.create(plan=wrong, by=cast.steward)
    assert list(refusal.value.fields) == [field]
    assert not CollectionPlan.objects.exists()


def test_a_steward_plans_answers_and_files_on_pages(cast, signed_in):
    item_synonyms.load_shipped()
    other = another(cast.education)
    browser = signed_in(cast.steward)
    assert browser.post(at("plan_create"), as_given(items="")).status_code == 422
    assert browser.post(at("plan_create"), as_given()).status_code == 302
    plan = CollectionPlan.objects.get()
    page = browser.get(at("collection_plan", plan.pk)).content.decode()
    assert problems(page) == []
    assert other.name in page
    assert at("plan_file", plan.pk) not in page
    asked = at("plan_duplicates", plan.pk)
    shown = browser.get(asked)
    assert (shown.status_code, problems(shown.content.decode())) == (200, [])
    given = {"version": 1, "column": "婚姻状况", "other": other.pk, "how": "link"}
    assert browser.post(asked, given).status_code == 302
    assert at("plan_file", plan.pk) in browser.get(at("collection_plan", plan.pk)).content.decode()
    form = browser.get(at("plan_edit", plan.pk)).content.decode()
    assert 'value="2027-03-01"' in form  # a date input takes no other form, in any language
    assert browser.post(at("plan_edit", plan.pk), as_given(version=9)).status_code == 422
    changed = browser.post(at("plan_edit", plan.pk), as_given(version=1, name="调查"))
    assert changed.status_code == 302
    assert browser.post(at("plan_file", plan.pk), {"version": 1}).status_code == 422
    assert browser.post(at("plan_file", plan.pk), {"version": 2}).status_code == 302
    assert browser.get(at("plan_edit", plan.pk)).status_code == 403
    officer = signed_in(cast.officer)
    for name in ("collection_plan", "plan_object"):
        shown = officer.get(at(name, plan.pk))
        assert (shown.status_code, problems(shown.content.decode())) == (200, [])
    back = officer.post(at("plan_object", plan.pk), {"version": 3, "words": "已有"})
    assert back.status_code == 302
    assert "已有" in signed_in(cast.steward).get(at("collection_plan", plan.pk)).content.decode()
    assert signed_in(cast.stranger).get(at("collection_plan", plan.pk)).status_code == 404
    withdrawn = signed_in(cast.steward).post(at("plan_withdraw", plan.pk), {"version": 4})
    assert withdrawn.status_code == 302
    plan.refresh_from_db()
    assert plan.state == PlanState.WITHDRAWN


def test_a_list_of_plans_costs_the_same_for_many(cast, signed_in, django_assert_num_queries):
    browser = signed_in(cast.steward)
    plans.create(plan=PLAN, by=cast.steward)
    browser.get(at("collection_plans"))

    def count() -> int:
        with django_assert_num_queries(50, exact=False) as found:
            assert browser.get(at("collection_plans")).status_code == 200
        return len(found)

    one = count()
    for _ in range(8):
        plans.create(plan=PLAN, by=cast.steward)
    assert count() == one


def test_a_refusal_is_one_of_the_domain(cast, plan):
    with pytest.raises(DomainError):
        plans.file(held=plan, version=7, by=cast.steward)
