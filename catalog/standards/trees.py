"""Trees that people write down as "code and code above it"."""

from collections.abc import Mapping


def loops(parents: Mapping[str, str]) -> list[list[str]]:
    """Every circle of codes that lie above one another, each once, beginning with its first code.

    `parents` maps a code to the one above it, "" for none; a code above that is not itself among
    the keys ends the way up. A code that is its own parent is a circle of one.
    """
    found = []
    ended: set[str] = set()
    for start in parents:
        way: dict[str, None] = {}
        code = start
        while code in parents and code not in ended and code not in way:
            way[code] = None
            code = parents[code]
        if code in way:
            codes = list(way)
            found.append(codes[codes.index(code) :])
        ended.update(way)
    return found
