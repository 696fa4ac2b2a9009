"""What another department provides already is seen before submitting, and answered (Art. 19)."""

import pytest

from audit.models import Entry
from catalog.models import Duplicate, DuplicateState, SourceOfItem
from catalog.one_source.finding import COMMON
from catalog.selectors.duplicates import candidates, duplicates_of, open_duplicates, source_of
from catalog.selectors.one_source_tasks import one_source_tasks_for
from catalog.services import duplicates, item_synonyms, review, source_register
from portal.common.errors import Invalid, NotAllowed, NotFound, StaleVersion, WrongState
from portal.organisation.models import RegionLevel
from tests.factories import DepartmentFactory, RegionFactory

from .repeating import OTHERS, another

pytestmark = pytest.mark.django_db


def test_a_synonym_in_another_departments_entry_is_found_and_explained(cast, draft):
    other = another(cast.education)
    (found,) = duplicates_of(draft, party=cast.steward)
    assert (found.candidate.name, found.candidate.other_name) == ("婚姻状况", "婚姻 状态")
    assert found.other == other
    # synonym 15, one holder 25, one of two items 12, same type 3, same length 2
    assert [reason.points for reason in found.candidate.score.reasons] == [15, 25, 12, 3, 2]
    assert found.is_open


@pytest.mark.parametrize("case", ["draft", "own", "hidden", "other city"])
def test_what_does_not_count_is_not_found(cast, draft, case):
    match case:
        case "draft":
            another(cast.education, state="draft")
        case "own":
            another(cast.civil)
        case "hidden":
            another(cast.education, visibility="provider")
        case "other city":
            city = RegionFactory(
                code="990200", name="海州市", level=RegionLevel.CITY, parent=cast.province
            )
            another(DepartmentFactory(region=city))
    assert duplicates_of(draft, party=cast.steward) == []


def test_a_hidden_entry_is_still_a_duplicate_for_the_competent_department(cast, draft):
    other = another(cast.education, visibility="provider")
    assert [one.other_id for one in candidates(draft, party=None)] == [other.pk]
    assert candidates(draft, party=cast.steward) == []
    submitted = review.submit(resource=draft, version=draft.version, by=cast.steward)
    review.approve(resource=submitted, version=submitted.version, by=cast.head)
    assert [one.other for one in open_duplicates(cast.officer)] == [other]
    assert not open_duplicates(cast.steward).exists()


def test_submission_waits_until_the_duplicate_is_answered(cast, draft):
    other = another(cast.education)
    with pytest.raises(Invalid) as refusal:
        review.submit(resource=draft, version=draft.version, by=cast.steward)
    assert list(refusal.value.fields) == ["duplicates"]
    draft.refresh_from_db()
    assert draft.state == "draft"

    linked = duplicates.link(
        subject=draft, version=draft.version, column="marriage", other=other, by=cast.steward
    )
    assert linked.related_codes == [other.code]
    row = Duplicate.objects.get()
    assert (row.state, row.by, row.score) == (DuplicateState.LINKED, cast.steward, 57)
    assert sum(reason["points"] for reason in row.explanation) == 57
    assert Entry.objects.filter(action="catalog.duplicate.link").count() == 1
    moved = review.submit(resource=linked, version=linked.version, by=cast.steward)
    assert moved.state == "head_review"


def test_a_justification_needs_words_and_lets_the_entry_pass(cast, draft):
    other = another(cast.education)
    given = {"subject": draft, "version": draft.version, "column": "marriage", "other": other}
    with pytest.raises(Invalid) as refusal:
        duplicates.justify(**given, words=" ", by=cast.steward)
    assert list(refusal.value.fields) == ["words"]
    assert not Duplicate.objects.exists()

    duplicates.justify(**given, words="婚姻登记是本部门法定职责。", by=cast.steward)
    assert Duplicate.objects.get().state == DuplicateState.JUSTIFIED
    review.submit(resource=draft, version=draft.version, by=cast.steward)


def test_only_the_providers_stewards_answer_and_only_what_is_repeated(cast, draft):
    other = another(cast.education)
    given = {"subject": draft, "version": draft.version, "other": other}
    with pytest.raises(NotAllowed):
        duplicates.link(**given, column="marriage", by=cast.stranger)
    with pytest.raises(NotFound):
        duplicates.link(**given, column="number", by=cast.steward)
    with pytest.raises(StaleVersion):
        duplicates.link(**given | {"version": 0}, column="marriage", by=cast.steward)
    assert not Duplicate.objects.exists()


def test_checking_twice_changes_nothing_and_resolves_what_is_gone(cast, draft):
    other = another(cast.education)
    assert [duplicates.check(subject=draft) for _ in range(2)] == [1, 1]
    assert Duplicate.objects.count() == 1
    other.items.filter(column="married").update(name="婚龄")
    assert duplicates.check(subject=draft) == 0
    assert Duplicate.objects.get().state == DuplicateState.RESOLVED


def test_a_list_of_duplicates_costs_the_same_for_many(cast, draft, django_assert_num_queries):
    for n in range(5):
        another(cast.education, name=f"档案{n}")
    with django_assert_num_queries(6):
        assert len(duplicates_of(draft, party=cast.steward)) == 5


def test_the_officer_appoints_a_lead_collector_and_the_one_before_ends(cast, draft):
    first = source_register.appoint(
        name="婚姻状况", department=cast.civil, basis="《婚姻登记条例》", by=cast.officer
    )
    second = source_register.appoint(
        name="婚姻状态", department=cast.education, basis="会议纪要", by=cast.officer
    )
    first.refresh_from_db()
    assert (first.ended_by, second.normal) == (cast.officer, first.normal)
    assert source_of(["婚姻登记状况", "年龄"], cast.province) == {"婚姻登记状况": second}
    with pytest.raises(WrongState):
        source_register.appoint(
            name="婚姻状况", department=cast.education, basis="会议纪要", by=cast.officer
        )
    source_register.withdraw(appointment=second, reasons="职责调整", by=cast.officer)
    assert source_of(["婚姻状况"], cast.province) == {}
    assert SourceOfItem.objects.count() == 2


def test_nobody_else_appoints(cast):
    with pytest.raises(NotAllowed):
        source_register.appoint(
            name="婚姻状况", department=cast.civil, basis="会议纪要", by=cast.steward
        )
    assert not SourceOfItem.objects.exists()


def test_the_source_department_weighs_most(cast, draft):
    another(cast.education)
    source_register.appoint(
        name="婚姻状况", department=cast.education, basis="会议纪要", by=cast.officer
    )
    (found,) = duplicates_of(draft, party=cast.steward)
    assert found.candidate.score.points == 100
    assert "示范省教育厅" in found.candidate.score.reasons[0].words


def test_synonyms_are_loaded_once():
    assert item_synonyms.load_shipped() > 80
    assert item_synonyms.load_shipped() == 0


def test_one_answer_covers_an_entry_that_holds_the_datum_under_two_names(cast, draft):
    twice = [*OTHERS, {"name": "婚姻登记状况", "column": "registered", "length": 10}]
    other = another(cast.education, items=twice)
    linked = duplicates.link(
        subject=draft, version=draft.version, column="marriage", other=other, by=cast.steward
    )
    assert Duplicate.objects.filter(state=DuplicateState.LINKED).count() == 2
    review.submit(resource=linked, version=linked.version, by=cast.steward)


def test_a_change_of_another_entry_is_no_second_duplicate_and_answers_stay(cast, draft):
    # given an entry of another department with a change of it under way
    other = another(cast.education)
    another(cast.education, name="婚姻档案改", state="draft", revision_of=other, code=other.code)
    # then it is found once
    assert [found.other for found in duplicates_of(draft, party=cast.steward)] == [other]


def test_a_very_common_name_alone_brings_nothing_but_its_source_does(cast, draft):
    # given a name that reaches the limit of what is read
    others = [another(cast.education, name=f"档案{n}") for n in range(COMMON)]
    assert candidates(draft, party=None) == []
    # when the department is appointed its source
    source_register.appoint(
        name="婚姻状态", department=cast.education, basis="纪要", by=cast.officer
    )
    # then its entries are found all the same
    found = candidates(draft, party=None)
    assert {one.other_id for one in found} == {other.pk for other in others}
    assert {one.score.points for one in found} == {100}


def test_the_officer_and_the_appointed_department_find_it_in_their_inbox(cast, draft):
    another(cast.education)
    mine = another(cast.civil)
    duplicates.check(subject=mine)
    source_register.appoint(name="民族", department=cast.civil, basis="纪要", by=cast.officer)
    assert [task.kind for task in one_source_tasks_for(cast.officer)] == ["catalog.duplicates"]
    assert [task.kind for task in one_source_tasks_for(cast.steward)] == ["catalog.source"]
    assert one_source_tasks_for(cast.stranger) == []
