from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from django.contrib.auth.models import Group
from django.db import connection, transaction
from django.test import override_settings
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audit import selectors
from audit.criteria import Criteria, Cursor
from audit.forms import SearchForm
from audit.identity import Identity
from audit.models import Entry
from audit.proofs import Inclusion, inclusion
from audit.services import record
from tests.audit.conftest import RELIEF, ZHOU
from tests.audit.database import behind_the_portals_back, seal_now
from tests.factories import from_today


@pytest.fixture
def trail(group: Group) -> dict[str, Entry]:
    """Four entries: by a person, by a system twice, by the portal."""
    group.audit_department_ids = [9]  # type: ignore[attr-defined]
    made = {
        "looked": record(actor=ZHOU, action="audit.search", target=group),
        "pulled": record(
            actor=RELIEF, action="audit.export", target=group, agreement="GXXY-2026-0412"
        ),
        "refused": record(
            actor=RELIEF,
            action="audit.export",
            target=None,
            result="denied",
            reason="列不在范围",
        ),
        "swept": record(actor=None, action="audit.search", target=None, note="100%_sure"),
    }
    return made


@pytest.fixture
def sealed(committed: None) -> list[Entry]:
    """Four entries, committed and sealed."""
    with transaction.atomic():
        made = [record(actor=ZHOU, action="audit.search", target=None, n=n) for n in range(4)]
    seal_now()
    return made


@pytest.mark.parametrize(
    ("criteria", "found"),
    [
        ({}, ["swept", "refused", "pulled", "looked"]),
        ({"person": "周"}, ["looked"]),
        ({"person": "救助"}, ["refused", "pulled"]),
        ({"person": "12"}, ["refused", "pulled"]),
        ({"department": "民政"}, ["looked"]),
        ({"text": "学籍"}, ["pulled", "looked"]),
        ({"text": "gxxy-2026"}, ["pulled"]),
        ({"text": "列不在"}, ["refused"]),
        ({"text": "100%_"}, ["swept"]),
        ({"text": "100_%"}, []),
        ({"action": "audit.export"}, ["refused", "pulled"]),
        ({"result": "denied"}, ["refused"]),
        ({"action": "audit.export", "result": "ok"}, ["pulled"]),
        ({"actor": "system:12"}, ["refused", "pulled"]),
        ({"actor": "portal:"}, ["swept"]),
        ({"actor": "person:12"}, []),
        ({"department_id": 9}, ["pulled", "looked"]),
        ({"department_id": 4}, ["refused", "pulled"]),
        (
            {"date_from": timedelta(), "date_to": timedelta()},
            ["swept", "refused", "pulled", "looked"],
        ),
        ({"date_from": timedelta(days=1)}, []),
        ({"date_to": timedelta(days=-1)}, []),
        ({"request_id": "r-1"}, []),
    ],
)
def test_search_finds_what_answers_all_criteria(
    trail: dict[str, Entry], criteria: dict[str, Any], found: list[str]
) -> None:
    names = {entry.pk: name for name, entry in trail.items()}

    assert [names[e.pk] for e in selectors.search(Criteria(**from_today(criteria)))] == found


def test_a_target_is_found_exactly(trail: dict[str, Entry], group: Group) -> None:
    found = selectors.search(Criteria(target=f"auth.group:{group.pk}"))

    assert [entry.pk for entry in found] == [trail["pulled"].pk, trail["looked"].pk]
    assert not selectors.search(Criteria(target=f"auth.group:{group.pk}0")).exists()


def test_both_days_count_in_full_where_we_are(db: None) -> None:
    # given
    zone = timezone.get_current_timezone()
    day = date(2026, 11, 20)
    made = []
    for at in (
        datetime(2026, 11, 19, 23, 59, 59, 999999, zone),
        datetime(2026, 11, 20, 0, 0, 0, 0, zone),
        datetime(2026, 11, 20, 23, 59, 59, 999999, zone),
        datetime(2026, 11, 21, 0, 0, 0, 0, zone),
    ):
        entry = record(actor=None, action="audit.search", target=None)
        with behind_the_portals_back() as cursor:
            cursor.execute("UPDATE audit_entry SET at = %s WHERE id = %s", [at, entry.pk])
        made.append(entry.pk)

    # when
    found = selectors.search(Criteria(date_from=day, date_to=day))

    # then
    assert sorted(entry.pk for entry in found) == made[1:3]


def test_what_concerns_a_department_is_found_for_it(trail: dict[str, Entry]) -> None:
    assert list(selectors.for_department(3)) == [trail["looked"]]
    assert list(selectors.for_department(9)) == [trail["pulled"], trail["looked"]]


@pytest.fixture
def many(db: None) -> list[int]:
    """Eleven entries, five of which bear one and the same moment."""
    made = [record(actor=None, action="audit.search", target=None).pk for _ in range(11)]
    with behind_the_portals_back() as cursor:
        cursor.execute(
            "UPDATE audit_entry SET at = (SELECT at FROM audit_entry WHERE id = %s)"
            " WHERE id = ANY(%s)",
            [made[4], made[4:9]],
        )
    return made[::-1]


def test_pages_neither_skip_nor_repeat_in_both_directions(many: list[int]) -> None:
    # when
    pages = [selectors.page(Criteria(), size=3)]
    while pages[-1].older:
        pages.append(selectors.page(Criteria(), Cursor.read(pages[-1].older), size=3))

    # then
    assert [[e.pk for e in page.entries] for page in pages] == [
        many[0:3],
        many[3:6],
        many[6:9],
        many[9:],
    ]
    assert pages[0].newer == ""

    # when
    back = [pages[-1]]
    while back[-1].newer:
        back.append(selectors.page(Criteria(), Cursor.read(back[-1].newer), size=3))

    # then
    assert [[e.pk for e in page.entries] for page in back[1:]] == [
        many[6:9],
        many[3:6],
        many[0:3],
    ]


@given(
    ages=st.lists(st.integers(0, 120), min_size=1, max_size=14),
    size=st.integers(1, 4),
    days=st.none() | st.tuples(st.integers(0, 120), st.integers(0, 60)),
    seconds=st.sampled_from([0, 60]),
)
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_pages_across_months_are_all_that_is_found_and_each_once(
    db: None, ages: list[int], size: int, days: tuple[int, int] | None, seconds: int
) -> None:
    # given: entries of so many days ago, and perhaps a span of days
    mark = uuid4().hex
    made = [record(actor=None, action="audit.search", target=None, mark=mark).pk for _ in ages]
    with behind_the_portals_back() as cursor:
        cursor.execute(
            "UPDATE audit_entry AS entry SET at = at - age * interval '1 day'"
            " FROM unnest(%s::bigint[], %s::int[]) AS past (id, age) WHERE entry.id = past.id",
            [made, ages],
        )
    today = timezone.localdate()
    criteria = Criteria(text=mark)
    if days:
        last = today - timedelta(days=days[0])
        criteria = replace(criteria, date_from=last - timedelta(days=days[1]), date_to=last)

    # when
    with override_settings(AUDIT_SEARCH_SECONDS=seconds):
        pages = [selectors.page(criteria, size=size)]
        while pages[-1].older:
            pages.append(selectors.page(criteria, Cursor.read(pages[-1].older), size=size))

    # then
    drawn = [entry.pk for page in pages for entry in page.entries]
    assert drawn == [entry.pk for entry in selectors.search(criteria)]
    assert len(drawn) == sum(1 for age in ages if not days or days[0] <= age <= sum(days))
    assert all(len(page.entries) == size or page.looked_to for page in pages[:-1])
    assert seconds == 0 or not any(page.looked_to for page in pages)
    assert not pages[-1].looked_to


def test_a_page_stays_the_same_while_entries_are_written(many: list[int]) -> None:
    # given
    first = selectors.page(Criteria(), size=3)

    # when
    record(actor=None, action="audit.search", target=None)

    # then
    second = selectors.page(Criteria(), Cursor.read(first.older), size=3)
    assert [entry.pk for entry in second.entries] == many[3:6]


def test_a_page_is_two_queries_at_most_and_tells_the_place_in_the_tree(
    sealed: list[Entry], django_assert_num_queries: Callable[..., Any]
) -> None:
    with transaction.atomic():
        record(actor=ZHOU, action="audit.search", target=None)

    # the last weeks, and as they do not fill a page, all before
    with django_assert_num_queries(2):
        page = selectors.page(Criteria())
    with django_assert_num_queries(1):
        selectors.page(Criteria(), size=3)

    assert [entry.leaf for entry in page.entries] == [None, 3, 2, 1, 0]  # type: ignore[attr-defined]
    assert selectors.sealed() == 4


@pytest.mark.parametrize("words", ["", "x", "b2xkZXI", "b2xkZXJ8MjAyNi0wMS0wMXwx", "\x00", "é"])
def test_an_unreadable_cursor_is_the_first_page(words: str) -> None:
    assert Cursor.read(words) is None


def test_a_timeline_that_takes_too_long_is_none_and_what_follows_goes_on(db: None) -> None:
    today = timezone.localdate()
    span = Criteria(date_from=today, date_to=today)
    parameters = connection.get_connection_params()
    names = ("host", "port", "user", "password", "dbname")
    with psycopg.connect(
        **{name: parameters[name] for name in names if name in parameters}
    ) as other:
        # given somebody who lets nobody read the trail
        other.execute("LOCK TABLE audit_entry IN ACCESS EXCLUSIVE MODE")

        # when
        with override_settings(AUDIT_SEARCH_SECONDS=0.05):
            told = selectors.timeline(span)
        other.rollback()

    # then
    assert told is None
    counted = selectors.timeline(span)
    assert counted is not None
    assert counted.entries == 0
    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone() == ("0",)


def test_the_timeline_counts_by_hour_on_one_day(trail: dict[str, Entry]) -> None:
    # when
    today = timezone.localdate()
    timeline = selectors.timeline(Criteria(date_from=today, date_to=today))

    # then
    assert timeline is not None
    assert timeline.is_hourly
    assert len(timeline.slots) == 24
    assert (timeline.entries, timeline.denied) == (4, 1)
    hour = timezone.localtime(trail["looked"].at).hour
    assert timeline.slots[hour].entries > 0


def test_the_timeline_counts_by_day_over_a_week_with_all_criteria(
    trail: dict[str, Entry],
) -> None:
    # when
    today = timezone.localdate()
    timeline = selectors.timeline(
        Criteria(date_from=today - timedelta(days=6), date_to=today, text="范围")
    )

    # then
    assert timeline is not None
    assert [slot.entries for slot in timeline.slots] == [0, 0, 0, 0, 0, 0, 1]
    assert timeline.slots[-1].at.date() == today


@pytest.mark.parametrize(
    "criteria",
    [
        {},
        {"date_from": timedelta()},
        {"date_to": timedelta()},
        {"date_from": timedelta(), "date_to": date(2999, 12, 31)},
    ],
)
def test_an_open_or_long_span_is_not_counted(db: None, criteria: dict[str, Any]) -> None:
    assert selectors.timeline(Criteria(**from_today(criteria))) is None


def test_neighbours_are_what_the_same_actor_did_around_it(db: None) -> None:
    # given
    other = Identity(kind="person", id="8", name="吴科员", department_id=3, department="")
    mine = []
    for _ in range(9):
        mine.append(record(actor=ZHOU, action="audit.search", target=None))
        record(actor=other, action="audit.search", target=None)

    # then
    assert selectors.neighbours(mine[4]) == mine[1:8]
    assert selectors.neighbours(mine[0]) == mine[0:4]


def proof(entry: Entry) -> Inclusion:
    found = inclusion(entry.pk)
    assert found is not None
    return found


def test_the_proof_of_a_sound_entry_holds(sealed: list[Entry]) -> None:
    for index, entry in enumerate(sealed):
        found = proof(entry)
        assert found.is_sound
        assert found.index == index
        assert len(found.steps) == 2
        assert f'"id": {entry.pk},' in found.canonical


def test_the_proof_of_a_changed_entry_fails_at_the_leaf_and_the_root(
    sealed: list[Entry],
) -> None:
    with behind_the_portals_back() as cursor:
        cursor.execute("UPDATE audit_entry SET result = 'denied' WHERE id = %s", [sealed[2].pk])

    found = proof(sealed[2])
    assert (found.matches, found.reaches_root, len(found.signers)) == (False, False, 1)
    assert proof(sealed[1]).is_sound


def test_a_leaf_made_to_fit_a_changed_entry_does_not_reach_the_root(
    sealed: list[Entry],
) -> None:
    with behind_the_portals_back() as cursor:
        cursor.execute("UPDATE audit_entry SET result = 'denied' WHERE id = %s", [sealed[2].pk])
        cursor.execute(
            "UPDATE audit_leaf SET hash = sha256('\\x00' || audit_canonical(entry))"
            " FROM audit_entry AS entry WHERE entry.id = entry_id"
        )

    found, beside = proof(sealed[2]), proof(sealed[3])
    assert (found.matches, found.reaches_root) == (True, False)
    assert (beside.matches, beside.reaches_root) == (True, False)


def test_an_entry_without_a_leaf_is_not_sealed(sealed: list[Entry]) -> None:
    with behind_the_portals_back() as cursor:
        cursor.execute("DELETE FROM audit_leaf WHERE index = 1")

    found = proof(sealed[1])
    assert (found.index, found.is_sealed, found.is_sound) == (None, False, False)
    assert inclusion(10**12) is None


def test_the_form_asks_for_the_last_seven_days_when_nothing_is_asked() -> None:
    form = SearchForm(SearchForm.of_this_week())

    assert form.is_valid()
    today = timezone.localdate()
    week = {"date_from": today - timedelta(days=6), "date_to": today}
    assert form.criteria() == Criteria(**week)
    assert form.criteria().given() == week


@pytest.mark.parametrize(
    ("data", "wrong"),
    [
        ({"date_from": "2026-11-24", "date_to": "2026-11-23"}, "date_to"),
        ({"date_from": "gestern"}, "date_from"),
        ({"date_to": "9999-12-31"}, "date_to"),
        ({"action": "audit.invented"}, "action"),
        ({"result": "perhaps"}, "result"),
        ({"department_id": "99999999999"}, "department_id"),
    ],
)
def test_the_form_refuses_what_cannot_be_looked_for(data: dict[str, str], wrong: str) -> None:
    assert list(SearchForm(data).errors) == [wrong]
