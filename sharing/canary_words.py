"""The words of agreements' canary rows, looked for in a file whatever its columns have become.

A row may stand anywhere in a file, under other names and in another order, written anew by a
spreadsheet or a program: its word stays what it is. So the file is read to its end, as text.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count

from sharing.canaries import DIGITS, DIGITS_LONG, LETTERS, LETTERS_LONG, MARK, WHOLE, filled
from sharing.models import Agreement, AgreementVersion, Side

WORD = re.compile(f"[{LETTERS}]{{{LETTERS_LONG},}}".encode())
# A number of its own: what is before it, and the word.
NUMBER = re.compile(f"(?<![0-9.])((?:[1-9][0-9]?)?)([{DIGITS}]{{{DIGITS_LONG}}})(?![0-9])".encode())
WORDS = len(LETTERS) ** LETTERS_LONG
NUMBERS = len(DIGITS) ** DIGITS_LONG


@dataclass(frozen=True, slots=True)
class Word:
    """What a canary row has of its agreement: a word, or a number behind the provider's digits `front`."""

    agreement: Agreement
    text: bytes
    front: bytes | None = None


def words() -> list[Word]:
    """Those of all terms that ever were in force: an export of earlier ones stays what it is."""
    confirmed = (
        AgreementVersion.objects.exclude(agreement__activated_at=None)
        .filter(terms__has_key="canary")
        .annotate(sides=Count("confirmations"))
        .filter(sides=len(Side))
        .select_related("agreement__resource", "agreement__requester")
        .order_by("pk")
    )
    found: dict[Word, None] = {}
    for version in confirmed:
        canary, masks = version.terms["canary"], version.terms["masks"]
        for item in version.terms["items"]:
            text = canary.get(item["column"], "")
            if MARK in text and item["column"] not in masks:
                found[_word(version.agreement, text, item["type"])] = None
    return list(found)


def met(pieces: Iterable[bytes], wanted: Iterable[Word]) -> dict[Agreement, float]:
    """The agreements whose words are there, each with the chance that any of those asked is by accident.

    That is how many different words of the kind the file has, out of all there could be, times the
    number of those asked.
    """
    wanted = list(wanted)
    fronts = {word.front for word in wanted}
    seen: dict[bytes | None, set[bytes]] = defaultdict(set)
    for piece in pieces:
        for run in WORD.findall(piece):
            starts = range(len(run) - LETTERS_LONG + 1)
            seen[None].update(run[start : start + LETTERS_LONG] for start in starts)
        for front, number in NUMBER.findall(piece):
            if front in fronts:
                seen[front].add(number)
    found: dict[Agreement, float] = {}
    for word in wanted:
        if word.text in seen[word.front]:
            of = WORDS if word.front is None else NUMBERS
            error = min(1.0, len(seen[word.front]) * len(wanted) / of)
            found[word.agreement] = min(error, found.get(word.agreement, 1.0))
    return found


def _word(agreement: Agreement, text: str, kind: str) -> Word:
    word = filled(agreement, MARK, kind).encode()
    return Word(agreement, word, text.split(MARK)[0].encode() if kind in WHOLE else None)
