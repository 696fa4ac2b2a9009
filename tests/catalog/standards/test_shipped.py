"""What comes with the portal is sound, and is taken over once."""

import pytest
from django.core.management import call_command

from audit.models import Entry
from catalog.models import Classification, CodeList, CodeListVersion, DataElement
from catalog.services import classification, standard_files, standards
from catalog.services.standard_files import load_standards
from catalog.standards import codes, shipped
from catalog.standards.codes import CodeRow

from .conftest import next_version


@pytest.mark.parametrize("one", shipped.lists(), ids=lambda one: one.identifier)
def test_a_list_that_comes_with_the_portal_is_sound(one):
    codes.check(one.rows())


def test_the_divisions_are_those_of_the_statistical_list():
    rows = {row.code: row for row in shipped._divisions()}
    assert len(rows) == 31 + 342 + 2978 - 3  # three cities have no counties
    assert rows["110101"] == CodeRow("110101", "东城区", "110100")
    assert rows["441900"].parent_code == "440000"
    assert {len(code) for code in rows} == {6}


def test_there_are_56_ethnic_groups():
    groups = next(one for one in shipped.lists() if one.identifier == "GB/T 3304-1991").rows()
    assert [row.code for row in groups] == [f"{n:02d}" for n in range(1, 57)]
    assert len({row.name for row in groups}) == 56


def test_everything_is_taken_over_once(db, capsys):
    assert not standard_files.is_loaded()
    call_command("load_standards")
    audited = Entry.objects.count()

    call_command("load_standards")

    assert standard_files.is_loaded()
    lists, elements, nodes = len(shipped.lists()), len(shipped.elements()), len(shipped.nodes())
    assert capsys.readouterr().out.splitlines() == [
        f"{lists} versions of code lists, {elements} data elements, {nodes} classifications"
        " taken over.",
        "0 versions of code lists, 0 data elements, 0 classifications taken over.",
    ]
    assert Entry.objects.count() == audited
    assert CodeListVersion.objects.filter(state="published").count() == lists
    assert DataElement.objects.filter(current__isnull=False).count() == elements


def changed_file(monkeypatch, *rows):
    """As if the file of the sexes held these rows."""
    read = shipped.ShippedList.rows

    def instead(one):
        return list(rows) if one.identifier == "GB/T 2261.1-2003" else read(one)

    monkeypatch.setattr(shipped.ShippedList, "rows", instead)


def test_new_content_of_a_file_makes_a_new_version(db, monkeypatch):
    load_standards()
    changed_file(monkeypatch, CodeRow("1", "男"), CodeRow("2", "女"))

    assert load_standards().versions == 1

    held = CodeList.objects.get(identifier="GB/T 2261.1-2003")
    assert [version.entry_count for version in held.versions.order_by("number")] == [4, 2]
    published = Entry.objects.filter(action="catalog.code_list.publish").latest("id")
    assert (published.data["number"], published.actor_id) == (2, "")


def test_what_officers_did_by_hand_stays(cast):
    load_standards()
    held = CodeList.objects.get(identifier="GB/T 2261.1-2003")
    next_version(cast.officer, held, ("1", "男"))
    node = Classification.objects.get(resource_class="1", code="01001001")
    classification.change_node(node=node, name="另一个名称", by=cast.officer)
    classification.retire_node(node=node, by=cast.officer)

    loaded = load_standards()

    assert (loaded.versions, loaded.elements, loaded.nodes) == (0, 0, 0)
    node.refresh_from_db()
    assert node.name == "另一个名称"
    assert node.retired_at is not None


def test_an_open_draft_and_a_retired_list_are_left_alone(cast, monkeypatch):
    load_standards()
    held = CodeList.objects.get(identifier="GB/T 2261.1-2003")
    standards.draft_version(code_list=held, by=cast.officer)
    changed_file(monkeypatch, CodeRow("1", "男"))
    assert load_standards().versions == 0
    standards.discard_draft(code_list=held, revision=1, by=cast.officer)
    standards.retire_list(code_list=held, by=cast.officer)

    assert load_standards().versions == 0
    assert held.versions.count() == 1
