"""A file applied as a whole: new drafts and changed ones, or nothing at all."""

import pytest

from audit.models import Entry
from catalog.entry import entry_of, item_of
from catalog.models import Assessment, ImportState, Resource, ResourceStep
from catalog.selectors.bulk import entries_to_write
from catalog.selectors.catalogue import resources_for
from catalog.services import bulk, resources, review, versions
from portal.common.errors import DomainError, StaleVersion, WrongState
from portal.common.worded import said
from tests.catalog.conftest import an_entry, assess_both, drafted, published, some_items

from .files import ROW, typed, uploaded, written


def received(cast, content, name="目录.xlsx"):
    return bulk.receive(file=uploaded(content, name), by=cast.steward)


def told(found):
    return [(p["sheet"], p["row"], p["column"], said(p["message"])) for p in found.problems]


def test_a_dry_run_writes_nothing_and_says_what_it_would(cast):
    found = received(cast, typed())

    assert told(found) == []
    assert found.state == ImportState.CHECKED
    assert (found.created_count, found.changed_count, found.unchanged_count) == (1, 0, 0)
    assert found.preview == [
        {"row": 2, "code": "", "name": ROW["name"], "kind": "created", "fields": [], "items": 1}
    ]
    assert not Resource.objects.exists()


def test_new_rows_become_drafts_as_the_form_would_write_them(cast):
    # given: the same entry by the form of another department
    by_form = resources.create_draft(entry=an_entry(), items=some_items(), by=cast.stranger)
    content = written([(an_entry(), some_items())])

    # when
    found = bulk.apply(bulk_import=received(cast, content), by=cast.steward)

    # then
    assert found.state == ImportState.APPLIED
    made = Resource.objects.get(department=cast.civil)
    by_form.refresh_from_db()
    assert entry_of(made) == entry_of(by_form)
    assert [item_of(one) for one in made.items.all()] == [
        item_of(one) for one in by_form.items.all()
    ]
    assert (made.code, by_form.code) == ("103001001/000002", "103001001/000001")
    assert (made.version, made.edited_by, made.state) == (1, cast.steward, "draft")
    assert made.visible_to == [cast.civil.group_id]
    assert ResourceStep.objects.get(resource=made).move == "create"
    assert Resource.objects.filter(pk=made.pk, search=None).count() == 0
    entries = Entry.objects.filter(actor_name=cast.steward.name).order_by("pk")
    assert [entry.action for entry in entries] == [
        "catalog.import.receive",
        "catalog.resource.create",
        "catalog.import.apply",
    ]
    assert entries.last().data["sha256"] == found.sha256


def test_a_row_with_a_code_changes_that_draft_and_unchanged_ones_are_left_alone(cast):
    # given
    changed = drafted(cast)
    same = drafted(cast, name="另一条", abstract="第一行\r\n第二行")
    content = written(
        [
            (an_entry(abstract="新的摘要"), some_items()[:1]),
            (entry_of(same), [item_of(item) for item in same.items.all()]),
        ],
        codes=[changed.code, same.code],
    )

    # when
    found = bulk.apply(bulk_import=received(cast, content), by=cast.other_steward)

    # then
    assert (found.created_count, found.changed_count, found.unchanged_count) == (0, 1, 1)
    before = changed.version
    changed.refresh_from_db()
    assert (changed.abstract, changed.version) == ("新的摘要", before + 1)
    assert changed.edited_by == cast.other_steward
    assert [item.column for item in changed.items.all()] == ["code"]
    assert not Assessment.objects.filter(resource=changed).exists()
    version = same.version
    same.refresh_from_db()
    assert same.version == version
    assert same.assessments.count() == 2


def test_undoing_restores_exactly_what_was_before(cast):
    # given
    resource = drafted(cast)
    before = Resource.objects.filter(pk=resource.pk).values().get()
    items = list(resource.items.values("name", "column", "position", "grade"))
    assessed = list(resource.assessments.order_by("kind").values("kind", "findings", "at", "by"))
    content = written(
        [
            (an_entry(classification="03001002", abstract="新的"), some_items()[:1]),
            (an_entry(name="新"), []),
        ],
        codes=[resource.code, ""],
    )
    found = bulk.apply(bulk_import=received(cast, content), by=cast.steward)
    assert Resource.objects.count() == 2

    # when
    found = bulk.undo(bulk_import=found, by=cast.other_steward)

    # then
    assert found.state == ImportState.UNDONE
    after = Resource.objects.filter(department=cast.civil).values().get()
    moved = {"version", "updated_at"}
    assert {k: v for k, v in after.items() if k not in moved} == {
        k: v for k, v in before.items() if k not in moved
    }
    assert after["version"] == before["version"] + 2
    assert list(resource.items.values("name", "column", "position", "grade")) == items
    assert (
        list(resource.assessments.order_by("kind").values("kind", "findings", "at", "by"))
        == assessed
    )
    assert Entry.objects.filter(action="catalog.resource.remove").count() == 1
    assert Entry.objects.filter(action="catalog.import.undo").count() == 1


# All or nothing


def test_an_entry_that_somebody_saved_since_the_check_stops_the_whole_file(cast):
    # given
    resource = drafted(cast)
    content = written(
        [(an_entry(abstract="文件里的"), some_items()), (an_entry(name="新"), [])],
        codes=[resource.code, ""],
    )
    found = received(cast, content)
    resources.change_draft(
        resource=resource,
        version=resource.version,
        entry=an_entry(abstract="页面上的"),
        items=some_items(),
        by=cast.other_steward,
    )

    # when
    with pytest.raises(StaleVersion, match="统计用区划代码"):
        bulk.apply(bulk_import=found, by=cast.steward)

    # then
    assert [one.abstract for one in Resource.objects.all()] == ["页面上的"]
    assert bulk.check_again(bulk_import=found, by=cast.steward).changed_count == 1
    assert bulk.apply(bulk_import=found, by=cast.steward).state == ImportState.APPLIED


def test_what_comes_up_between_check_and_writing_leaves_nothing_half_saved(cast):
    # given: two new drafts, and somebody who takes the name of the second meanwhile
    found = received(cast, written([(an_entry(name="甲"), []), (an_entry(name="乙"), [])]))
    resources.create_draft(entry=an_entry(name="乙"), by=cast.other_steward)

    # when
    found = bulk.apply(bulk_import=found, by=cast.steward)

    # then
    assert found.state == ImportState.FAILED
    assert "row 3" in found.failure["en"]
    assert "第 3 行" in found.failure["zh-hans"]
    assert list(Resource.objects.values_list("name", flat=True)) == ["乙"]
    failed = Entry.objects.get(action="catalog.import.fail")
    assert (failed.result, failed.data["reason"]) == (
        "failed",
        found.failure["zh-hans"],
    )


def test_a_file_with_problems_is_not_applied(cast):
    found = received(cast, typed([ROW, ROW | {"name": "<b>"}], []))

    with pytest.raises(WrongState):
        bulk.apply(bulk_import=found, by=cast.steward)
    assert not Resource.objects.exists()


def test_only_stewards_of_the_department_apply_and_undo(cast):
    found = received(cast, typed())
    for person in (cast.head, cast.stranger):
        with pytest.raises(DomainError) as refused:
            bulk.apply(bulk_import=found, by=person)
        assert refused.value.status in {403, 404}
    assert not Resource.objects.exists()
    assert bulk.apply(bulk_import=found, by=cast.other_steward).applied_by == cast.other_steward
    with pytest.raises(WrongState):
        bulk.apply(bulk_import=found, by=cast.steward)


@pytest.mark.parametrize("how", ["change", "assess", "submit"])
def test_an_import_on_which_somebody_went_on_is_not_undone(cast, how):
    # given
    content = written([(an_entry(), some_items()), (an_entry(name="另一条"), [])])
    found = bulk.apply(bulk_import=received(cast, content), by=cast.steward)
    resource = Resource.objects.get(name="统计用区划代码")
    if how == "change":
        resources.change_draft(
            resource=resource, version=1, entry=an_entry(abstract="改"), items=[], by=cast.steward
        )
    else:
        assess_both(resource, cast.steward)
    if how == "submit":
        review.submit(resource=resource, version=1, by=cast.steward)

    # when
    with pytest.raises(DomainError, match="统计用区划代码") as refused:
        bulk.undo(bulk_import=found, by=cast.steward)

    # then
    assert refused.value.code == "changed_since"
    assert "另一条" not in str(refused.value.message)
    assert Resource.objects.count() == 2
    found.refresh_from_db()
    assert found.state == ImportState.APPLIED


def test_an_entry_keeps_its_items_when_the_file_has_none_of_it(cast):
    resource = drafted(cast)
    content = written([(an_entry(abstract="新的"), [])], codes=[resource.code])

    bulk.apply(bulk_import=received(cast, content), by=cast.steward)

    assert [item.column for item in resource.items.all()] == ["code", "name"]
    assert resource.assessments.count() == 2


def test_a_moved_classification_gives_a_new_code_and_undoing_the_old_one(cast):
    resource = drafted(cast)
    content = written([(an_entry(classification="03001009"), some_items())], codes=[resource.code])

    found = bulk.apply(bulk_import=received(cast, content), by=cast.steward)
    assert Resource.objects.get().code == "103001009/000001"

    bulk.undo(bulk_import=found, by=cast.steward)
    assert Resource.objects.get().code == resource.code


def test_undoing_again_and_applying_again_is_possible(cast):
    found = bulk.apply(bulk_import=received(cast, typed()), by=cast.steward)
    bulk.undo(bulk_import=found, by=cast.steward)
    found = bulk.check_again(bulk_import=found, by=cast.steward)
    assert bulk.apply(bulk_import=found, by=cast.steward).state == ImportState.APPLIED
    assert Resource.objects.get().code == "103001001/000002"  # a number is given out once


def test_a_dry_run_asks_no_more_for_twenty_entries_than_for_two(
    cast, django_assert_max_num_queries
):
    related = drafted(cast, name="关联")
    entries = [
        (an_entry(name=f"第{n}", related_codes=(related.code,)), some_items()) for n in range(20)
    ]
    content = written(entries)
    with django_assert_max_num_queries(22):
        found = received(cast, content)
    assert found.created_count == 20


def test_a_stored_file_that_was_exchanged_is_not_applied(cast):
    found = received(cast, typed())
    with found.file.storage.open(found.file.name, "wb") as stored:
        stored.write(typed([ROW | {"name": "另一个"}], []))

    assert bulk.apply(bulk_import=found, by=cast.steward).state == ImportState.FAILED
    assert not Resource.objects.exists()


def test_every_imported_entry_is_found_by_its_words_at_once(cast):
    bulk.apply(bulk_import=received(cast, typed()), by=cast.steward)
    assert resources_for(cast.steward, q="区划", states=["draft"]).count() == 1
    assert resources_for(cast.stranger, q="区划", states=["draft"]).count() == 0


def test_a_change_of_a_published_entry_is_no_entry_of_a_file(cast):
    # given: one change under way, one given up
    live = published(cast)
    given_up = versions.start_revision(resource=live, version=live.version, by=cast.steward)
    versions.discard_revision(resource=given_up, version=given_up.version, by=cast.steward)
    change = versions.start_revision(resource=live, version=live.version, by=cast.steward)
    before = (change.version, entry_of(change))

    # when
    listed = list(entries_to_write(cast.steward))
    content = written([(an_entry(abstract="另一段"), some_items())], codes=[live.code])
    found = received(cast, content)

    # then
    assert [one.code for one in listed] == [live.code]
    assert listed[0].state == "已发布"
    assert [said(problem["message"]) for problem in found.problems] == [
        "目录已发布：请在其页面上变更。"
    ]
    change.refresh_from_db()
    assert (change.version, entry_of(change)) == before
