"""What a rule is. Each is a module of this package; `rules.RULES` lists them all."""

from collections.abc import Mapping
from dataclasses import dataclass

from portal.common.text import Text

Limits = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Threshold:
    """A number that the security administrator sets, between `least` and `most`."""

    name: str
    label: Text
    default: int
    least: int
    most: int


@dataclass(frozen=True, slots=True)
class Rule:
    """`find` is SQL that goes on after the common table `new` (see `stream`) and reads the habits, which
    are up to date by then. Its parameters are the limits by name, and `tz`, where days are counted.

    It answers with rows of `COLUMNS`, one a subject and day, each for the whole of that day however
    much of it is new: run twice, it finds the same.
    """

    code: str
    title: Text
    about: Text
    thresholds: tuple[Threshold, ...]
    find: str

    @property
    def defaults(self) -> dict[str, int]:
        return {one.name: one.default for one in self.thresholds}


COLUMNS = ("subject", "day", "agreement_id", "actor", "actor_name", "figures", "entry_ids")
