"""Values shown in part: one pure function a rule; usual practice (docs/adr/0015-detail-page.md), not law.

What does not look as its rule expects is hidden altogether, and what is hidden altogether does not
tell its length either. Masks are for eyes: keys that are compared inside the portal are hashed. A
pseudonym is no part of a value and needs a key: it is for deliveries, and here it hides.
"""

import re
from collections.abc import Callable
from functools import lru_cache

from catalog.models.terms import MaskingRule
from catalog.standards.shipped import division_names

STAR = "*"
HIDDEN = STAR * 4

RESIDENT_ID = re.compile(r"[0-9]{17}[0-9Xx]|[0-9]{15}")
MOBILE = re.compile(r"1[3-9][0-9]{9}")
LANDLINE = re.compile(r"(?:0[0-9]{2,3}-?)?[1-9][0-9]{6,7}")
HAN = "[\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U000323af]"
# Two characters or more; a middle dot parts the names of many minorities.
CHINESE_NAME = re.compile(f"{HAN}(?:·?{HAN}){{1,19}}")
EMAIL = re.compile(r"([A-Za-z0-9._%+-]{2,64})@((?:[A-Za-z0-9-]{1,63}\.){1,5}[A-Za-z]{2,24})")
BANK_CARD = re.compile(r"[0-9]{12,19}")


def mask(rule: str, value: object) -> str:
    """`value` as `rule` lets it be seen; an unknown rule hides it. An empty value stays empty.

    `MaskingRule.NONE` shows the value: whether an item may go without a rule is for the caller.
    """
    if value is None or value == "":
        return ""
    text = str(value)
    if rule == MaskingRule.NONE:
        return text
    return RULES.get(rule, hidden)(text)


def hidden(text: str) -> str:
    """Nothing of it, its length neither."""
    return HIDDEN


def resident_id(text: str) -> str:
    """First and last character, in its length: the first six would tell the district (GB 11643)."""
    if not RESIDENT_ID.fullmatch(text):
        return HIDDEN
    return text[0] + STAR * (len(text) - 2) + text[-1]


def telephone(text: str) -> str:
    """The last four digits of a mobile or landline number, in its length."""
    if not (MOBILE.fullmatch(text) or LANDLINE.fullmatch(text)):
        return HIDDEN
    return STAR * (len(text) - 4) + text[-4:]


def person_name(text: str) -> str:
    """The first character of a Chinese name, in its length.

    Of a compound surname (欧阳, 司马) the second character is hidden too: so few people bear one that
    the whole surname tells more than a common one does.
    """
    if not CHINESE_NAME.fullmatch(text):
        return HIDDEN
    return text[0] + STAR * (len(text) - 1)


def email(text: str) -> str:
    """The first letter and the domain. Of a name of one letter that letter would be all."""
    found = EMAIL.fullmatch(text)
    if found is None:
        return HIDDEN
    return f"{found[1][0]}{HIDDEN}@{found[2]}"


def address(text: str) -> str:
    """Down to the district, where the address begins with divisions of the country by their names.

    By names and not by their endings, for 幸福小区 ends as a district does.
    """
    provinces, cities, districts = _divisions()
    place = _after(text, 0, provinces)
    place = _after(text, place, cities)
    end = _after(text, place, districts)
    return text[:end] + HIDDEN if end > place else HIDDEN


def bank_card(text: str) -> str:
    """The last four digits, in its length."""
    if not BANK_CARD.fullmatch(text):
        return HIDDEN
    return STAR * (len(text) - 4) + text[-4:]


RULES: dict[str, Callable[[str], str]] = {
    MaskingRule.RESIDENT_ID: resident_id,
    MaskingRule.PHONE: telephone,
    MaskingRule.PERSON_NAME: person_name,
    MaskingRule.EMAIL: email,
    MaskingRule.ADDRESS: address,
    MaskingRule.BANK_CARD: bank_card,
    MaskingRule.HIDDEN: hidden,
}


@lru_cache(maxsize=1)
def _divisions() -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    return division_names("provinces"), division_names("cities"), division_names("areas")


def _after(text: str, place: int, names: frozenset[str]) -> int:
    """Where the longest of the names that stands at `place` ends; `place` itself when none does."""
    longest = max(map(len, names))
    for end in range(min(place + longest, len(text)), place, -1):
        if text[place:end] in names:
            return end
    return place
