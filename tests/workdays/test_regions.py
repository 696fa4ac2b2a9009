"""A region counts by its own lists and by those of the regions it lies in."""

from datetime import date

import pytest

from portal.workdays import (
    DueDate,
    add_working_days,
    is_working_day,
    next_working_days,
    working_days_between,
)
from portal.workdays.calendar import Calendar, DayList
from portal.workdays.models import HolidayCalendar
from portal.workdays.regions import canonical, lineage
from portal.workdays.selectors import year_facts
from portal.workdays.services import publish_calendar

NINGXIA, YINCHUAN, YONGNING = "640000", "640100", "640121"
TOWN, VILLAGE = "640121100", "640121100002"
TUESDAY, WEDNESDAY, SATURDAY = date(2026, 3, 24), date(2026, 3, 25), date(2026, 3, 28)
MAKEUP_SATURDAY = date(2026, 5, 9)


def publish(
    region: str, *, off: tuple[date, ...] = (), worked: tuple[date, ...] = ()
) -> HolidayCalendar:
    return publish_calendar(
        year=2026,
        region=region,
        holidays=[(day, "开斋节") for day in off],
        makeup_days=[(day, "开斋节") for day in worked],
        source="自治区人民政府办公厅通知",
        by=None,
    )


@pytest.mark.parametrize(
    ("code", "is_written"),
    [
        ("", ""),
        ("000000", ""),
        ("64", "640000"),
        ("6401", "640100"),
        ("640121", "640121"),
        ("640121000", "640121"),
        ("640000000000", "640000"),
        ("640121100", "640121100"),
        ("640121100000", "640121100"),
        ("640121100002", "640121100002"),
    ],
)
def test_a_region_has_one_code(code: str, is_written: str) -> None:
    assert canonical(code) == is_written


@pytest.mark.parametrize(
    "code", ["6", "640", "64012", "6401211", "64a000", "宁夏", " 640000", "６４００００"]
)
def test_what_is_no_division_code_is_refused(code: str) -> None:
    with pytest.raises(ValueError, match="not a division code"):
        canonical(code)


def test_a_village_lies_in_its_town_county_city_province_and_the_nation() -> None:
    assert lineage(VILLAGE) == ("", NINGXIA, YINCHUAN, YONGNING, TOWN, VILLAGE)
    assert lineage(YINCHUAN) == ("", NINGXIA, YINCHUAN)
    assert lineage("000000") == ("",)


@pytest.mark.django_db
class TestInheritance:
    def test_a_region_without_a_list_works_as_the_nation(self) -> None:
        assert add_working_days(date(2026, 2, 12), 20, VILLAGE) == add_working_days(
            date(2026, 2, 12), 20
        )

    def test_a_local_holiday_holds_in_the_region_and_all_below_and_nowhere_else(self) -> None:
        publish(NINGXIA, off=(WEDNESDAY,))

        assert [is_working_day(WEDNESDAY, code) for code in (NINGXIA, "64", TOWN, VILLAGE)] == [
            False
        ] * 4
        assert [is_working_day(WEDNESDAY, code) for code in (None, "", "000000", "350000")] == [
            True
        ] * 4

    def test_a_local_holiday_moves_the_due_date_and_stands_in_the_version(self) -> None:
        publish(NINGXIA, off=(WEDNESDAY,))

        assert add_working_days(TUESDAY, 1, YONGNING) == DueDate(
            date(2026, 3, 26), "2026.1@640000.1", provisional=False
        )
        assert add_working_days(TUESDAY, 1) == DueDate(WEDNESDAY, "2026.1", provisional=False)
        assert working_days_between(TUESDAY, date(2026, 3, 26), YONGNING) == 1
        assert next_working_days(TUESDAY, 1, YONGNING) == [date(2026, 3, 26)]

    def test_days_that_a_region_does_not_list_are_those_of_the_nation(self) -> None:
        publish(NINGXIA, off=(WEDNESDAY,))

        assert not is_working_day(date(2026, 10, 1), NINGXIA)
        assert is_working_day(MAKEUP_SATURDAY, NINGXIA)
        assert year_facts(year=2026, region=NINGXIA).working_days == 247

    def test_the_nearest_list_that_names_a_day_decides(self) -> None:
        publish(NINGXIA, off=(SATURDAY, MAKEUP_SATURDAY))
        publish(YONGNING, worked=(SATURDAY,))

        assert [is_working_day(SATURDAY, code) for code in (NINGXIA, YINCHUAN, VILLAGE)] == [
            False,
            False,
            True,
        ]
        assert not is_working_day(MAKEUP_SATURDAY, VILLAGE)
        assert add_working_days(date(2026, 3, 27), 1, VILLAGE) == DueDate(
            SATURDAY, "2026.1@640000.1@640121.1", provisional=False
        )

    def test_an_empty_list_withdraws_the_region_s_days(self) -> None:
        publish(NINGXIA, off=(WEDNESDAY,))

        publish(NINGXIA)

        assert is_working_day(WEDNESDAY, NINGXIA)
        assert add_working_days(TUESDAY, 1, NINGXIA) == DueDate(
            WEDNESDAY, "2026.1@640000.2", provisional=False
        )

    def test_a_code_that_is_none_is_not_counted_by(self) -> None:
        with pytest.raises(ValueError, match="not a division code: 'Ningxia'"):
            add_working_days(TUESDAY, 1, "Ningxia")


def test_a_regional_list_does_not_make_up_for_a_missing_national_one() -> None:
    monday = date(2027, 3, 22)
    calendar = Calendar.of([DayList(NINGXIA, 2027, 3, frozenset({date(2027, 3, 23)}), frozenset())])

    assert calendar.add(monday, 1, NINGXIA) == DueDate(
        date(2027, 3, 24), "2027.-@640000.3", provisional=True
    )
