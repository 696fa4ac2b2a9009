"""The pages of finding, in both languages."""

import pytest
from django.template.loader import render_to_string
from django.utils import timezone

from catalog.models import SavedSearch, SearchSynonym
from catalog.selectors.related import often_requested_with, related_to
from catalog.services import visibility
from tests.catalog.conftest import at
from tests.catalog.finding.conftest import items, put
from tests.factories import DepartmentFactory
from tests.html_checks import fragment_problems, problems


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_page_is_well_formed(cast, signed_in, language):
    put(name="户籍人口", name_en="Register", tags=["户籍库"], department=cast.civil)
    for n in range(12):
        put(name=f"条目{n}", department=DepartmentFactory())
    group = SearchSynonym.objects.create(terms=["户口", "户籍"], note="公安")
    search = SavedSearch.objects.create(
        user=cast.officer,
        name="我的",
        q="户籍",
        chosen={"grade": ["L1"], "department": [str(cast.civil.pk)]},
        seen_at=timezone.now(),
    )
    client = signed_in(cast.officer)
    paths = [
        at("resource_list") + "?q=户藉人口",
        at("resource_list") + "?q=hjrk",
        at("resource_list") + "?q=register",
        at("resource_list") + "?department_words=厅&freshness=no_rows&open=no",
        at("resource_list") + "?department_words=没有",
        at("synonym_list"),
        at("synonym_list") + "?q=没有",
        at("synonym_create"),
        at("synonym_edit", group.pk),
        at("synonym_delete", group.pk),
        at("synonym_upload"),
        at("saved_search_list"),
        at("saved_search", search.pk),
        at("saved_search_create") + "?q=户籍&grade=L1",
    ]
    for path in paths:
        answer = client.get(path, headers={"accept-language": language})
        assert answer.status_code == 200, path
        assert problems(answer.content.decode()) == [], path
    SavedSearch.objects.all().delete()
    empty = client.get(at("saved_search_list"), headers={"accept-language": language})
    assert problems(empty.content.decode()) == []


def test_a_mended_search_says_so_and_offers_what_was_typed(cast, signed_in):
    put(name="户籍人口", department=cast.civil)
    client = signed_in(cast.officer)

    answer = client.get(at("resource_list"), {"q": "户藉人口"})
    page = answer.content.decode()
    assert "<mark>户籍人口</mark>" in page
    assert answer.context["as_typed_url"] == (
        at("resource_list") + "?q=%E6%88%B7%E8%97%89%E4%BA%BA%E5%8F%A3&exact=1"
    )
    assert answer.context["save_url"].endswith("?q=%E6%88%B7%E7%B1%8D%E4%BA%BA%E5%8F%A3")
    assert client.get(answer.context["as_typed_url"]).context["found"].total == 0


def test_chosen_values_of_every_facet_are_chips_and_bad_ones_are_left_out(cast, signed_in):
    put(name="户籍人口", department=cast.civil)
    answer = signed_in(cast.officer).get(
        at("resource_list"),
        {
            "region": cast.province.pk,
            "open": ["no", "maybe"],
            "freshness": ["no_rows", "x"],
            "resource_class": ["3", "9"],
        },
    )

    assert answer.context["found"].total == 1
    assert len(answer.context["chips"]) == 4


def test_hostile_text_stays_text_in_results(cast, signed_in):
    evil = '<img src=x onerror="alert(1)">'
    put(
        name=f"户籍{evil}",
        name_en=f"census{evil}",
        tags=[f"户籍{evil}"[:30]],
        abstract=f"户籍{evil}",
        department=cast.civil,
        items=items(f"户籍{evil}"),
    )
    client = signed_in(cast.officer)

    for q in ("户籍", "census", evil):
        page = client.get(at("resource_list"), {"q": q}).content.decode()
        assert "<img" not in page
        assert problems(page) == []


def test_what_goes_together_is_a_part_of_a_page(cast, rf):
    one = put(name="户籍人口", department=cast.civil)
    two = put(name="户籍人口变动", department=cast.civil, items=items("甲", "乙"))
    for department in (cast.education, cast.bigdata):
        for resource in (one, two):
            visibility.grant_pull(resource=resource, department=department, by=None)

    part = render_to_string(
        "catalog/related.html",
        {
            "related": related_to(cast.officer, one),
            "requested_too": often_requested_with(cast.officer, one),
        },
    )

    assert part.count("户籍人口变动") == 2
    assert fragment_problems(part) == []
