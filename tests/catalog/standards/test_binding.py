"""Items bound to lists and elements: what is refused where, what is filled in, what it costs."""

import pytest
from django.db import connection
from django.db.models import ProtectedError
from django.test.utils import CaptureQueriesContext
from jsonschema import Draft202012Validator

from catalog.entry import ItemData, item_of
from catalog.formats.row_schemas import json_schema
from catalog.models import DataElementVersion, DataItem, Resource
from catalog.services import data_elements, resources, standards
from catalog.services.data_elements import ElementData
from portal.common.errors import Invalid, NotAllowed, StaleVersion, WrongState
from tests.catalog.conftest import an_entry

from .conftest import a_list

KEY = ItemData(name="代码", column="code", type="C", length=12, is_key=True)


def an_item(**changes):
    told = {"name": "性别", "column": "sex", "type": "C", "length": 1, **changes}
    return ItemData(**told)


def an_element(by, identifier="DE-1", **changes):
    data = {"name": "性别代码", "definition": "性别的代码", "type": "C", "length": 1, **changes}
    return data_elements.create_element(identifier=identifier, data=ElementData(**data), by=by)


def drafted(cast, *items):
    return resources.create_draft(entry=an_entry(), items=[KEY, *items], by=cast.steward)


def refused(cast, *items):
    with pytest.raises(Invalid) as caught:
        drafted(cast, *items)
    assert not Resource.objects.exists()
    return sorted(caught.value.fields)


def test_an_item_keeps_what_it_is_bound_to(cast, sexes):
    element = an_element(cast.officer, code_list=sexes.identifier)

    made = drafted(cast, an_item(code_list=sexes.identifier, data_element=element.identifier))

    item = made.items.get(column="sex")
    assert (item.code_list, item.data_element) == (sexes, element)
    assert item_of(item) == an_item(
        code_list="GB/T 2261.1-2003",
        data_element="DE-1",
        sharing_attribute="conditional",
        grade="L1",
    )


def test_an_item_reads_without_asking_for_its_list(cast, sexes, django_assert_num_queries):
    made = drafted(cast, an_item(code_list=sexes.identifier))
    with django_assert_num_queries(1):
        assert [item_of(item).code_list for item in made.items.order_by("position")] == [
            "",
            "GB/T 2261.1-2003",
        ]


def test_binding_changes_the_items_and_voids_their_assessments(cast, sexes):
    made = drafted(cast, an_item())
    changed = resources.change_draft(
        resource=made,
        version=1,
        entry=an_entry(),
        items=[KEY, an_item(code_list=sexes.identifier)],
        by=cast.steward,
    )
    assert changed.version == 2
    assert changed.items.get(column="sex").code_list_id == sexes.identifier


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"code_list": "no such"}, ["items.1.code_list"]),
        ({"code_list": "a\x00b"}, ["items.1.code_list"]),
        ({"data_element": "no such"}, ["items.1.data_element"]),
        ({"data_element": "a\x00b"}, ["items.1.data_element"]),
        ({"code_list": "GB/T 2261.1-2003", "type": "I", "length": None}, ["items.1.code_list"]),
        ({"code_list": "EMPTY"}, ["items.1.code_list"]),
        ({"code_list": "OLD"}, ["items.1.code_list"]),
        ({"data_element": "DE-1", "length": 2}, ["items.1.length"]),
        ({"data_element": "DE-1", "type": "M"}, ["items.1.code_list", "items.1.type"]),
        ({"data_element": "DE-1", "code_list": "X"}, ["items.1.code_list"]),
        ({"data_element": "DE-OLD"}, ["items.1.data_element"]),
    ],
)
def test_a_binding_that_cannot_be_is_refused_at_its_item(cast, sexes, changes, fields):
    a_list(cast.officer, identifier="EMPTY")
    a_list(cast.officer, ("1", "甲"), identifier="X")
    old = a_list(cast.officer, ("1", "甲"), identifier="OLD")
    standards.retire_list(code_list=old, by=cast.officer)
    an_element(cast.officer, code_list=sexes.identifier)
    retired = an_element(cast.officer, "DE-OLD")
    data_elements.retire_element(element=retired, by=cast.officer)

    assert refused(cast, an_item(**changes)) == fields


def test_an_element_fills_in_what_its_item_leaves_open(cast, sexes):
    an_element(cast.officer, code_list=sexes.identifier)

    made = drafted(cast, an_item(length=None, data_element="DE-1"))

    item = made.items.get(column="sex")
    assert (item.length, item.code_list_id) == (1, sexes.identifier)


def test_many_bound_items_cost_two_queries_more_than_none(cast, sexes):
    an_element(cast.officer, code_list=sexes.identifier)

    def cost(name, **changes):
        items = [an_item(name=f"项{i}", column=f"c{i}", **changes) for i in range(20)]
        with CaptureQueriesContext(connection) as queries:
            resources.create_draft(entry=an_entry(name=name), items=[KEY, *items], by=cast.steward)
        return len(queries)

    cost("热身")
    assert cost("绑定", data_element="DE-1") - cost("不绑定") == 2


def test_a_bound_list_and_element_cannot_be_deleted(cast, sexes):
    element = an_element(cast.officer)
    drafted(cast, an_item(code_list=sexes.identifier, data_element=element.identifier))
    for one in (sexes, element):
        with pytest.raises(ProtectedError):
            one.delete()
    assert DataItem.objects.filter(code_list=sexes).count() == 1


def test_the_schema_of_the_rows_names_the_codes_of_small_lists(cast, sexes):
    long = a_list(cast.officer, *((f"{i:03d}", "甲") for i in range(201)), identifier="LONG")
    made = drafted(
        cast,
        an_item(code_list=sexes.identifier, is_nullable=False),
        an_item(name="可空", column="maybe", code_list=sexes.identifier),
        an_item(name="长", column="long", length=3, code_list=long.identifier),
    )

    items = list(made.items.order_by("position"))
    schema = json_schema(made, items, address="https://portal.example/s")

    told = schema["properties"]
    assert told["sex"]["enum"] == ["1", "2", "9"]
    assert told["maybe"]["enum"] == ["1", "2", "9", None]
    assert "enum" not in told["long"]
    sound = Draft202012Validator(schema)
    row = {"code": "x", "sex": "1", "maybe": None, "long": "555"}
    assert sound.is_valid(row)
    assert not sound.is_valid({**row, "sex": "3"})


def test_an_element_s_versions_are_kept(cast, sexes):
    element = an_element(cast.officer)
    data = ElementData(name="性别", definition="性别", type="C", code_list=sexes.identifier)

    changed = data_elements.change_element(element=element, version=1, data=data, by=cast.officer)
    same = data_elements.change_element(element=element, version=2, data=data, by=cast.officer)

    assert changed.current.number == 2
    assert same.versions.count() == 2
    assert list(element.versions.values_list("name", flat=True)) == ["性别", "性别代码"]


def test_nobody_else_keeps_elements(cast):
    with pytest.raises(NotAllowed):
        an_element(cast.steward)
    element = an_element(cast.officer)
    for act in (
        lambda: data_elements.change_element(
            element=element,
            version=1,
            data=ElementData(name="x", definition="x", type="C"),
            by=cast.steward,
        ),
        lambda: data_elements.retire_element(element=element, by=cast.steward),
    ):
        with pytest.raises(NotAllowed):
            act()
    assert DataElementVersion.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": ""}, "name"),
        ({"definition": ""}, "definition"),
        ({"type": "X"}, "type"),
        ({"code_list": "none"}, "code_list"),
        ({"code_list": "GB/T 2261.1-2003", "type": "I"}, "code_list"),
        ({"standard": "<i>x</i>"}, "standard"),
    ],
)
def test_an_unsound_element_is_refused_at_its_field(cast, sexes, changes, field):
    with pytest.raises(Invalid) as caught:
        an_element(cast.officer, **changes)
    assert list(caught.value.fields) == [field]
    assert not DataElementVersion.objects.exists()


def test_the_second_of_two_officers_and_the_late_one_are_told(cast):
    element = an_element(cast.officer)
    data = ElementData(name="x", definition="x", type="C")
    with pytest.raises(StaleVersion):
        data_elements.change_element(element=element, version=9, data=data, by=cast.officer)
    data_elements.retire_element(element=element, by=cast.officer)
    with pytest.raises(WrongState):
        data_elements.change_element(element=element, version=1, data=data, by=cast.officer)
    with pytest.raises(WrongState):
        data_elements.retire_element(element=element, by=cast.officer)
    assert element.versions.count() == 1
