"""Which regions a region lies in, read from its division code alone (GB/T 2260 and below).

No table is asked: province 2 digits, city 4, county 6, township 9, village 12; each code begins
with that of the region above it.
"""

import re

NATION = ""

_CODE = re.compile(r"[0-9]{2}|[0-9]{4}|[0-9]{6}|[0-9]{9}|[0-9]{12}")


def canonical(code: str) -> str:
    """`code` in the one way the calendars write it.

    "35" is 350000, "350100000000" is 350100, and the nation's "000000" is "".
    Raises ValueError for what cannot be a division code.
    """
    if code == NATION:
        return NATION
    if not _CODE.fullmatch(code):
        raise ValueError(f"not a division code: {code!r}")
    digits = code.ljust(6, "0")
    while len(digits) > 6 and digits.endswith("000"):
        digits = digits[:-3]
    return NATION if digits == "000000" else digits


def lineage(code: str) -> tuple[str, ...]:
    """The nation, and every region down to `code`, which comes last."""
    code = canonical(code)
    if code == NATION:
        return (NATION,)
    above = [f"{code[:2]}0000", f"{code[:4]}00", code[:6], code[:9], code]
    return (NATION, *dict.fromkeys(above))
