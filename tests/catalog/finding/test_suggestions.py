"""Suggestions while somebody types."""

import pytest
from django.urls import reverse

from catalog.models import WordKind
from catalog.parties import VISITOR
from catalog.selectors.suggestions import Suggestion, suggestions
from tests.catalog.finding.conftest import put
from tests.factories import DepartmentFactory, UserFactory


def texts(party, typed: str) -> list[str]:
    return [one.text for one in suggestions(party, typed)]


@pytest.fixture
def shelf(cast):
    put(name="户籍人口", name_en="Household register", tags=["户籍库"], department=cast.civil)
    put(name="户籍地址变更", department=cast.civil)
    put(name="婚姻登记", department=cast.civil)
    return cast


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("户", ["户籍人口", "户籍地址变更", "户籍库"]),
        ("戶籍", ["户籍人口", "户籍地址变更", "户籍库"]),
        ("hj", ["户籍人口", "户籍地址变更", "户籍库"]),
        ("hujiren", ["户籍人口"]),
        ("hu ji ren", ["户籍人口"]),
        ("hyd", ["婚姻登记"]),
        ("house", ["Household register"]),
        ("HOUSE", ["Household register"]),
        ("省民", ["省民政厅"]),
        ("smz", ["省民政厅"]),
        ("示范省", ["示范省民政厅"]),  # the other departments have no entry
        ("人口", []),  # not the beginning of a name
        ("", []),
        ("%", []),
        ("_", []),
        ("，。", []),
    ],
)
def test_what_begins_so_or_sounds_so_is_suggested(shelf, typed, found):
    assert texts(shelf.stranger, typed) == found


def test_at_most_eight_are_suggested_departments_and_tags_among_them(cast):
    for n in range(20):
        put(name=f"民政{n:02d}", tags=[f"民政标签{n:02d}"], department=cast.civil)
    for n in range(4):
        put(name=f"条目{n}", department=DepartmentFactory(short_name=f"民政局{n}"))

    found = suggestions(cast.stranger, "民政")

    assert [one.kind for one in found] == ["name"] * 4 + ["provider"] * 2 + ["tag"] * 2
    assert found[0] == Suggestion("民政00", WordKind.NAME)


def test_what_is_hidden_or_not_published_is_not_suggested(cast):
    put(visible_to=[cast.civil.group_id], name="内部名册", tags=["内部"], department=cast.bigdata)
    put(state="draft", name="内部草稿", tags=["内部稿"], department=cast.education)

    for party in (cast.stranger, VISITOR):
        assert texts(party, "内部") == []
        assert texts(party, "nb") == []
        assert texts(party, "省大") == []
    assert texts(cast.steward, "内部") == ["内部名册", "内部"]


def test_suggestions_take_few_queries(shelf, django_assert_num_queries):
    person = UserFactory()
    assert person.department.group_id

    with django_assert_num_queries(3):  # words, names, tags: no department begins so
        suggestions(person, "户")
    with django_assert_num_queries(0):
        suggestions(person, "，")


def test_programs_of_the_page_get_them_as_json(shelf, signed_in, client):
    path = reverse("catalog:suggestions")

    answer = signed_in(shelf.stranger).get(path, {"q": "hunyin"})
    assert answer.json() == {
        "suggestions": [
            {
                "text": "婚姻登记",
                "kind": str(WordKind.NAME.label),
                "url": "/catalog/?q=%E5%A9%9A%E5%A7%BB%E7%99%BB%E8%AE%B0",
            }
        ]
    }
    client.logout()
    assert client.get(path, {"q": "hunyin"}).json() == {"suggestions": []}
    assert client.get(path).json() == {"suggestions": []}
