"""The closed list of rules. What one looks for is in its module; what it is judged by can be set."""

from portal.common.text import Text

from .after_notice import AFTER_NOTICE
from .denials import DENIALS
from .dormant import DORMANT
from .network import NEW_NETWORK
from .night import NIGHT
from .probing import PROBING
from .rule import COLUMNS, Limits, Rule, Threshold
from .sequence import SEQUENCE
from .volume import VOLUME

__all__ = ["COLUMNS", "RULES", "Limits", "Rule", "Threshold", "title_of"]

RULES: dict[str, Rule] = {
    rule.code: rule
    for rule in (
        VOLUME,
        NIGHT,
        DENIALS,
        NEW_NETWORK,
        PROBING,
        SEQUENCE,
        DORMANT,
        AFTER_NOTICE,
    )
}


def title_of(code: str) -> Text:
    """The rule in words; one that is no longer in the list stands for itself."""
    return RULES[code].title if code in RULES else code
