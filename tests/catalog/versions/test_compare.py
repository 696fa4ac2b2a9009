"""What differs between versions, in words; and that versions are what was published."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.entry import ENTRY_FIELDS, ITEM_FIELDS, ItemData
from catalog.selectors.comparison import compare, entry_rows
from catalog.services import versions
from catalog.snapshot import Snapshot, snapshot_in, snapshot_of
from portal.common.errors import DomainError
from tests.catalog.conftest import published, some_items
from tests.factories import DepartmentFactory

from .conftest import changed, items_of

FIRST = Snapshot(
    entry={"name": "甲", "grade": "L1", "is_open": False, "tags": []},
    items=[
        {"name": "代码", "column": "code", "type": "C", "length": 12},
        {"name": "名称", "column": "name", "type": "C"},
    ],
)


def told(comparison) -> list[tuple[str, str, str]]:
    return [(one.field, one.before, one.after) for one in comparison.fields]


def test_nothing_differs_from_itself():
    assert not compare(FIRST, FIRST)


def test_fields_are_compared_in_words():
    after = replace(
        FIRST, entry={"name": "乙", "grade": "L3", "is_open": True, "tags": ["区划", "代码"]}
    )

    found = compare(FIRST, after)

    assert told(found) == [
        ("name", "甲", "乙"),
        ("grade", "L1 not sensitive", "L3 fairly sensitive"),
        ("is_open", "no", "yes"),
        ("tags", "", "区划, 代码"),
    ]
    assert [str(one.label) for one in found.fields] == [
        "Name",
        "Grade",
        "Open to the public",
        "Tags",
    ]
    assert not found.items
    assert not found.is_reordered


def test_a_field_that_was_not_known_then_had_its_default():
    after = replace(FIRST, entry={**FIRST.entry, "contact_name": "", "visibility": "departments"})

    assert not compare(FIRST, after)
    assert told(compare(FIRST, replace(FIRST, entry={**FIRST.entry, "contact_name": "陈"}))) == [
        ("contact_name", "", "陈")
    ]


def test_departments_and_regions_are_named(db):
    one = DepartmentFactory()
    after = replace(
        FIRST,
        entry={
            **FIRST.entry,
            "source_department_id": one.pk,
            "audience_departments": [one.pk],
            "audience_regions": [one.region_id],
        },
    )

    assert [words for _field, _before, words in told(compare(FIRST, after))] == [
        one.name,
        one.name,
        one.region.name,
    ]


def test_items_are_matched_by_their_column():
    code, _name = FIRST.items
    after = replace(
        FIRST,
        items=[
            {"name": "级别", "column": "level", "type": "I"},
            {**code, "name": "区划代码", "length": 20},
        ],
    )

    added, altered, removed = compare(FIRST, after).items

    assert (added.how, added.column, added.name) == ("added", "level", "级别")
    assert [(one.field, one.after) for one in added.fields] == [("type", "integer")]
    assert (altered.how, altered.column) == ("changed", "code")
    assert [(one.field, one.before, one.after) for one in altered.fields] == [
        ("name", "代码", "区划代码"),
        ("length", "12", "20"),
    ]
    assert (removed.how, removed.column, removed.name) == ("removed", "name", "名称")


def test_another_order_is_told():
    after = replace(FIRST, items=list(reversed(FIRST.items)))

    found = compare(FIRST, after)

    assert found
    assert (list(found.fields), list(found.items), found.is_reordered) == ([], [], True)


def test_a_version_is_told_whole_in_words(cast, live):
    rows = dict(entry_rows(snapshot_in(live.versions.get())))

    assert rows["Resource code"] == live.code
    assert rows["Sharing attribute"] == "conditional"
    assert rows["Sharing modes"] == "service interface, file download"
    assert "Reason for not sharing" not in rows


def test_every_field_of_the_entry_and_of_its_items_is_kept(live):
    version = live.versions.get()

    assert set(version.entry) == {"code", *ENTRY_FIELDS}
    assert {frozenset(item) for item in version.items} == {frozenset(ITEM_FIELDS)}


WORDS = st.text("统计用区划代码名称省市县abc123", min_size=1, max_size=12)
EDITS = st.fixed_dictionaries(
    {
        "abstract": WORDS,
        "tags": st.lists(WORDS, max_size=3, unique=True).map(tuple),
        "grade": st.sampled_from(["L1", "L2", "L3"]),
        "update_frequency": st.sampled_from(["1", "2", "6"]),
        "national_grade": st.sampled_from(["general", "important"]),
        "contact_name": st.sampled_from(["", "陈静", "马宁"]),
    }
)
MORE_ITEMS = st.lists(
    st.builds(
        ItemData,
        name=st.sampled_from(["级别", "面积", "人口"]),
        column=st.sampled_from(["level", "area", "people"]),
        type=st.sampled_from(["C", "N", "I", "D"]),
        length=st.none() | st.integers(1, 500),
        description=st.sampled_from(["", "说明"]),
    ),
    max_size=3,
    unique_by=(lambda item: item.name, lambda item: item.column),
)


@pytest.mark.django_db
@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(edits=st.lists(st.tuples(EDITS, MORE_ITEMS, st.booleans()), min_size=1, max_size=3))
def test_each_version_is_what_was_published_and_differs_from_another_unless_it_says_the_same(
    cast, edits
):
    # given
    live = published(cast, name=f"区划{cast.civil.resources.count()}")
    said = [snapshot_of(live, list(live.items.order_by("position")))]

    # when
    for about, more, is_reversed in edits:
        items = [*(replace(one, grade="") for one in some_items()), *more]
        if is_reversed:
            items.reverse()
        stated = {"grade": "L1", **about}
        before = said[-1]
        try:
            live = changed(cast, live, items=items, **stated)
        except DomainError as refused:
            if refused.code != "unchanged":
                raise
            change = live.revisions.get(state="draft")
            versions.discard_revision(resource=change, version=change.version, by=cast.steward)
            continue
        said.append(snapshot_of(live, list(live.items.order_by("position"))))
        assert items_of(live) == [
            replace(
                one,
                sharing_attribute="conditional",
                grade=stated["grade"],
                is_nullable=one.is_nullable and not one.is_key,
            )
            for one in items
        ]
        assert compare(before, said[-1])

    # then
    kept = [snapshot_in(one) for one in live.versions.order_by("number")]
    assert kept == said
    for i, one in enumerate(kept):
        for j, other in enumerate(kept):
            assert bool(compare(one, other)) == (one != other), (i, j)
