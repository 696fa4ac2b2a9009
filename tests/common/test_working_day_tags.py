"""Deadlines on pages, with the published calendar of 2026."""

from datetime import date
from types import SimpleNamespace

import pytest
from django.template import Context, Template
from django.utils.html import strip_tags
from django.utils.translation import override

from tests.html_checks import fragment_problems

pytestmark = pytest.mark.django_db

MONDAY = date(2026, 11, 23)


@pytest.fixture(autouse=True)
def _on_monday_in_english(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.localdate", lambda *args: MONDAY)
    with override("en"):
        yield


def shown(source: str, **context: object) -> str:
    html = Template("{% load working_days %}" + source).render(Context(context))
    assert fragment_problems(html) == []
    return " ".join(html.split())


def deadline(day: date) -> SimpleNamespace:
    return SimpleNamespace(due=day, is_met=False, provisional=False, legal=True)


def test_a_deadline_counts_working_days():
    html = shown("{% due deadline %}", deadline=deadline(date(2026, 12, 4)))

    assert html == (
        '<span class="due "><span class="due-day">due Fri 4 Dec</span>, '
        "<strong>9 working days left</strong></span>"
    )


@pytest.mark.parametrize(
    ("day", "more", "phrase"),
    [
        (date(2026, 11, 26), {}, "due Thu 26 Nov, 3 working days left"),
        (date(2026, 11, 24), {}, "due Tue 24 Nov, 1 working day left"),
        (MONDAY, {}, "Due today, Mon 23 Nov"),
        (date(2026, 11, 20), {}, "was due Fri 20 Nov, 1 working day overdue"),
        (date(2026, 11, 19), {"is_met": True}, "Done, was due Thu 19 Nov"),
        (date(2026, 11, 26), {"cancelled_at": MONDAY}, "No longer runs, was due Thu 26 Nov"),
        (
            date(2026, 11, 26),
            {"paused_on": date(2026, 11, 20)},
            "Stands since Fri 20 Nov, goes on when the other side has acted",
        ),
    ],
)
def test_a_deadline_reads_as_one_phrase(day, more, phrase):
    clock = SimpleNamespace(**vars(deadline(day)) | more)

    html = shown("{% due deadline %}", deadline=clock)

    assert strip_tags(html) == phrase


def test_in_chinese_the_phrase_has_its_own_comma():
    with override("zh-hans"):
        html = shown("{% due deadline %}", deadline=deadline(date(2026, 11, 26)))

    assert strip_tags(html) == "11月26日（周四）到期，还剩 3 个工作日"


def test_a_deadline_over_a_weekend_is_late_by_working_days():
    html = shown("{% due deadline %}", deadline=deadline(date(2026, 11, 19)))

    assert '<span class="due due-late">' in html
    assert "was due Thu 19 Nov</span>, <strong>" in html
    assert "2 working days overdue</strong></span>" in html


def test_where_the_law_sets_no_limit_the_page_says_so():
    assert shown("{% due None %}") == '<span class="quiet">No legal limit</span>'


def test_the_ruler_shows_ten_working_days_from_today():
    dues = [MONDAY, date(2026, 11, 26), date(2026, 11, 26), date(2027, 1, 5)]

    html = shown("{% day_ruler dues %}", dues=dues)

    assert html.count("<li") == 10
    assert '<li class="is-today"><b>Mon 23</b>1 due today</li>' in html
    assert '<li class="has-due"><b>Thu 26</b>2 due</li>' in html
    assert '<li class=" new-week"><b>Mon 30</b>—</li>' in html
    assert "Sat 28" not in html
    assert html.rindex("<b>Fri 4</b>") > html.index("<b>Thu 3</b>")


def test_the_clock_has_one_segment_a_working_day():
    html = shown("{% clock_days start due %}", start=date(2026, 11, 12), due=date(2026, 11, 26))

    assert html.count("<li") == 10
    assert '<li class="is-past"><span>11-13</span></li>' in html
    assert '<li class="is-today"><span>Today 23</span></li>' in html
    assert '<li class=" is-last"><span>26 due</span></li>' in html
