"""The registry of articles: whole, honest, and held by tests of their number."""

import ast
import re
from pathlib import Path

import pytest
from django.urls import reverse

from portal.supervision.articles import ARTICLES
from portal.supervision.scope import scope_of
from portal.supervision.selectors.compliance import FIGURES, compliance

REGULATION = Path(__file__).resolve().parent.parent / "regulation"


def borne() -> set[int]:
    """The articles that a test of tests/regulation bears in its name."""
    names = (
        node.name
        for path in REGULATION.glob("test_*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef)
    )
    return {int(found[1]) for name in names if (found := re.match(r"test_article_(\d+)_", name))}


def test_every_article_of_the_decree_stands_there_once():
    assert sorted(ARTICLES) == list(range(1, 45))


def test_every_article_that_is_served_has_a_test_and_no_other_has_one():
    served = {number for number, one in ARTICLES.items() if one.is_served}
    assert sorted(served - borne()) == []
    assert sorted(borne() - served) == []


@pytest.mark.parametrize("number", sorted(ARTICLES))
def test_an_article_says_what_is_done_or_why_not_and_where_it_is_seen(number):
    one = ARTICLES[number]
    assert one.asks
    assert one.does or one.lacks
    assert one.is_served or not one.figures
    assert set(one.figures) <= set(FIGURES)
    for view, _label in one.pages:
        assert reverse(view)


def test_every_figure_is_used_by_an_article():
    assert {key for one in ARTICLES.values() for key in one.figures} == set(FIGURES)


@pytest.mark.django_db
def test_a_limit_shows_what_is_open_kept_and_late(cast, asked):
    asked(due=-10, met=-12)
    asked(due=-10, met=-9)
    asked(due=-1)
    asked(due=5)
    told = {
        one.article.number: one.figures
        for chapter in compliance(scope_of(cast.officer, {"period": "twelve"}))
        for one in chapter.articles
    }
    (answer,) = told[21]
    assert (answer.open, answer.in_time, answer.late) == (2, 1, 2)
    under_way, demands = told[20]
    assert (under_way.number, demands.number) == (4, 0)


@pytest.mark.django_db
def test_the_api_tells_the_articles_with_their_figures(cast, asked, signed_in):
    asked(due=-1)
    told = signed_in(cast.officer).get("/api/v1/supervision/compliance/").json()
    assert len(told) == 44
    assert told[20]["figures"][0]["open"] == 1
    assert told[0] | {"asks": "", "lacks": ""} == {
        "number": 1,
        "chapter": 1,
        "asks": "",
        "does": "",
        "lacks": "",
        "is_served": False,
        "figures": [],
    }
