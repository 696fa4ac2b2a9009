"""The classification tree: what makes it sound, who keeps it, what it asks of entries."""

import csv
import tomllib

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from audit.models import Entry
from catalog.models import Classification, Resource
from catalog.services import classification, resources
from catalog.standards import classification as rules
from catalog.standards import shipped
from catalog.standards.classification import NodeRow
from portal.common.errors import Invalid, NotAllowed, WrongState
from portal.demo.rows import DATA
from tests.catalog.conftest import an_entry, some_items


def row(code, name="甲", **told):
    return NodeRow(resource_class=told.pop("resource_class", "1"), code=code, name=name, **told)


def tree(by, *codes):
    classification.take_table(rows=[row(code) for code in codes], by=by)


def codes_of_tree():
    return list(Classification.objects.values_list("code", "parent__code"))


def faults_of(*rows, known=None):
    with pytest.raises(Invalid) as refused:
        rules.check(rows, known or {})
    return list(refused.value.fields)


def test_a_table_becomes_a_tree_in_any_order(cast):
    tree(cast.officer, "03001001", "03", "03001", "0300100102")

    assert codes_of_tree() == [
        ("03", None),
        ("03001", "03"),
        ("03001001", "03001"),
        ("0300100102", "03001001"),
    ]
    assert Entry.objects.get(action="catalog.classification.load").data["added"] == 4


@pytest.mark.parametrize(
    ("rows", "where"),
    [
        ([row("03"), row("03")], "rows.2.code"),
        ([row("3")], "rows.1.code"),
        ([row("0300")], "rows.1.code"),
        ([row("０３")], "rows.1.code"),
        ([row("03", resource_class="4")], "rows.1.resource_class"),
        ([row("03", "")], "rows.1.name"),
        ([row("03001")], "rows.1.parent_code"),
        ([row("03"), row("03001001")], "rows.2.parent_code"),
        ([row("03"), row("04", parent_code="03")], "rows.2.parent_code"),
        ([row("03"), row("04001", parent_code="03")], "rows.2.parent_code"),
        ([row("03", parent_code="03")], "rows.1.parent_code"),
        ([row("03", parent_code="03001"), row("03001", parent_code="03")], "rows.1.parent_code"),
    ],
)
def test_a_fault_of_a_table_is_named_by_row_and_column(rows, where):
    assert where in faults_of(*rows)


def test_a_circle_is_named_with_its_codes(cast):
    with pytest.raises(Invalid) as refused:
        classification.take_table(
            rows=[row("03", parent_code="03001"), row("03001", parent_code="03")], by=cast.officer
        )

    assert "03 → 03001 → 03" in refused.value.fields["rows.1.parent_code"][0]
    assert not Classification.objects.exists()


def test_a_node_does_not_become_its_own_descendant(cast):
    tree(cast.officer, "03", "03001", "03001001", "0300100101")
    node = Classification.objects.get(code="03001001")

    with pytest.raises(Invalid) as refused:
        classification.change_node(node=node, name="甲", parent_code="0300100101", by=cast.officer)

    assert list(refused.value.fields) == ["parent_code"]
    assert "→" in refused.value.fields["parent_code"][0]
    assert ("03001001", "03001") in codes_of_tree()


CODE = st.sampled_from(["01", "01001", "01002", "010010", "01001001", "0100100101", "02"])


@given(st.lists(st.tuples(CODE, st.one_of(CODE, st.just(""))), min_size=1, max_size=7))
def test_whatever_a_table_says_the_tree_that_passes_has_no_circle(pairs):
    rows = [row(code, parent_code=above) for code, above in pairs]
    try:
        parents = rules.check(rows, {})
    except Invalid:
        return
    for _cls, code in parents:
        above = parents[_cls, code]
        assert len(above) < len(code)
        assert code.startswith(above)


def test_a_node_that_is_known_is_described_anew_and_others_stay(cast):
    tree(cast.officer, "03", "04")
    taken = classification.take_table(
        rows=[row("03", "自然资源"), row("03001", "区划"), row("04")], by=cast.officer
    )

    assert (taken.added, taken.changed, taken.kept) == (1, 1, 1)
    assert Classification.objects.get(code="03").name == "自然资源"


def test_a_node_is_added_renamed_and_retired(cast):
    tree(cast.officer, "03", "03001")
    node = classification.add_node(row=row("03001001", "区划"), by=cast.officer)
    classification.change_node(node=node, name="行政区划", by=cast.officer)
    retired = classification.retire_node(node=node, by=cast.officer)

    assert (retired.name, retired.level) == ("行政区划", "subheading")
    assert retired.retired_at is not None
    assert list(Entry.objects.order_by("id").values_list("action", flat=True)) == [
        "catalog.classification.load",
        "catalog.classification.add",
        "catalog.classification.change",
        "catalog.classification.retire",
    ]


def test_a_code_is_given_once_in_its_class(cast):
    tree(cast.officer, "03")
    with pytest.raises(Invalid) as refused:
        classification.add_node(row=row("03", "另一个"), by=cast.officer)
    other = classification.add_node(row=row("03", "主题", resource_class="2"), by=cast.officer)

    assert list(refused.value.fields) == ["code"]
    assert other.full_code == "203"


def test_a_faulty_node_is_refused_at_its_own_field(cast):
    with pytest.raises(Invalid) as refused:
        classification.add_node(row=row("03001"), by=cast.officer)
    assert list(refused.value.fields) == ["parent_code"]


def test_a_node_with_live_nodes_below_is_not_retired(cast):
    tree(cast.officer, "03", "03001")
    node = Classification.objects.get(code="03")
    with pytest.raises(WrongState, match="03001"):
        classification.retire_node(node=node, by=cast.officer)
    assert not Classification.objects.filter(retired_at__isnull=False).exists()


def test_nothing_new_lies_under_a_retired_node(cast):
    tree(cast.officer, "03")
    node = Classification.objects.get(code="03")
    classification.retire_node(node=node, by=cast.officer)
    with pytest.raises(WrongState):
        classification.add_node(row=row("03001"), by=cast.officer)
    with pytest.raises(WrongState):
        classification.retire_node(node=node, by=cast.officer)
    assert Classification.objects.count() == 1


@pytest.mark.parametrize("who", ["steward", "head", "stranger"])
def test_only_officers_keep_the_tree(cast, who):
    tree(cast.officer, "03")
    node = Classification.objects.get()
    by = getattr(cast, who)
    for act in (
        lambda: classification.add_node(row=row("04"), by=by),
        lambda: classification.change_node(node=node, name="乙", by=by),
        lambda: classification.retire_node(node=node, by=by),
        lambda: classification.take_table(rows=[row("04")], by=by),
    ):
        with pytest.raises(NotAllowed):
            act()
    node.refresh_from_db()
    assert (node.name, node.retired_at, Classification.objects.count()) == ("甲", None, 1)


@pytest.mark.parametrize(
    "told",
    [
        {"code": "03001", "level": "item"},
        {"code": "03001", "level": "heading"},
        {"code": "03", "level": "heading"},
    ],
)
def test_the_database_holds_levels_to_codes_and_parents(db, told):
    with pytest.raises(IntegrityError), transaction.atomic():
        Classification.objects.create(resource_class="1", name="x", **told)


def drafted(cast, **changes):
    return resources.create_draft(entry=an_entry(**changes), items=some_items(), by=cast.steward)


def test_without_a_tree_any_classification_is_taken(cast):
    tree(cast.officer, "07")
    Classification.objects.update(resource_class="3")
    assert drafted(cast).classification == "03001001"


def test_with_a_tree_an_entry_states_one_of_its_nodes(cast):
    tree(cast.officer, "03", "03001", "03001001")
    assert drafted(cast).classification == "03001001"

    with pytest.raises(Invalid) as refused:
        drafted(cast, name="另一个", classification="03001002")

    assert list(refused.value.fields) == ["classification"]
    assert Resource.objects.count() == 1


def test_a_retired_node_keeps_its_entries_and_takes_no_more(cast):
    tree(cast.officer, "03", "03001", "03001001", "03001002")
    made = drafted(cast)
    classification.retire_node(node=Classification.objects.get(code="03001001"), by=cast.officer)

    changed = resources.change_draft(
        resource=made,
        version=1,
        entry=an_entry(abstract="新的摘要"),
        items=some_items(),
        by=cast.steward,
    )
    assert changed.abstract == "新的摘要"
    with pytest.raises(Invalid) as refused:
        drafted(cast, name="另一个")
    assert list(refused.value.fields) == ["classification"]


def test_the_tree_that_comes_with_the_portal_holds_what_the_demonstration_states():
    nodes = {node.key for node in shipped.nodes()}
    with (DATA / "catalogue.toml").open("rb") as file:
        entries = tomllib.load(file)["entry"]

    stated = {(entry["resource_class"], entry["classification"]) for entry in entries}
    assert stated - nodes == set()
    assert ("3", "07012001") in nodes  # what the guide's own example of a code states


def test_the_tree_that_comes_with_the_portal_is_sound():
    rows = shipped.nodes()
    assert len(rules.check(rows, {})) == len(rows)
    with (shipped.DATA / "classification.csv").open(encoding="utf-8", newline="") as file:
        assert all(len(told) == 6 for told in csv.reader(file))
