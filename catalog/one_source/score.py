"""How likely an item repeats what another department provides, with the reasons (Art. 19).

The weights add up to 100. Bare identifiers repeat nobody: a reference datum or a key gets nothing
for being rare, so it passes the threshold only with most of the entry beside it or with the same
values.
"""

from dataclasses import dataclass
from math import log

from django.utils.translation import gettext as _

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


@dataclass(frozen=True, slots=True)
class Reason:
    words: str
    points: int


@dataclass(frozen=True, slots=True)
class Score:
    reasons: tuple[Reason, ...]

    @property
    def points(self) -> int:
        return sum(reason.points for reason in self.reasons)

    @property
    def must_be_answered(self) -> bool:
        return self.points >= THRESHOLD

    def as_json(self) -> list[dict[str, str | int]]:
        return [{"words": reason.words, "points": reason.points} for reason in self.reasons]


def score(evidence: Evidence) -> Score:
    """From 0 to 100; the reasons that count, the source department's (which makes it 100) first."""
    share = min(1.0, evidence.covered / evidence.items) if evidence.items else 0.0
    found = [
        Reason(_("same name"), NAME) if evidence.same_name else Reason(_("synonym"), SYNONYM),
        Reason(
            _("few entries hold it: %(count)s") % {"count": evidence.holders},
            0 if evidence.is_reference else round(RARITY * rarity(evidence.holders)),
        ),
        Reason(
            _("%(covered)s of %(items)s items of the entry are in the other entry")
            % {"covered": evidence.covered, "items": evidence.items},
            round(COVERAGE * share),
        ),
        Reason(_("same type"), SHAPE - 2 if evidence.same_type else 0),
        Reason(_("same length"), 2 if evidence.same_length else 0),
        Reason(_("same code list"), CODE_LIST if evidence.same_code_list else 0),
        Reason(
            _("%(share)s%% of sampled values are the same")
            % {"share": round(100 * (evidence.overlap or 0))},
            round(VALUES * (evidence.overlap or 0)),
        ),
    ]
    if evidence.source_department:
        rest = 100 - sum(reason.points for reason in found)
        words = _("source department of this datum is %(department)s (Art. 19)")
        found.insert(0, Reason(words % {"department": evidence.source_department}, rest))
    return Score(tuple(reason for reason in found if reason.points > 0))


def rarity(holders: int) -> float:
    """1 for a datum that one entry holds, falling to 0 at `COMMON_FROM`."""
    return max(0.0, 1 - log(max(holders, 1)) / log(COMMON_FROM))
