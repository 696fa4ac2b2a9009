"""What is counted of each column, what is not told, and that a count may run again at any time."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.utils import timezone

from audit.models import Entry
from catalog.models import ColumnProfile, Resource, ResourceProfile, SyncJob
from catalog.services import profiles
from catalog.sources import lock
from catalog.store import counting
from catalog.store.tables import table_of
from tests.factories import SourceFactory


def test_a_text_column_tells_its_frequent_values_and_lengths(column):
    told = column(["甲"] * 30 + ["乙乙"] * 20 + ["丙丙丙"] * 4 + ["丁丁丁丁"] * 8 + [None] * 5)

    assert (told.nulls, told.distinct) == (5, 4)
    assert told.top_values == [["甲", 30], ["乙乙", 20]]
    assert (told.shortest, told.longest) == (1, 2)
    assert (told.minimum, told.maximum) == ("", "甲")  # 丁丁丁丁 would be the least
    assert told.histogram == []


def test_values_that_few_rows_hold_are_told_nowhere(column):
    told = column([f"值{number}" for number in range(200)])

    assert (told.nulls, told.distinct, told.top_values) == (0, 200, [])
    assert (told.minimum, told.maximum) == ("", "")


@pytest.mark.parametrize("guarded", [{}, {"is_personal": True}])
def test_very_long_texts_are_counted_and_never_told(column, guarded):
    told = column(["短"] * 12 + ["长" * 5000] * 15 + ["长" * 5001], type="M", **guarded)

    assert (told.nulls, told.distinct) == (0, 3)
    assert (told.minimum, told.maximum) == ("", "" if guarded else "短")
    assert told.top_values == ([] if guarded else [["短", 12]])
    assert (told.shortest, told.longest) == ((None, None) if guarded else (1, 5000))


def test_a_small_rest_is_not_told_by_what_is_left_over(column):
    """995 times true leaves five times false, so neither is told."""
    told = column([True] * 995 + [False] * 5, type="L")

    assert (told.distinct, told.top_values) == (2, [])


def test_truth_values_are_told_when_both_are_frequent(column):
    assert column([True] * 30 + [False] * 12, type="L").top_values == [["true", 30], ["false", 12]]


def test_numbers_have_round_bars_and_open_ends(column):
    told = column([number % 1000 + 0.5 for number in range(2000)] + [9_999_999], type="N")

    bars = told.histogram
    assert (bars[0], bars[-1]) == (["0", "100", 200], ["900", None, 201])
    assert sum(rows for _low, _high, rows in bars) == 2001
    assert (told.minimum, told.maximum) == ("", "")


def test_an_extreme_that_many_rows_hold_is_told(column):
    told = column([2020] * 15 + [2021] * 3 + [2022] * 40, type="I")

    assert (told.minimum, told.maximum) == ("2020", "2022")
    assert told.histogram == [["2020", "2021", 15], ["2021", "2023", 43]]
    # 2022 alone would tell that three rows lie beside it
    assert told.top_values == [["2020", 15]]


def test_dates_have_bars_of_whole_months_or_years(column):
    days = [date(2025, 1, 1) + timedelta(days=number % 360) for number in range(720)]
    months = column(days, type="D").histogram
    assert months[0] == ["2025-01-01", "2025-02-01", 62]
    assert months[-1] == ["2025-12-01", "2026-01-01", 52]

    years = column([date(1990 + number % 25, 3, 1) for number in range(500)], type="D").histogram
    assert years[0] == ["1990-01-01", "1991-01-01", 20]
    assert years[-1] == ["2014-01-01", "2015-01-01", 20]


def test_moments_are_told_in_beijing_time(column):
    moment = datetime(2026, 1, 1, 16, 30, tzinfo=UTC)  # the second of January there
    told = column([moment] * 12 + [moment + timedelta(days=1)] * 12, type="T")

    assert (told.minimum, told.maximum) == ("2026-01-02 00:30:00", "2026-01-03 00:30:00")
    assert told.histogram == [
        ["2026-01-02", "2026-01-03", 12],
        ["2026-01-03", "2026-01-04", 12],
    ]


@pytest.mark.parametrize(
    ("type_", "odd"),
    [("B", "NaN"), ("B", "Infinity"), ("N", "NaN"), ("D", "infinity"), ("D", "0044-03-15 BC")],
)
def test_what_is_no_number_and_no_date_of_the_calendar_stops_nothing(column, type_, odd):
    plain = "2025-01-01" if type_ == "D" else "1.5"

    told = column([plain] * 30 + [odd], type=type_)

    assert (told.nulls, told.distinct, told.top_values, told.histogram) == (0, 2, [], [])


@pytest.mark.parametrize("rows", [0, 1, 9])
def test_of_few_rows_no_value_is_told(column, rows):
    told = column([7] * rows, type="I")

    assert (told.nulls, told.distinct) == (0, min(rows, 1))
    assert (told.minimum, told.maximum, told.top_values, told.histogram) == ("", "", [], [])


def test_an_empty_column_is_told_as_such(column):
    told = column([None] * 12, type="D")

    assert (told.nulls, told.distinct, told.histogram) == (12, 0, [])


@pytest.mark.parametrize(
    "guarded",
    [
        {"is_personal": True},
        {"is_personal": True, "is_sensitive": True},
        {"is_personal": True, "is_sensitive": True, "is_minor": True},
        {"identifier_kind": "phone"},
        {"grade": "L3"},
        {"grade": "L4"},
        {"masking_rule": "hidden"},
    ],
)
def test_of_a_protected_item_no_value_is_kept(column, guarded):
    told = column([7] * 500 + [8] * 500, type="I", **guarded)

    assert (told.is_withheld, told.nulls, told.distinct) == (True, 0, 2)
    assert (told.minimum, told.maximum, told.top_values, told.histogram) == ("", "", [], [])
    assert (told.shortest, told.longest) == (None, None)


def test_of_core_data_no_value_is_kept(shelf):
    resource = shelf.put([(7,)] * 50, [{"name": "数", "column": "n", "type": "I"}])
    Resource.objects.filter(pk=resource.pk).update(national_grade="core")

    profile = shelf.profile(resource)

    assert {(one.column, one.is_withheld) for one in profile.columns.all()} == {
        ("code", True),
        ("n", True),
    }


def test_the_profile_names_its_rows_and_leaves_no_trace_in_the_trail(shelf):
    resource = shelf.put([("甲",)] * 20, [{"name": "名称", "column": "name"}])

    profile = shelf.profile(resource)

    assert (profile.row_count, profile.rows_read, profile.is_estimated) == (20, 20, False)
    assert profile.rows_changed_at == resource.rows_changed_at
    assert (profile.is_failed, profile.run) == (False, None)
    assert not Entry.objects.exists()


def test_counting_again_gives_the_same(shelf):
    resource = shelf.put(
        [("甲", number) for number in range(50)],
        [{"name": "名称", "column": "name"}, {"name": "数", "column": "n", "type": "I"}],
    )
    shelf.profile(resource)
    names = [field.name for field in ColumnProfile._meta.fields if field.name not in {"id"}]
    before = list(ColumnProfile.objects.order_by("column").values_list(*names))

    assert profiles.refresh(resource_id=resource.pk) is False  # it is of these very rows
    ResourceProfile.objects.update(entry_version=0)
    assert profiles.refresh(resource_id=resource.pk) is True

    assert list(ColumnProfile.objects.order_by("column").values_list(*names)) == before
    assert ResourceProfile.objects.count() == 1


def test_new_rows_replace_the_profile(shelf):
    resource = shelf.put([("甲",)] * 20, [{"name": "名称", "column": "name"}])
    shelf.profile(resource)

    shelf.fill(resource, [("乙",)] * 30)
    profile = shelf.profile(resource)

    assert (profile.row_count, profile.columns.get(column="name").top_values) == (30, [["乙", 30]])


def test_rows_that_change_meanwhile_make_the_count_worthless(shelf, monkeypatch):
    resource = shelf.put([("甲",)] * 20, [{"name": "名称", "column": "name"}])
    codes_in_force = profiles.codes_in_force

    def while_counting(*args, **kwargs):
        Resource.objects.filter(pk=resource.pk).update(rows_changed_at=timezone.now())
        return codes_in_force(*args, **kwargs)

    monkeypatch.setattr(profiles, "codes_in_force", while_counting)

    assert profiles.refresh(resource_id=resource.pk) is False
    assert not ResourceProfile.objects.exists()


def test_a_table_that_does_not_fit_its_items_fails_the_profile_once(shelf):
    resource = shelf.put([("甲",)] * 20, [{"name": "名称", "column": "name"}])
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE store.r_{resource.pk} DROP COLUMN name")

    profile = shelf.profile(resource)

    assert (profile.is_failed, profile.row_count, profile.columns.count()) == (True, 20, 0)
    assert profiles.refresh(resource_id=resource.pk) is False


def test_a_resource_without_rows_has_no_profile(shelf):
    resource = shelf.put([], [])
    Resource.objects.update(rows_changed_at=None)

    assert profiles.refresh(resource_id=resource.pk) is False
    assert profiles.refresh(resource_id=0) is False
    assert not ResourceProfile.objects.exists()


def test_the_sweep_finds_what_was_not_counted(shelf):
    counted = shelf.put([("甲",)] * 3, [{"name": "名称", "column": "name"}])
    missing = shelf.put([("甲",)] * 3, [{"name": "名称", "column": "name"}])
    without_job = shelf.put([("甲",)] * 3, [{"name": "名称", "column": "name"}])
    for resource in (counted, missing):
        SyncJob.objects.create(
            resource=resource, source=SourceFactory(department=resource.department), relation="t"
        )
    shelf.profile(counted)

    assert profiles.out_of_date() == [missing.pk]
    shelf.fill(counted, [("乙",)])
    assert profiles.out_of_date() == [counted.pk, missing.pk]
    assert profiles.out_of_date(most=1) == [counted.pk]
    assert without_job.pk not in profiles.out_of_date()


def test_a_large_table_is_counted_by_a_sample(shelf):
    resource = shelf.put(
        [("甲", number % 7) for number in range(4000)],
        [{"name": "名称", "column": "name"}, {"name": "数", "column": "n", "type": "I"}],
    )

    def counted():
        with connection.cursor() as wrapped:
            return counting.count_table(
                wrapped.cursor, table_of(resource), sample_above=1000, sample=500
            )

    told = counted()
    assert (told.rows, 350 < told.rows_read < 650) == (4000, True)
    assert [one.distinct for one in told.columns] == [told.rows_read, 1, 7]
    assert told == counted()  # the same sample of the same table


@pytest.mark.django_db(transaction=True)
def test_who_finds_it_being_counted_leaves_it(shelf):
    import psycopg

    from tests.catalog.sources.database import server

    resource = shelf.put([("甲",)] * 3, [{"name": "名称", "column": "name"}])
    key = lock.PROFILES << 32 | resource.pk
    with psycopg.connect(**server(), dbname=connection.settings_dict["NAME"]) as other:
        other.execute("SELECT pg_advisory_lock(%s)", [key])
        assert profiles.refresh(resource_id=resource.pk) is False
        other.execute("SELECT pg_advisory_unlock(%s)", [key])
    assert profiles.refresh(resource_id=resource.pk) is True
