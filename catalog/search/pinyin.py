"""How Chinese sounds: full pinyin and initials, without tones, ü as v."""

from functools import lru_cache

from .text import is_han, runs_of

MOST_SYLLABLES = 40


@lru_cache(maxsize=20_000)
def syllables(text: str) -> tuple[str, ...]:
    """The syllables of a text in normal form; a Latin word or a number counts as one.

    Characters that sound differently are read in their words: 银行 is yin hang.
    """
    # Its dictionaries are 55 MB that a process which answers programs alone does without.
    from pypinyin import lazy_pinyin

    found: list[str] = []
    for run in runs_of(text):
        if not is_han(run):
            found.append(run)
            continue
        found += [one for one in lazy_pinyin(run, errors="ignore") if one.isascii()]
    return tuple(found[:MOST_SYLLABLES])


def full(text: str) -> str:
    return "".join(syllables(text))


def initials(text: str) -> str:
    return "".join(_initial(one) for one in syllables(text))


def spellings(text: str) -> tuple[str, str]:
    return full(text), initials(text)


def suffixes(text: str) -> list[str]:
    """What a prefix must meet to find a word within the text: each syllable may be the first."""
    given = syllables(text)
    found: dict[str, None] = {}
    for start in range(len(given)):
        for spelt in (
            "".join(given[start:]),
            "".join(_initial(one) for one in given[start:]),
        ):
            if len(spelt) > 1:
                found[spelt] = None
    return list(found)


def _initial(syllable: str) -> str:
    """Of a syllable its first letter; numbers and single letters as they are."""
    return syllable[:1] if syllable.isalpha() else syllable
