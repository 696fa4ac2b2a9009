"""What finds an entry: parts of its words, other scripts, sounds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opencc import OpenCC

from catalog import search
from catalog.search import pinyin
from catalog.search.text import is_han, runs_of
from catalog.selectors.catalogue import resources_for
from tests.catalog.finding.conftest import items, names, put

CHARACTERS = (
    "户籍人口婚姻登记学生信息社会保险企业环境监测房屋预算审计应急救灾医疗卫生养老残疾车辆驾驶"
)
NAMES = st.text(alphabet=CHARACTERS, min_size=2, max_size=12)
TO_TRADITIONAL = OpenCC("s2t")


def lexemes(document: str) -> set[str]:
    return {piece.rpartition("'")[0].lstrip("'") for piece in document.split()}


@given(NAMES)
def test_every_two_characters_of_a_name_are_among_its_lexemes(name):
    known = lexemes(search.written([("A", name)]))

    for start in range(len(name) - 1):
        assert search.parse(name[start : start + 2]).terms[0].runs[0] in known


@given(NAMES)
def test_the_traditional_form_asks_the_same_as_the_simplified(name):
    traditional = "".join(TO_TRADITIONAL.convert(character) for character in name)

    assert search.parse(traditional).as_tsquery() == search.parse(name).as_tsquery()


@given(st.text(max_size=30), st.text(max_size=30))
def test_a_text_is_folded_part_by_part_as_the_whole_is(before, after):
    # combining marks join with what stands before them
    whole = search.normal(f"{before} {after}")

    assert whole == f"{search.normal(before)} {search.normal(after)}"


@given(NAMES)
def test_full_pinyin_and_initials_stand_in_the_vector_from_each_syllable_on(name):
    sounds = pinyin.syllables(search.normal(name))
    known = {one.removeprefix("~") for one in lexemes(search.word_vector(name))}

    for start in range(len(sounds) - 1):
        assert "".join(sounds[start:])[:60] in known
        assert "".join(one[0] for one in sounds[start:]) in known


@pytest.fixture
def shelf(cast):
    put(name="户籍人口基本信息", department=cast.civil, tags=["人口库"])
    put(
        name="婚姻登记信息",
        name_en="Marriage registrations",
        department=cast.civil,
        abstract="结婚与离婚登记。",
        items=items("登记字号"),
    )
    put(name="A级旅游景区名录", department=cast.education, classification="09912345")
    put(name="戶政業務統計", department=cast.education)
    return cast


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("户籍", ["户籍人口基本信息"]),
        ("戶籍人口", ["户籍人口基本信息"]),
        ("婚姻登記", ["婚姻登记信息"]),
        ("户政业务", ["戶政業務統計"]),
        ("戶政業務", ["戶政業務統計"]),
        ("hjrk", ["户籍人口基本信息"]),
        ("HJRK", ["户籍人口基本信息"]),
        ("ｈｊｒｋ", ["户籍人口基本信息"]),
        ("hujirenkou", ["户籍人口基本信息"]),
        ("huji", ["户籍人口基本信息"]),
        ("huj", ["户籍人口基本信息"]),
        ("hu ji ren kou", ["户籍人口基本信息"]),
        ("hu'ji", ["户籍人口基本信息"]),
        ("renkou", ["户籍人口基本信息"]),
        ("rkjb", ["户籍人口基本信息"]),
        ("jbxx", ["户籍人口基本信息"]),
        ("ajly", ["A级旅游景区名录"]),
        ("renkouku", ["户籍人口基本信息"]),  # a tag
        ("人口库", ["户籍人口基本信息"]),
        ("marriage", ["婚姻登记信息"]),
        ("MARRIAGE regist", ["婚姻登记信息"]),
        ("arriage", []),
        ("登记字号", ["婚姻登记信息"]),
        ("省民政厅 hjrk", ["户籍人口基本信息"]),
        ("099123", ["A级旅游景区名录"]),
        ("h", []),
        ("xyz", []),
    ],
)
def test_an_entry_is_found_by(shelf, typed, found):
    assert names(shelf.stranger, typed, as_typed=True) == found
    assert [one.name for one in resources_for(shelf.stranger, q=typed)] == found


def test_every_two_characters_of_every_name_find_it(shelf):
    for one in resources_for(shelf.stranger):
        for run in runs_of(one.name):
            for start in range(len(run) - 1) if is_han(run) else ():
                assert one.name in names(shelf.stranger, run[start : start + 2])


def test_what_is_written_comes_before_what_only_sounds_so(cast):
    # given
    put(name="户籍人口", department=cast.civil)
    put(name="甲", department=cast.civil, abstract="系统 hjrk 的说明" + "。" * 200)
    put(name="HJRK系统运行记录", department=cast.civil)
    put(name="乙", department=cast.civil, items=[{"name": "数", "column": "hjrk"}])

    # then: name, item, abstract, sound
    assert names(cast.stranger, "hjrk") == ["HJRK系统运行记录", "乙", "甲", "户籍人口"]


def test_names_come_before_tags_and_items_and_these_before_abstracts(cast):
    put(name="甲", department=cast.civil, abstract="学籍学籍。" * 30)
    put(name="乙", department=cast.civil, tags=["学籍"])
    put(name="丙", department=cast.civil, items=items("学籍号"))
    put(name="学生学籍", department=cast.civil)

    found = names(cast.stranger, "学籍")

    assert found[0] == "学生学籍"
    assert set(found[1:3]) == {"乙", "丙"}
    assert found[3] == "甲"
