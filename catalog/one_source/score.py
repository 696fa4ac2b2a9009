"""How likely an item repeats what another department provides, with the reasons (Art. 19).

The weights add up to 100. Bare identifiers repeat nobody: a reference datum or a key gets nothing
for being rare, so it passes the threshold only with most of the entry beside it or with the same
values.
"""

from dataclasses import asdict, dataclass, field
from math import log
from typing import Any

from django.utils.translation import gettext_lazy as _

THRESHOLD = 50
"""From this score on the steward has to link or to justify before submitting."""

NAME, SYNONYM = 20, 15
RARITY = 25
COVERAGE = 25
SHAPE = 5
CODE_LIST = 5
VALUES = 20
COMMON_FROM = 20
"""So many entries of other departments hold an item of a name that says nothing any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What is known of two items. `holders` are the entries of other departments with the datum;
    `covered` of `items` of the entry are in the other entry too. `overlap` is a share of values, None
    when it is not known.
    """

    same_name: bool
    holders: int
    covered: int
    items: int
    is_reference: bool = False
    same_type: bool = False
    same_length: bool = False
    same_code_list: bool = False
    overlap: float | None = None
    source_department: str = ""


WORDS = {
    "source": _("source department of this datum is %(department)s (Art. 19)"),
    "name": _("same name"),
    "synonym": _("synonym"),
    "rare": _("few entries hold it: %(holders)s"),
    "uncommon": _("few entries hold it"),
    "covered": _("%(covered)s of %(items)s items are in the other entry"),
    "type": _("same type"),
    "length": _("same length"),
    "code_list": _("same code list"),
    "values": _("%(share)s%% of sampled values are the same"),
}


@dataclass(frozen=True, slots=True)
class Reason:
    """A code of `WORDS` with the figures it speaks of: each reader has it in their language."""

    code: str
    points: int
    facts: dict[str, str | int] = field(default_factory=dict)

    @property
    def words(self) -> str:
        return str(WORDS[self.code]) % self.facts


@dataclass(frozen=True, slots=True)
class Score:
    reasons: tuple[Reason, ...]

    @property
    def points(self) -> int:
        return sum(reason.points for reason in self.reasons)

    @property
    def must_be_answered(self) -> bool:
        return self.points >= THRESHOLD

    def as_json(self) -> list[dict[str, Any]]:
        """To be kept for the competent department: without the count of entries, hidden ones too."""
        return [
            asdict(Reason("uncommon", one.points) if one.code == "rare" else one)
            for one in self.reasons
        ]


def score(evidence: Evidence) -> Score:
    """From 0 to 100; the reasons that count, the source department's (which makes it 100) first."""
    share = min(1.0, evidence.covered / evidence.items) if evidence.items else 0.0
    overlap = evidence.overlap or 0
    found = [
        Reason("name", NAME) if evidence.same_name else Reason("synonym", SYNONYM),
        Reason(
            "rare",
            0 if evidence.is_reference else round(RARITY * rarity(evidence.holders)),
            {"holders": evidence.holders},
        ),
        Reason(
            "covered",
            round(COVERAGE * share),
            {"covered": evidence.covered, "items": evidence.items},
        ),
        Reason("type", SHAPE - 2 if evidence.same_type else 0),
        Reason("length", 2 if evidence.same_length else 0),
        Reason("code_list", CODE_LIST if evidence.same_code_list else 0),
        Reason("values", round(VALUES * overlap), {"share": round(100 * overlap)}),
    ]
    if evidence.source_department:
        rest = 100 - sum(reason.points for reason in found)
        found.insert(0, Reason("source", rest, {"department": evidence.source_department}))
    return Score(tuple(reason for reason in found if reason.points > 0))


def rarity(holders: int) -> float:
    """1 for a datum that one entry holds, falling to 0 at `COMMON_FROM`."""
    return max(0.0, 1 - log(max(holders, 1)) / log(COMMON_FROM))
