"""What is found by what, and in which order."""

import pytest

from catalog import search
from catalog.models import Resource
from catalog.selectors.catalogue import Query, catalogue_page
from tests.factories import DepartmentFactory, ResourceFactory, UserFactory


def indexed(**fields):
    resource = ResourceFactory(**fields)
    search.index(resource, list(resource.items.all()))
    return resource


def found(typed: str) -> set[str]:
    terms = search.parse(typed)
    assert terms
    return set(search.matching(Resource.objects.all(), terms).values_list("name", flat=True))


@pytest.fixture
def shelf(db):
    civil = DepartmentFactory(name="示范省民政厅", short_name="省民政厅")
    labour = DepartmentFactory(name="示范省人力资源和社会保障厅", short_name="省人社厅")
    indexed(
        name="婚姻登记信息",
        department=civil,
        abstract="结婚、离婚登记，2023年版。Source: GB/T 2260.",
        items=[{"name": "登记字号", "column": "record_no"}],
    )
    indexed(
        name="社会保险参保信息",
        department=labour,
        abstract="参保状态，不含登记婚姻状况以外的内容。",
        items=[{"name": "参保状态", "column": "status"}],
    )
    indexed(name="A级旅游景区名录", department=civil, abstract="ＡＡＡＡＡ级在内。", items=[])


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("婚姻", {"婚姻登记信息", "社会保险参保信息"}),
        ("婚姻登记", {"婚姻登记信息"}),  # the other has 登记婚姻
        ("登记婚姻", {"社会保险参保信息"}),
        ("婚", {"婚姻登记信息", "社会保险参保信息"}),
        ("录", {"A级旅游景区名录"}),
        ("级", {"A级旅游景区名录"}),
        ("A级旅游", {"A级旅游景区名录"}),
        ("a级", {"A级旅游景区名录"}),
        ("Ａ级", {"A级旅游景区名录"}),
        ("AAAAA级", {"A级旅游景区名录"}),
        ("2023年", {"婚姻登记信息"}),
        ("2023", {"婚姻登记信息"}),
        ("202", {"婚姻登记信息"}),
        ("023", set()),
        ("GB/T", {"婚姻登记信息"}),
        ("gb/t 2260", {"婚姻登记信息"}),
        ("T/GB", set()),
        ("sour", {"婚姻登记信息"}),
        ("ource", set()),
        ("record_no", {"婚姻登记信息"}),
        ("登记字号", {"婚姻登记信息"}),
        ("省民政厅", {"婚姻登记信息", "A级旅游景区名录"}),
        ("社会保障厅 参保", {"社会保险参保信息"}),
        ("婚姻 参保", {"社会保险参保信息"}),
        ("婚姻，参保", {"社会保险参保信息"}),
        ("《婚姻登记信息》", {"婚姻登记信息"}),
        ("婚姻 旅游", set()),
        ("社保", set()),  # nowhere in these words; synonyms come with the standards library
        ("信息记录", set()),
        ("307012001", {"婚姻登记信息", "社会保险参保信息", "A级旅游景区名录"}),
    ],
)
def test_a_text_is_found_by_what_it_contains(shelf, typed, names):
    assert found(typed) == names


def test_a_phrase_does_not_reach_from_one_text_into_the_next(db):
    # given
    indexed(name="人口", abstract="", items=[{"name": "普查", "column": "census"}])

    # then
    assert found("人口 普查") == {"人口"}
    assert found("人口普查") == set()


@pytest.mark.parametrize(
    "typed",
    [
        "'",
        "\\",
        "' | '",
        "婚'姻",
        "婚姻:*",
        "!婚姻",
        "(婚姻",
        "婚姻 &",
        "a' -> b",
        "%",
        "_",
        "\u202e婚姻",
    ],
)
def test_special_characters_do_no_harm(db, typed):
    assert catalogue_page(UserFactory(), Query(q=typed)).total == 0


@pytest.mark.parametrize("typed", ["", "  ", "，。", "!!! ???", "\u202e"])
def test_nothing_searchable_gives_no_terms(typed):
    assert not search.parse(typed)


def test_at_most_twelve_terms_are_asked():
    assert len(search.parse(" ".join(f"词{n}" for n in range(50))).terms) == 12


def test_very_long_texts_are_indexed_as_far_as_postgresql_can(db):
    resource = indexed(name="长文", abstract="数据" * 1000 + "终点", items=[])

    assert found("终点") == {"长文"}
    assert resource.pk


def test_closest_names_come_first_then_items_then_abstracts(db):
    # given
    department = DepartmentFactory(name="示范省某厅", short_name="某厅")
    shown = {"department": department, "state": "published"}
    indexed(name="甲", abstract="学籍学籍学籍。" * 20, items=[], **shown)
    indexed(name="乙", abstract="", items=[{"name": "学籍", "column": "a"}], **shown)
    indexed(name="学生学籍基本信息", abstract="", items=[], **shown)
    indexed(name="学籍", abstract="", items=[], **shown)
    indexed(
        name="丙",
        abstract="学籍学籍学籍。" * 20,
        items=[{"name": f"学籍{n}", "column": f"a{n}"} for n in range(20)],
        **shown,
    )

    # when
    page = catalogue_page(UserFactory(), Query(q="学籍")).page

    # then
    names = [found.resource.name for found in page]
    assert names[:2] == ["学籍", "学生学籍基本信息"]
    assert names.index("丙") < names.index("甲")
    assert names.index("乙") < names.index("甲")


def test_grams_share_the_place_of_a_last_character():
    assert list(search._grams("婚姻登记A1 级")) == [
        ("婚姻", 0),
        ("姻登", 1),
        ("登记", 2),
        ("记", 2),
        ("a1", 3),
        ("级", 4),
    ]
