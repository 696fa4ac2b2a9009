"""Vectors of GB 32100-2015 and GB 11643-1999, and what their check characters promise."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from portal.common.check_digits import (
    USCC_ALPHABET,
    is_resident_id,
    is_uscc,
    resident_id_check_character,
    uscc_check_character,
    validate_uscc,
)

TODAY = date(2026, 11, 23)
uscc_bodies = st.text(alphabet=USCC_ALPHABET, min_size=17, max_size=17)
resident_bodies = st.builds(
    lambda area, born, sequence: f"{area:06d}{born:%Y%m%d}{sequence:03d}",
    st.integers(110000, 820000),
    st.dates(date(1900, 1, 1), TODAY),
    st.integers(0, 999),
)


@pytest.mark.parametrize(
    "code",
    ["91350100M000100Y43", "9144030071526726XG", "11350000003590122P", "12350000003590122L"],
)
def test_the_published_credit_codes_hold(code) -> None:
    assert is_uscc(code)
    validate_uscc(code)


@pytest.mark.parametrize(
    ("code", "_case"),
    [
        ("", "empty"),
        ("91350100M000100Y4", "one short"),
        ("91350100M000100Y433", "one long"),
        ("91350100M000100Y44", "wrong check"),
        ("91350100m000100y43", "lower case"),
        ("9135O100M000100Y43", "a letter that the alphabet leaves out"),
        ("９1350100M000100Y43", "a full-width digit"),
        ("91350100M000100Y43\n", "a line end"),
    ],
)
def test_what_is_no_credit_code(code, _case) -> None:
    assert not is_uscc(code)
    with pytest.raises(ValidationError):
        validate_uscc(code)


def test_a_sum_that_31_divides_has_the_check_0() -> None:
    assert uscc_check_character("0" * 17) == "0"


@given(uscc_bodies)
def test_every_body_has_one_check_that_makes_it_a_credit_code(body) -> None:
    holding = [c for c in USCC_ALPHABET if is_uscc(body + c)]
    assert holding == [uscc_check_character(body)]


@given(uscc_bodies, st.integers(0, 17), st.sampled_from(USCC_ALPHABET))
def test_one_changed_character_of_a_credit_code_is_found(body, place, character) -> None:
    code = body + uscc_check_character(body)
    changed = code[:place] + character + code[place + 1 :]

    assert is_uscc(changed) == (changed == code)


@given(uscc_bodies, st.integers(0, 16))
def test_two_neighbours_of_a_credit_code_in_exchanged_places_are_found(body, place) -> None:
    code = body + uscc_check_character(body)
    exchanged = code[:place] + code[place + 1] + code[place] + code[place + 2 :]

    assert is_uscc(exchanged) == (exchanged == code)


@pytest.mark.parametrize("body", ["", "1" * 16, "1" * 18, "I" * 17, "a" * 17])
def test_a_check_is_only_made_for_a_body_of_the_credit_code(body) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the message is another for each
        uscc_check_character(body)


def test_the_published_resident_id_holds() -> None:
    assert is_resident_id("11010519491231002X", today=TODAY)


@pytest.mark.parametrize(
    ("body", "_case"),
    [
        ("11010519490231002", "31 February"),
        ("11010520261124002", "born tomorrow"),
        ("11010500001231002", "the year 0"),
    ],
)
def test_a_birth_date_exists_and_is_past(body, _case) -> None:
    assert not is_resident_id(body + resident_id_check_character(body), today=TODAY)


@pytest.mark.parametrize(
    "number", ["", "11010519491231002x", "110105491231002", "１1010519491231002X"]
)
def test_what_has_not_the_form_of_a_resident_id(number) -> None:
    assert not is_resident_id(number, today=TODAY)


@pytest.mark.parametrize("body", ["", "1" * 16, "1" * 18, "1101051949123100X"])
def test_a_check_is_only_made_for_17_digits(body) -> None:
    with pytest.raises(ValueError, match="17 digits"):
        resident_id_check_character(body)


@given(resident_bodies, st.integers(0, 17), st.sampled_from("0123456789X"))
def test_one_changed_character_of_a_resident_id_is_found(body, place, character) -> None:
    number = body + resident_id_check_character(body)
    changed = number[:place] + character + number[place + 1 :]

    assert is_resident_id(changed, today=TODAY) == (changed == number)


@given(resident_bodies, st.integers(0, 16))
def test_two_neighbours_of_a_resident_id_in_exchanged_places_are_found(body, place) -> None:
    number = body + resident_id_check_character(body)
    exchanged = number[:place] + number[place + 1] + number[place] + number[place + 2 :]

    assert is_resident_id(exchanged, today=TODAY) == (exchanged == number)
