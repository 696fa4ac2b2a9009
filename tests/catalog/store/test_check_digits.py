"""Check characters in SQL say what the portal's own functions say (GB 11643-1999, GB 32100-2015)."""

from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import sql

from catalog.store.check_digits import is_no_credit_code, is_no_resident_id
from portal.common.check_digits import (
    USCC_ALPHABET,
    is_resident_id,
    is_uscc,
    resident_id_check_character,
    uscc_check_character,
)

TODAY = date(2026, 11, 29)
WORD = sql.SQL("t.word")
some = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def judged(cursor, condition, words):
    cursor.execute(
        sql.SQL("SELECT {} FROM unnest({}::text[]) WITH ORDINALITY t(word, n) ORDER BY n").format(
            condition, list(words)
        )
    )
    return [not is_bad for (is_bad,) in cursor.fetchall()]


def bodies(alphabet, size):
    return st.text(alphabet, min_size=size, max_size=size)


ids = st.builds(
    lambda area, day, number: f"{area:06}{day.isoformat().replace('-', '')}{number:03}",
    st.integers(0, 999999),
    st.dates(date(1, 1, 1), date(2030, 1, 1)),
    st.integers(0, 999),
)
almost = st.text("0123456789XxIO年 \n", min_size=0, max_size=20)


@pytest.mark.parametrize(
    ("word", "is_good"),
    [
        ("11010519491231002X", True),  # regulation.md 9.5
        ("11010519491231002x", False),
        ("110105194912310021", False),
        ("110105194902310021", False),  # no 31 February
        ("１１０１０５１９４９１２３１００２X", False),
        ("", False),
    ],
)
def test_resident_ids_of_the_standard(cursor, word, is_good):
    assert judged(cursor, is_no_resident_id(WORD, today=TODAY), [word]) == [is_good]


def test_somebody_born_tomorrow_has_no_number_yet(cursor):
    words = [f"{body}{resident_id_check_character(body)}" for body in ("11010520261130001",)]
    assert judged(cursor, is_no_resident_id(WORD, today=TODAY), words) == [False]
    assert judged(cursor, is_no_resident_id(WORD, today=date(2026, 11, 30)), words) == [True]


@pytest.mark.parametrize(
    ("word", "is_good"),
    [
        ("91350100M000100Y43", True),  # regulation.md 7.4
        ("9144030071526726XG", True),
        ("11350000003590122P", True),
        ("12350000003590122L", True),
        ("91350100M000100Y44", False),
        ("91350100m000100y43", False),
        ("91350100I000100Y43", False),
        ("", False),
    ],
)
def test_credit_codes_of_the_standard(cursor, word, is_good):
    assert judged(cursor, is_no_credit_code(WORD), [word]) == [is_good]


@some
@given(st.lists(ids | bodies("0123456789", 17), min_size=1, max_size=20), st.lists(almost))
def test_resident_ids_are_judged_as_by_the_portal(cursor, bodies, others):
    words = [body + resident_id_check_character(body) for body in bodies]
    words += [word[:17] + "3" for word in words] + [w for w in others if "\0" not in w]
    expected = [is_resident_id(word, today=TODAY) for word in words]
    assert judged(cursor, is_no_resident_id(WORD, today=TODAY), words) == expected


@some
@given(st.lists(bodies(USCC_ALPHABET, 17), min_size=1, max_size=20), st.lists(almost))
def test_credit_codes_are_judged_as_by_the_portal(cursor, bodies, others):
    words = [body + uscc_check_character(body) for body in bodies]
    words += [word[:17] + "7" for word in words] + others
    assert judged(cursor, is_no_credit_code(WORD), words) == [is_uscc(word) for word in words]


def test_an_empty_value_is_nothing_to_check(cursor):
    for condition in (is_no_credit_code(WORD), is_no_resident_id(WORD, today=TODAY)):
        assert judged(cursor, condition, [None]) == [True]
