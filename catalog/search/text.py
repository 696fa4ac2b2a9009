"""One form for what is written and what is typed.

Full-width letters and digits become half-width ones, capitals small ones, traditional characters
simplified ones. Characters are converted one by one, not by phrases: only so is every part of a text
converted as the whole is, and found in it.
"""

import re
import unicodedata
from functools import cache

import opencc

HAN = "\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff"
RUN_OF_HAN = re.compile(rf"[{HAN}]")
RUN = re.compile(rf"[{HAN}]+|[^\W_{HAN}]+")
LONGEST_WORD = 60


def normal(text: str) -> str:
    """The text in the form in which it is indexed and looked for."""
    return unicodedata.normalize("NFKC", text).casefold().translate(_SIMPLIFIED)


def with_origins(text: str) -> tuple[str, list[int]]:
    """The normal form, and for each of its characters the place in `text` that it comes from."""
    pieces, origins = [], []
    for place, character in enumerate(text):
        piece = normal(character)
        pieces.append(piece)
        origins += [place] * len(piece)
    return "".join(pieces), origins


def runs_of(text: str) -> tuple[str, ...]:
    """The runs of Han characters and the Latin words of a text in normal form."""
    return tuple(RUN.findall(text))


def is_han(run: str) -> bool:
    return RUN_OF_HAN.match(run) is not None


def pairs(run: str) -> list[str]:
    return [run[start : start + 2] for start in range(len(run) - 1)]


@cache
def _converter() -> opencc.OpenCC:
    return opencc.OpenCC("t2s")


class _Simplified(dict[int, str]):
    """A table for `str.translate` that learns each character when it is first met."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        if RUN_OF_HAN.match(character):
            simple: str = _converter().convert(character)
            self[code] = simple if len(simple) == 1 else character
        else:
            self[code] = character
        return self[code]


_SIMPLIFIED = _Simplified()
