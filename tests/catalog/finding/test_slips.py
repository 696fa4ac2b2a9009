"""Slips of typing are mended by what the person may see."""

import re

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from catalog import search, synonyms
from catalog.selectors.catalogue import Query, catalogue_page
from catalog.selectors.near_words import is_one_slip, slips_of
from tests.catalog.finding.conftest import items, names, put
from tests.factories import UserFactory


@pytest.fixture
def shelf(cast):
    put(name="户籍人口基本信息", department=cast.civil, tags=["人口库", "碳排放"])
    put(name="婚姻登记信息", department=cast.civil, items=items("登记字号", "公民身份号码"))
    put(name="道路运输经营许可", name_en="Transport licences", department=cast.education)
    return cast


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("户藉人口", "户籍人口"),  # a character that looks alike
        ("湖籍人口", "户籍人口"),  # one that sounds alike
        ("湖籍", "户籍"),
        ("胡级人口", "户籍人口"),  # several that sound alike
        ("籍户人口", "户籍人口"),  # swapped
        ("籍户", "户籍"),
        ("户人口", "户籍人口"),  # missing
        ("户籍籍人口", "户籍人口"),  # too many
        ("登记子号", "登记字号"),  # an item
        ("公民生份号码", "公民身份号码"),
        ("道路运输经茔许可", "道路运输经营许可"),
        ("道路运输经许可", "道路运输经营许可"),
        ("人口酷", "人口库"),  # a tag
        ("戶藉人口", "户籍人口"),  # in traditional characters
        ("transprot", "transport"),
        ("licenses", "licences"),
        ("户精", "户籍"),  # one of two characters wrong
        ("户丁", "户籍"),
        ("碳放", "碳排放"),
        ("户籍人口丁本", "户籍人口基本"),
        ("户籍人基本", "户籍人口基本"),
        ("户藉人口 信息", "户籍人口 信息"),
        ("婚因 登记子号", "婚姻 登记字号"),
    ],
)
def test_a_slip_is_mended_and_told(shelf, typed, meant):
    page = catalogue_page(shelf.stranger, Query(q=typed))

    assert page.slip is not None
    assert page.slip.words == meant
    assert page.total == 1


@pytest.mark.parametrize(
    "typed", ["户籍", "毫无关系", "口", "xx", "!!", "户籍 婚姻", "2023", "没有的词语在此"]
)
def test_what_is_no_slip_stays_as_it_is(shelf, typed):
    assert catalogue_page(shelf.stranger, Query(q=typed)).slip is None


def test_who_insists_gets_what_was_typed(shelf):
    page = catalogue_page(shelf.stranger, Query(q="户藉人口", as_typed=True))

    assert (page.slip, page.total) == (None, 0)


def test_filters_do_not_make_a_slip(shelf):
    page = catalogue_page(
        shelf.stranger, Query(q="户籍人口", chosen={"grade": ["L4"], "format": ["7"]})
    )

    assert (page.slip, page.total) == (None, 0)


def test_a_slip_is_mended_by_nothing_that_is_hidden(cast):
    # given: the right words stand in a hidden entry, and in the abstract of an open one
    put(visible_to=[cast.civil.group_id], name="户籍人口", department=cast.civil)
    put(name="甲", abstract="说到户籍人口。", department=cast.civil)

    # then
    assert catalogue_page(cast.stranger, Query(q="户藉人口")).slip is None
    assert catalogue_page(cast.steward, Query(q="户藉人口")).slip.words == "户籍人口"


def test_the_more_frequent_of_two_near_words_is_meant(cast):
    put(name="供水管网", department=cast.civil)
    for n in range(3):
        put(name=f"供气管网{n}", department=cast.civil)

    assert catalogue_page(cast.stranger, Query(q="供暖管网")).slip.words == "供气管网"
    assert names(cast.stranger, "供水管网") == ["供水管网"]


def test_mending_costs_a_fixed_number_of_queries(cast, django_assert_num_queries):
    for n in range(30):
        put(name=f"户籍人口{n}", department=cast.civil)
    person = UserFactory()
    assert person.department.group_id
    synonyms.current()

    # scan, missing terms, words that sound alike, those one slip away, their hits, scan; then
    # departments, entries, items, grants
    with django_assert_num_queries(10):
        assert catalogue_page(person, Query(q="户藉人口")).total == 30


def test_a_slip_in_words_that_many_entries_hold_is_mended(cast):
    # given: words with the same characters elsewhere, all of them shorter than the one that is meant
    put(name="甲", department=cast.civil, items=items(*(f"信息人{n}" for n in range(200))))
    put(name="示范省常住人口信息汇总登记总表", department=cast.civil)

    # then
    for typed in ("人囗信息", "人口言息", "人信息", "口人信息", "人口信自"):
        page = catalogue_page(cast.stranger, Query(q=typed))
        assert (typed, page.slip and page.slip.words) == (typed, "人口信息")
        assert [one.resource.name for one in page.page] == ["示范省常住人口信息汇总登记总表"]


def test_of_two_characters_one_wrong_is_not_guessed_from_within_words(cast):
    put(name="新增户籍登记", department=cast.civil)

    for typed in ("丁籍", "户丁", "户精"):
        assert catalogue_page(cast.stranger, Query(q=typed)).slip is None
    assert catalogue_page(cast.stranger, Query(q="户藉")).slip.words == "户籍"


def slipped(meant: str) -> set[str]:
    """All that one wrong, missing, needless or swapped character makes of it."""
    made = set()
    for place in range(len(meant)):
        before, after = meant[:place], meant[place:]
        made |= {before + "甲" + after[1:], before + "甲" + after, before + after[1:]}
        made.add(before + after[:2][::-1] + after[2:])
    made.add(f"{meant}甲")
    return made - {meant}


@pytest.mark.parametrize("meant", ["户籍", "人口库", "户籍人口", "道路运输经营"])
def test_every_slip_asks_for_what_was_meant_wherever_it_stands(db, meant):
    # given: at the beginning, within and at the end of a word
    words = [
        f"{before}{meant}{after}" for before in ("", "新", "新增") for after in ("", "表", "总表")
    ]

    # then
    with connection.cursor() as cursor:
        for typed in slipped(meant):
            if len(typed) < 2 or typed in meant:
                continue
            fitting = [one for one in slips_of(typed) if re.fullmatch(one.pattern, meant)]
            assert fitting, typed
            for word in words:
                for one in fitting:
                    cursor.execute(
                        "SELECT %s::tsvector @@ %s::tsquery",
                        [search.word_vector(word), one.query()],
                    )
                    assert cursor.fetchone() == (True,), (typed, word, one)


TEXT = st.text(alphabet="户籍人口", min_size=2, max_size=8)


@given(TEXT, st.data())
def test_one_slip_is_known_whatever_it_is(meant, data):
    place = data.draw(st.integers(0, len(meant) - 1))
    wrong = data.draw(st.sampled_from("甲乙"))
    for typed in (
        meant[:place] + wrong + meant[place + 1 :],
        meant[:place] + wrong + meant[place:],
        meant[:place] + meant[place + 1 :],
        meant[:place] + meant[place : place + 2][::-1] + meant[place + 2 :],
    ):
        assert typed == meant or is_one_slip(typed, meant)
        assert is_one_slip(typed, meant) == is_one_slip(meant, typed)


def test_two_slips_are_one_too_many():
    assert not is_one_slip("甲籍乙口", "户籍人口")
    assert not is_one_slip("户籍", "户籍人口")
    assert not is_one_slip("户籍", "户籍")
