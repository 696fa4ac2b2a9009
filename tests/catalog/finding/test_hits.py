"""Where a hit is, and how it is shown: marked, and harmless."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog import search
from catalog.search import hits
from catalog.selectors.catalogue import Query, catalogue_page
from catalog.selectors.found import Place
from catalog.templatetags.catalog import marked, marked_by_sound
from tests.catalog.finding.conftest import items, put


def marks(text: str, typed: str, *groups: str) -> str:
    terms = search.parse(typed, synonyms=[group.split() for group in groups])
    return str(marked_by_sound(text, terms))


@pytest.mark.parametrize(
    ("text", "typed", "shown"),
    [
        ("婚姻登记信息", "婚姻", "<mark>婚姻</mark>登记信息"),
        ("婚姻登记信息", "婚姻登 登记", "<mark>婚姻登记</mark>信息"),
        ("戶籍人口", "户籍", "<mark>戶籍</mark>人口"),
        ("户籍人口", "戶籍", "<mark>户籍</mark>人口"),
        ("ＡＢ级", "ab级", "<mark>ＡＢ级</mark>"),
        ("㈠号文件", "(一)号", "<mark>㈠号</mark>文件"),
        ("A级 aa", "a", "<mark>A</mark>级 <mark>a</mark>a"),
        ("户籍人口", "renk", "户籍<mark>人口</mark>"),
        ("户籍人口", "jrk", "户<mark>籍人口</mark>"),
        ("户籍人口基本信息", "hjrkj", "<mark>户籍人口基</mark>本信息"),
        ("最低生活保障对象", "低保", "<mark>最低生活保障</mark>对象"),
        ("无关", "低保", "无关"),
        ("", "低保", ""),
        ("<b>低保</b>", "低保", "&lt;b&gt;<mark>低保</mark>&lt;/b&gt;"),
        ("<script>", "script", "&lt;<mark>script</mark>&gt;"),
        ("&amp;", "amp", "&amp;<mark>amp</mark>;"),
        ('"><img src=x>', "img", "&quot;&gt;&lt;<mark>img</mark> src=x&gt;"),
    ],
)
def test_hits_are_marked_and_everything_else_is_text(text, typed, shown):
    assert marks(text, typed, "低保 最低生活保障") == shown


@given(st.text(max_size=60), st.text(max_size=20))
def test_marking_changes_no_letter_and_lets_no_tag_through(text, typed):
    shown = str(marked(text, search.parse(typed)))
    bare = shown.replace("<mark>", "").replace("</mark>", "")

    assert "<" not in bare
    assert bare == str(marked(text, search.parse("")))
    assert shown.count("<mark>") == shown.count("</mark>")


@given(st.text(alphabet="户籍人口A级1 （", min_size=1, max_size=40), st.data())
def test_what_is_part_of_a_text_is_marked_in_it(text, data):
    start = data.draw(st.integers(0, len(text) - 1))
    part = text[start : data.draw(st.integers(start + 1, len(text)))]
    terms = search.parse(part)
    whole = all(term.words in search.normal(text) for term in terms.terms)

    if terms and whole and all(search.parse(part).terms[0].words[0] in "户籍人口级" for _ in "x"):
        assert hits.spans(text, terms)


def test_an_excerpt_holds_the_first_hit():
    text = "甲" * 300 + "低保对象" + "乙" * 300
    shown = hits.excerpt(text, search.parse("低保"), 160)

    assert shown.startswith("…")
    assert shown.endswith("…")
    assert "低保对象" in shown
    assert len(shown) == 162
    assert hits.excerpt("短", search.parse("低保"), 160) == "短"
    assert hits.excerpt(text, search.parse("没有"), 160) == "甲" * 160 + "…"


@pytest.mark.parametrize(
    ("typed", "places"),
    [
        ("户籍", [Place.NAME]),
        ("census", [Place.ENGLISH_NAME]),
        ("人口库", [Place.TAGS]),
        ("身份证号", [Place.ITEMS]),
        ("c0", [Place.ITEMS]),
        ("民政厅", [Place.PROVIDER]),
        ("普查", [Place.ABSTRACT]),
        ("人口", [Place.NAME, Place.TAGS, Place.ABSTRACT]),
        ("hjrk", [Place.SOUND]),
        ("户口", [Place.NAME]),
    ],
)
def test_it_is_said_where_the_words_are(cast, with_synonyms, typed, places):
    # given
    with_synonyms("户籍 户口")
    put(
        name="户籍人口",
        name_en="Census",
        tags=["人口库"],
        abstract="人口普查。",
        department=cast.civil,
        items=items("身份证号"),
    )

    # when
    found = catalogue_page(cast.stranger, Query(q=typed)).page[0]

    # then
    assert list(found.places) == places
    assert len(found.matched_in) == len(places)
