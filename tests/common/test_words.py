"""Dates, numbers and deadlines as people read them."""

from datetime import UTC, date, datetime
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.utils.translation import override

from portal.common import dates, due, numbers

TODAY = date(2026, 11, 23)
THRESHOLDS = SimpleNamespace(amber_days=3, red_days=0)


@pytest.fixture
def _on_23_november(monkeypatch):
    monkeypatch.setattr("portal.common.dates.timezone.localdate", lambda: TODAY)


@pytest.mark.usefixtures("_on_23_november")
@pytest.mark.parametrize(
    ("day", "chinese", "english"),
    [
        (date(2026, 11, 26), "11月26日（周四）", "Thu 26 Nov"),
        (date(2027, 1, 4), "2027年1月4日（周一）", "Mon 4 Jan 2027"),
        (date(2025, 5, 1), "2025年5月1日（周四）", "Thu 1 May 2025"),
    ],
)
def test_a_date_in_prose_has_its_weekday_and_no_current_year(day, chinese, english):
    with override("zh-hans"):
        assert dates.prose_date(day) == chinese
    with override("en"):
        assert dates.prose_date(day) == english


@pytest.mark.usefixtures("_on_23_november")
@pytest.mark.parametrize(
    ("moment", "chinese", "english"),
    [
        (datetime(2026, 11, 23, 1, 12, tzinfo=UTC), "今天 09:12", "today 09:12"),
        (datetime(2026, 11, 21, 16, 5, tzinfo=UTC), "昨天 00:05", "yesterday 00:05"),
        (datetime(2026, 11, 18, 1, 12, tzinfo=UTC), "11月18日 09:12", "18 Nov 09:12"),
        (datetime(2025, 12, 31, 16, 0, tzinfo=UTC), "1月1日 00:00", "1 Jan 00:00"),
        (datetime(2025, 12, 31, 15, 59, tzinfo=UTC), "2025年12月31日 23:59", "31 Dec 2025 23:59"),
    ],
)
def test_a_moment_is_told_in_local_time(moment, chinese, english):
    with override("zh-hans"):
        assert dates.prose_moment(moment) == chinese
    with override("en"):
        assert dates.prose_moment(moment) == english


def test_tables_and_rulers_have_short_dates():
    assert dates.iso_moment(datetime(2026, 11, 22, 17, 5, tzinfo=UTC)) == "2026-11-23 01:05"
    assert dates.local_date(datetime(2026, 11, 22, 17, 5, tzinfo=UTC)) == TODAY
    with override("zh-hans"):
        assert dates.weekday_and_day(TODAY) == "周一 23"


@pytest.mark.parametrize(
    ("value", "chinese", "english"),
    [
        (386, "386", "386"),
        (9_999, "9,999", "9,999"),
        (44_700, "4.5万", "44.7 thousand"),
        (386_000, "38.6万", "386 thousand"),
        (123_456_789, "1.2亿", "123 million"),
    ],
)
def test_large_figures_are_spoken(value, chinese, english):
    with override("zh-hans"):
        assert numbers.spoken(value) == chinese
    with override("en"):
        assert numbers.spoken(value) == english


def test_numbers_in_tables_have_separators():
    assert numbers.grouped(44_700) == "44,700"
    assert numbers.grouped(Decimal("1234.50")) == "1,234.50"


@pytest.mark.parametrize(
    ("part", "whole", "words"),
    [
        (34, 35, "97.1% (34 of 35)"),
        (35, 35, "100% (35 of 35)"),
        (0, 1200, "0% (0 of 1,200)"),
        (0, 0, "none yet"),
    ],
)
def test_a_percentage_is_never_alone(part, whole, words):
    with override("en"):
        assert numbers.rate(part, whole) == words


def test_nothing_has_no_percentage():
    assert numbers.percent(0, 0) == "—"


def test_rows_are_counted_in_words():
    with override("en"):
        assert [numbers.rows(1), numbers.rows(44_700)] == ["1 row", "44,700 rows"]
    with override("zh-hans"):
        assert numbers.rows(44_700) == "44,700 行"


def deadline(day: date, **more: object) -> SimpleNamespace:
    return SimpleNamespace(
        **({"due": day, "is_met": False, "provisional": False, "legal": True} | more)
    )


@pytest.mark.usefixtures("_on_23_november")
@pytest.mark.parametrize(
    ("day", "left", "words", "tone"),
    [
        (date(2026, 11, 23), 0, "Due today", "due-today"),
        (date(2026, 11, 24), 1, "1 working day left", "due-soon"),
        (date(2026, 11, 26), 3, "3 working days left", "due-soon"),
        (date(2026, 11, 27), 4, "4 working days left", ""),
        (date(2026, 11, 28), 0, "no working day left", "due-urgent"),
        (date(2026, 11, 20), -1, "1 working day overdue", "due-late"),
        (date(2026, 11, 19), -2, "2 working days overdue", "due-late"),
        (date(2026, 11, 22), 0, "overdue since the last working day", "due-late"),
    ],
)
def test_a_deadline_says_what_is_left(day, left, words, tone):
    with override("en"):
        said = due.describe(deadline(day), days_left=left, today=TODAY, thresholds=THRESHOLDS)

    assert (said.words, said.tone) == (words, tone)
    before = {-1: "was due ", 0: "", 1: "due "}[(day > TODAY) - (day < TODAY)]
    assert said.day == before + said.day[-10:].lstrip()
    assert said.is_day_first is (day != TODAY)


@pytest.mark.usefixtures("_on_23_november")
def test_a_deadline_in_chinese():
    with override("zh-hans"):
        said = due.describe(
            deadline(date(2026, 11, 26)), days_left=3, today=TODAY, thresholds=THRESHOLDS
        )

    assert (said.words, said.day) == ("还剩 3 个工作日", "11月26日（周四）到期")


@pytest.mark.usefixtures("_on_23_november")
@pytest.mark.parametrize(
    ("more", "words", "tone", "notes"),
    [
        ({"is_met": True}, "Done", "due-met", ()),
        ({"cancelled_at": datetime(2026, 11, 1, tzinfo=UTC)}, "No longer runs", "due-met", ()),
        (
            {"legal": False},
            "2 working days overdue",
            "due-late",
            ("platform target, not a legal limit",),
        ),
        (
            {"provisional": True},
            "2 working days overdue",
            "due-late",
            ("provisional: that year's holidays are not announced yet",),
        ),
    ],
)
def test_a_deadline_tells_what_became_of_it_and_how_firm_it_is(more, words, tone, notes):
    with override("en"):
        said = due.describe(
            deadline(date(2026, 11, 19), **more), days_left=-2, today=TODAY, thresholds=THRESHOLDS
        )

    assert (said.words, said.day, said.tone, said.notes) == (
        words,
        "was due Thu 19 Nov",
        tone,
        notes,
    )
    assert bool(said.icon) is (tone == "due-late")
