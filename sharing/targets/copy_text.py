"""PostgreSQL's COPY text format, read into values."""

import re
from collections.abc import Iterable, Iterator

ESCAPED = re.compile(r"\\(.)", re.DOTALL)
LETTERS = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
NULL = "\\N"


def rows(blocks: Iterable[bytes]) -> Iterator[list[str | None]]:
    """The rows of blocks that hold whole rows each; None is NULL."""
    for block in blocks:
        for line in block.decode().removesuffix("\n").split("\n") if block else ():
            yield [_value(text) for text in line.split("\t")]


def _value(text: str) -> str | None:
    if text == NULL:
        return None
    if "\\" not in text:
        return text
    return ESCAPED.sub(lambda found: LETTERS.get(found[1], found[1]), text)
