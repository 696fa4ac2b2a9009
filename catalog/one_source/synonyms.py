"""The synonyms of item names that come with the portal."""

from dataclasses import dataclass
from pathlib import Path

FILE = Path(__file__).with_name("synonyms.csv")


@dataclass(frozen=True, slots=True)
class Group:
    """Names of one datum, the usual one first."""

    terms: tuple[str, ...]
    is_reference: bool


def shipped() -> list[Group]:
    lines = FILE.read_text(encoding="utf-8").splitlines()
    return [
        Group(tuple(line.removeprefix("*").split(",")), line.startswith("*"))
        for line in lines
        if line and not line.startswith("#")
    ]
