"""No rule shows more than it says, whatever it is given."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.masking import HIDDEN, RULES, mask
from catalog.models import MaskingRule

RULE = st.sampled_from([*RULES, "no such rule"])
ANYTHING = st.text(alphabet=st.characters(codec="utf-8"), max_size=60)
HAN = st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF)
DIGITS = st.characters(min_codepoint=0x30, max_codepoint=0x39)


@pytest.mark.parametrize(
    ("rule", "value", "seen"),
    [
        ("resident_id", "11010519491231002X", "1****************X"),
        ("resident_id", "110105491231002", "1*************2"),
        ("resident_id", "11010519491231002", HIDDEN),
        ("resident_id", "１１０１０５１９４９１２３１００２X", HIDDEN),
        ("phone", "13812345678", "*******5678"),
        ("phone", "0591-87654321", "*********4321"),
        ("phone", "87654321", "****4321"),
        ("phone", "+86 13812345678", HIDDEN),
        ("phone", "12345", HIDDEN),
        ("person_name", "张伟", "张*"),
        ("person_name", "诸葛亮", "诸**"),
        ("person_name", "欧阳修", "欧**"),
        ("person_name", "司马相如", "司***"),
        ("person_name", "买买提·艾合买提", "买*******"),
        ("person_name", "张", HIDDEN),
        ("person_name", "张伟1", HIDDEN),
        ("person_name", "Zhang Wei", HIDDEN),
        ("email", "zhang.wei@mz.example.gov.cn", "z****@mz.example.gov.cn"),
        ("email", "z@example.cn", HIDDEN),
        ("email", "zhang@example", HIDDEN),
        ("email", "张@example.cn", HIDDEN),
        ("bank_card", "6222021234567890123", "***************0123"),
        ("bank_card", "6222 0212 3456 7890", HIDDEN),
        ("address", "福建省福州市鼓楼区东街口5号", "福建省福州市鼓楼区****"),
        ("address", "北京市海淀区中关村大街27号", "北京市海淀区****"),
        ("address", "福清市音西街道", "福清市****"),
        ("address", "福州市幸福小区3号楼", HIDDEN),
        ("address", "幸福小区3号楼", HIDDEN),
        ("address", "福建省福州市", HIDDEN),
        ("hidden", "张伟", HIDDEN),
        ("unheard of", "张伟", HIDDEN),
        ("", "张伟", "张伟"),
    ],
)
def test_each_rule_shows_what_it_says(rule, value, seen):
    assert mask(rule, value) == seen


@pytest.mark.parametrize("rule", ["", *MaskingRule.values, "unheard of"])
@pytest.mark.parametrize("value", [None, ""])
def test_an_empty_value_stays_empty(rule, value):
    assert mask(rule, value) == ""


@given(rule=RULE, value=st.one_of(st.integers(), st.dates(), st.booleans(), st.decimals()))
def test_values_that_are_no_text_are_masked_as_their_text(rule, value):
    assert mask(rule, value) == mask(rule, str(value))


@given(rule=RULE, value=ANYTHING)
def test_whatever_it_is_given_no_rule_shows_more_than_it_may(rule, value):
    seen = mask(rule, value)

    if not value:
        assert seen == ""
    elif rule in {"resident_id", "phone", "person_name", "bank_card"} and seen != HIDDEN:
        shown = [place for place, letter in enumerate(seen) if letter != "*"]
        assert len(seen) == len(value)
        assert all(seen[place] == value[place] for place in shown)
        assert len(shown) <= {"resident_id": 2, "person_name": 1}.get(rule, 4)
    elif rule in {"email", "address"} and seen != HIDDEN:
        assert HIDDEN in seen
        assert value.startswith(seen.split(HIDDEN)[0])
    else:
        assert seen == HIDDEN


@given(st.text(DIGITS, min_size=17, max_size=17), st.sampled_from("0123456789Xx"))
def test_of_an_id_number_first_and_last_are_seen_in_its_length(body, check):
    assert mask("resident_id", body + check) == f"{body[0]}{'*' * 16}{check}"


@given(st.text(HAN, min_size=2, max_size=20))
def test_of_a_name_the_first_character_is_seen_in_its_length(name):
    assert mask("person_name", name) == name[0] + "*" * (len(name) - 1)


@given(st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True))
def test_of_a_mobile_number_the_last_four_are_seen_in_its_length(number):
    assert mask("phone", number) == "*" * 7 + number[-4:]


@given(st.text(DIGITS, min_size=12, max_size=19))
def test_of_a_bank_card_the_last_four_are_seen_in_its_length(number):
    assert mask("bank_card", number) == "*" * (len(number) - 4) + number[-4:]


@given(st.from_regex(r"[a-z][a-z0-9.]{1,20}@[a-z]{1,10}\.(?:cn|com)", fullmatch=True))
def test_of_an_email_the_first_letter_and_the_domain_are_seen(given_address):
    name, domain = given_address.split("@")

    assert mask("email", given_address) == f"{name[0]}****@{domain}"


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=40))
def test_of_an_address_nothing_below_the_district_is_seen(rest):
    seen = mask("address", f"福建省厦门市思明区{rest}")

    assert seen == "福建省厦门市思明区****"


@given(ANYTHING)
def test_a_line_break_does_not_smuggle_anything_in(value):
    for rule, sound in (("resident_id", "11010519491231002X"), ("phone", "13812345678")):
        assert mask(rule, f"{sound}\n{value}") == HIDDEN
        assert not re.search("[0-9]{5}", mask(rule, f"{value}\n{sound}"))
