"""A file applied as a whole: new drafts and changed ones, or nothing at all."""

from audit.models import Entry
from catalog.entry import entry_of, item_of
from catalog.models import Assessment, ImportState, Resource, ResourceStep
from catalog.services import bulk, resources
from tests.catalog.conftest import an_entry, drafted, some_items

from .files import ROW, typed, uploaded, written


def received(cast, content, name="目录.xlsx"):
    return bulk.receive(file=uploaded(content, name), by=cast.steward)


def told(found):
    return [(p["sheet"], p["row"], p["column"], p["message"]) for p in found.problems]


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
