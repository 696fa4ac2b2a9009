"""Check characters of the codes that every department's data carries."""

import re
from datetime import date

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
USCC_WEIGHTS = tuple(pow(3, i, 31) for i in range(17))
RESIDENT_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
RESIDENT_ID_CHECKS = "10X98765432"


def uscc_check_character(body: str) -> str:
    """The 18th character for the first 17 of a unified social credit code (GB 32100-2015).

    Raises ValueError when `body` is not 17 characters of the code's alphabet.
    """
    if len(body) != 17:
        raise ValueError("a unified social credit code has 17 characters before its check")
    total = sum(USCC_ALPHABET.index(c) * w for c, w in zip(body, USCC_WEIGHTS, strict=True))
    return USCC_ALPHABET[(31 - total % 31) % 31]


def is_uscc(code: str) -> bool:
    if len(code) != 18 or any(c not in USCC_ALPHABET for c in code):
        return False
    return code[17] == uscc_check_character(code[:17])


def validate_uscc(code: str) -> None:
    if not is_uscc(code):
        raise ValidationError(
            _("Not a valid unified social credit code: 18 characters, the last is a check."),
            code="uscc",
        )


def resident_id_check_character(body: str) -> str:
    """The 18th character for the first 17 digits of a resident ID number (GB 11643-1999)."""
    if not re.fullmatch(r"[0-9]{17}", body):
        raise ValueError("a resident ID number has 17 digits before its check")
    total = sum(int(c) * w for c, w in zip(body, RESIDENT_ID_WEIGHTS, strict=True))
    return RESIDENT_ID_CHECKS[total % 11]


def is_resident_id(number: str, *, today: date) -> bool:
    """Whether form, check character and birth date hold; the date must exist and not lie after `today`."""
    if not re.fullmatch(r"[0-9]{17}[0-9X]", number):
        return False
    try:
        born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return False
    return born <= today and number[17] == resident_id_check_character(number[:17])
