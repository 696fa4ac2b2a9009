"""What holds for a rule now: what the security administrator set last, else what its module brings."""

from dataclasses import dataclass

from .models import RuleVersion
from .rules import RULES, Rule


@dataclass(frozen=True, slots=True)
class InForce:
    rule: Rule
    is_on: bool
    limits: dict[str, int]
    set_by: RuleVersion | None

    @property
    def version(self) -> int:
        return self.set_by.version if self.set_by else 0


def in_force() -> list[InForce]:
    """All rules in the order of the list; one query."""
    newest = {
        one.rule: one
        for one in RuleVersion.objects.order_by("rule", "-version")
        .distinct("rule")
        .select_related("by")
    }
    return [_in_force(rule, newest.get(rule.code)) for rule in RULES.values()]


def in_force_of(rule: Rule) -> InForce:
    held = RuleVersion.objects.filter(rule=rule.code).select_related("by").order_by("-version")
    return _in_force(rule, held.first())


def _in_force(rule: Rule, held: RuleVersion | None) -> InForce:
    if held is None:
        return InForce(rule, is_on=True, limits=rule.defaults, set_by=None)
    # A threshold that came with a later release has its default until somebody sets it.
    set_ones = {name: held.limits.get(name, value) for name, value in rule.defaults.items()}
    return InForce(rule, held.is_on, set_ones, held)
