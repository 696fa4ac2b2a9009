"""Known words that are one slip of typing away from what was typed.

A slip is one character wrong, missing, needless or swapped with the next, or any number of characters
that sound like the right ones (户藉 or 湖籍 for 户籍), as input by pinyin brings them. Each slip that is
possible is asked by itself, as the pairs of characters that it leaves and how far they stand apart: so
a slip in words that half of the catalogue holds is found as well as one in rare ones.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.db import connection
from django.db.models.functions import Length

from catalog import search
from catalog.models import SearchWord
from catalog.search import pinyin
from catalog.search.terms import lexeme
from catalog.search.text import is_han, pairs
from catalog.search.vectors import NAME_SOUND

MOST_WORDS = 150
MOST_WORDS_A_SLIP = 2000
MOST_CANDIDATES = 12
SHORTEST_LATIN = 4
LONGEST = 30

# How far a candidate is from what was typed; then whether it only stands inside a longer word.
Distance = tuple[int, bool]
SOUNDS_ALIKE, BEGINS_ALIKE, ONE_CHARACTER, ONE_LESS = range(4)

# Each slip reads the shortest words that have what it leaves, and cuts out the part that was meant.
PARTS = """
    SELECT part[1], slip.is_less, count(*), bool_or(word.key LIKE part[1] || '%%')
    FROM unnest(%s::text[], %s::text[], %s::boolean[]) AS slip (pattern, query, is_less)
    CROSS JOIN LATERAL (
        SELECT key FROM catalog_searchword WHERE grams @@ slip.query::tsquery
        ORDER BY length(key), key LIMIT %s
    ) AS word
    CROSS JOIN LATERAL regexp_matches(word.key, slip.pattern, 'g') AS part
    GROUP BY 1, 2
"""


@dataclass(frozen=True, slots=True)
class Slip:
    """What would have been meant: `before`, as many characters as were lost, `after`."""

    before: str
    lost: int
    after: str
    is_less: bool = False

    @property
    def pattern(self) -> str:
        return f"({self.before}{'.' * self.lost}{self.after})"

    def query(self) -> str:
        """The grams that stay, at their distances; a lone character begins a pair, or ends the word."""
        if not self.lost:
            return _row(self.before + self.after)
        if not (self.before and self.after):
            return _row(self.before or self.after)
        apart = self.lost + (1 if len(self.before) == 1 else 2)
        ways = [apart, apart - 1] if len(self.after) == 1 else [apart]
        return " | ".join(
            f"({_row(self.before)} <{distance}> {_row(self.after)})" for distance in ways
        )


def near(typed: str) -> dict[str, Distance]:
    """The nearest candidates with their distances, of any entry; two queries at most."""
    if len(typed) > LONGEST:
        return {}
    found = _han(typed) if is_han(typed) else _latin(typed)
    best = sorted((how, -number, part) for part, (how, number) in found.items())
    return {part: how for how, _number, part in best[:MOST_CANDIDATES]}


def _han(typed: str) -> dict[str, tuple[Distance, int]]:
    if len(typed) < 2:
        return {}
    found = {part: (how, 1) for part, how in _sounding_alike(typed)}
    slips = list(slips_of(typed))
    initials = pinyin.initials(typed)
    with connection.cursor() as cursor:
        cursor.execute(
            PARTS,
            [
                [slip.pattern for slip in slips],
                [slip.query() for slip in slips],
                [slip.is_less for slip in slips],
                MOST_WORDS_A_SLIP,
            ],
        )
        for part, is_less, number, begins in cursor.fetchall():
            if part == typed or part in found or not all(map(is_han, part)):
                continue
            how = ONE_LESS if is_less else ONE_CHARACTER
            if len(part) > len(typed) or pinyin.initials(part) == initials:
                how = BEGINS_ALIKE  # or nothing that was typed is wrong
            is_swapped = sorted(part) == sorted(typed)
            # Of two characters half is gone: what only stands inside of words would be guessed.
            if len(typed) == 2 and not (begins or is_swapped):
                continue
            found[part] = ((how, not begins), number)
    return found


def slips_of(typed: str) -> Iterator[Slip]:
    """All that may have gone wrong with one character of a run of Han characters."""
    length = len(typed)
    for place in range(length):
        yield Slip(typed[:place], 1, typed[place + 1 :])
        if place:
            yield Slip(typed[:place], 1, typed[place:])
        if length > 2:
            yield Slip(typed[:place], 0, typed[place + 1 :], is_less=True)
        if place + 1 < length and typed[place] != typed[place + 1]:
            swapped = typed[place + 1] + typed[place]
            yield Slip(typed[:place] + swapped, 0, typed[place + 2 :])


def _row(characters: str) -> str:
    """The grams of characters in a row; a lone one as the beginning of a pair, or the word's last."""
    if len(characters) == 1:
        return lexeme(characters, "*")
    return " <-> ".join(lexeme(pair) for pair in pairs(characters))


def _sounding_alike(typed: str) -> Iterator[tuple[str, Distance]]:
    sound = pinyin.syllables(typed)
    found: dict[str, bool] = {}
    for key in _keys(lexeme(NAME_SOUND + pinyin.full(typed), "*")):
        for run in search.runs_of(key):
            for start in range(len(run) - len(typed) + 1):
                part = run[start : start + len(typed)]
                if part != typed and is_han(part) and pinyin.syllables(part) == sound:
                    found[part] = found.get(part, True) and start > 0
    for part, is_inside in found.items():
        yield part, (SOUNDS_ALIKE, is_inside)


def _latin(typed: str) -> dict[str, tuple[Distance, int]]:
    if len(typed) < SHORTEST_LATIN or not typed.isalpha():
        return {}
    found: dict[str, tuple[Distance, int]] = {}
    for key in _keys(lexeme(typed[:2], "*")):
        for run in search.runs_of(key):
            if not is_han(run) and is_one_slip(typed, run):
                how = ONE_LESS if len(run) < len(typed) else ONE_CHARACTER
                found[run] = ((how, False), found[run][1] + 1 if run in found else 1)
    return found


def _keys(query: str) -> Iterable[str]:
    return (
        SearchWord.objects.filter(grams=search.GramQuery(query))
        .order_by(Length("key"), "key")
        .values_list("key", flat=True)[:MOST_WORDS]
    )


def is_one_slip(typed: str, meant: str) -> bool:
    """Whether one wrong, missing, needless or swapped character makes the one of the other."""
    if typed == meant or abs(len(typed) - len(meant)) > 1:
        return False
    start = 0
    while start < min(len(typed), len(meant)) and typed[start] == meant[start]:
        start += 1
    left, right = typed[start:], meant[start:]
    if len(left) == len(right):
        return left[1:] == right[1:] or (left[:2] == right[1::-1] and left[2:] == right[2:])
    return left[1:] == right if len(left) > len(right) else left == right[1:]
