"""The wizard: items proposed from names, types and first rows, and accepted one by one."""

import pytest
from django.urls import reverse
from django.utils.translation import override
from rest_framework.test import APIClient

from catalog.models import Resource
from catalog.sources.files.layout import FileLayout
from catalog.sources.files.reader import text_column
from catalog.sources.files.reading import reader_for
from catalog.sources.proposing import propose
from portal.common.check_digits import resident_id_check_character, uscc_check_character
from tests.catalog.sources.database import BusinessDatabase
from tests.catalog.sources.fetching import file_source
from tests.catalog.sources.file_servers import WebServer


def numbers(bodies, check):
    return [f"{body}{check(body)}" for body in bodies]


IDS = numbers(
    ["33010619900101123", "33010619900201124", "33010619900301125"], resident_id_check_character
)
CODES = numbers(
    ["91330100MA27X0001", "91330100MA27X0002", "91330100MA27X0003"], uscc_check_character
)


@pytest.fixture
def content():
    lines = ["编号,姓名,号码,联系,单位代码,金额,登记日期,备注"]
    for place, (person, code) in enumerate(zip(IDS, CODES, strict=True)):
        lines.append(
            f"00{place},张三,{person},1380000123{place},{code},{place}.50,2026-05-0{place + 1},"
        )
    return "\n".join(lines).encode()


def test_what_is_about_people_is_told_by_values_and_by_names(content, tmp_path):
    # given
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    reader = reader_for(path, FileLayout())

    # when
    found = propose(reader.columns(""), reader.sample(""))

    # then
    told = [
        (one.name, one.column, one.type, one.length, one.identifier_kind, one.is_sensitive)
        for one in found
    ]
    assert told == [
        ("编号", "bianhao", "C", 10, "", False),
        ("姓名", "xingming", "C", 10, "person_name", False),
        ("号码", "haoma", "C", 18, "resident_id", True),
        ("联系", "lianxi", "C", 50, "phone", False),
        ("单位代码", "danweidaima", "C", 18, "credit_code", False),
        ("金额", "jine", "N", None, "", False),
        ("登记日期", "dengjiriqi", "D", None, "", False),
        ("备注", "beizhu", "C", 200, "", False),
    ]
    assert [one.name for one in found if one.is_key] == ["编号"]
    assert [one.name for one in found if one.is_personal] == ["姓名", "号码", "联系"]


def sampled(*values):
    column = text_column("a")
    (item,) = propose([column], [{"a": value} for value in values])
    return item


def test_a_length_leaves_room_for_longer_values_and_says_so():
    with override("en"):
        name = sampled("示范市第一中学", "示范市实验小学城东校区", "示范中学")
        code = sampled(*(f"0501{place:02d}" for place in range(30)))
        long = sampled("字" * 600, "字")
        empty = sampled("", None)

    assert (name.type, name.length, name.reasons[1]) == (
        *("C", 50),
        "the longest of the first rows has 11 characters: room left for longer ones",
    )
    assert (code.length, code.reasons[1]) == (6, "length of every code in the first rows")
    assert (long.type, long.length) == ("M", None)
    assert (empty.length, empty.reasons[0]) == (
        *(200,),
        "empty in the first rows: type and length are a guess",
    )


def test_a_database_says_types_lengths_and_keys_itself(
    business: BusinessDatabase, resource, steward
):
    # given
    business.run(
        "CREATE TABLE people (id bigint PRIMARY KEY, sfz varchar(18), note text, born date)"
    )
    business.run("COMMENT ON COLUMN people.note IS '备注'")
    source = business.source(resource.department)
    api = APIClient()
    api.force_login(steward)

    # when
    answer = api.get(f"/api/v1/sources/{source.pk}/items/?relation=public.people")

    # then
    told = [
        (one["name"], one["column"], one["type"], one["length"], one["is_key"], one["masking_rule"])
        for one in answer.data
    ]
    assert told == [
        ("id", "id", "I", None, True, ""),
        ("sfz", "sfz", "C", 18, False, "resident_id"),
        ("备注", "note", "M", None, False, ""),
        ("born", "born", "D", None, False, ""),
    ]
    assert api.get(f"/api/v1/sources/{source.pk}/items/?relation=public.no").status_code == 422


def test_the_steward_accepts_items_and_finds_them_in_the_form_of_a_new_entry(
    client, resource, steward, colleague, content
):
    with WebServer().running() as web:
        # given
        web.paths["/a.csv"] = lambda handler: handler.answer(content)
        source = file_source(resource.department, "http", address=f"{web.url}/a.csv")
        client.force_login(steward)
        before = Resource.objects.count()

        # when the proposal is looked at, and two items are accepted
        page = client.get(reverse("catalog:source_items", args=[source.pk])).content.decode()
        query = {"source": source.pk, "relation": "rows", "item": ["号码", "金额"]}
        form = client.get(reverse("catalog:resource_create"), query).content.decode()

        # then only these stand in the form, and nothing is saved yet
        assert "danweidaima" in page
        assert 'value="haoma"' in form
        assert 'value="jine"' in form
        assert 'value="bianhao"' not in form
        assert Resource.objects.count() == before

        # and who is no steward reads nothing of the source
        client.force_login(colleague)
        assert client.get(reverse("catalog:source_items", args=[source.pk])).status_code == 403
        assert client.get(reverse("catalog:resource_create"), query).status_code == 403


def test_a_source_that_fails_is_told_in_words(client, resource, steward):
    source = file_source(resource.department, "http", address="http://192.0.2.7/a.csv")
    client.force_login(steward)

    page = client.get(
        reverse("catalog:source_items", args=[source.pk]), HTTP_ACCEPT_LANGUAGE="en"
    ).content.decode()

    assert "it lies outside the allowed networks" in page
