"""Which values of a resource's rows its page may show to whom, without an agreement.

Closed by default (docs/adr/0015-detail-page.md): rows leave the store under an agreement alone, and a
glance at some of them is no way around it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from catalog.masking import mask
from catalog.models import (
    DataItem,
    Grade,
    MaskingRule,
    NationalGrade,
    Resource,
    ResourceState,
    SharingAttribute,
)
from catalog.parties import VISITOR, Party
from portal.common.decisions import ALLOWED, Decision, denied

FEWEST_ROWS = 10
"""A value, a bar or an extreme that stands for fewer rows is not told (k-anonymity)."""
GUARDED_GRADES = frozenset({Grade.L3, Grade.L4})


@dataclass(frozen=True, slots=True)
class Showing:
    """Whether sample rows may be shown, and by which rule each column is masked in them."""

    decision: Decision
    masks: Mapping[str, str]

    def tells(self, column: str) -> bool:
        """Whether values of the column may be told as they are, in a profile too."""
        return bool(self.decision) and self.masks.get(column) == MaskingRule.NONE


def is_protected(item: DataItem) -> bool:
    """Whether its values say something of a person or are of a grade that needs protection."""
    return (
        item.is_personal
        or item.is_sensitive
        or item.is_minor
        or bool(item.identifier_kind)
        or item.grade in GUARDED_GRADES
    )


def keeps_values(resource: Resource, item: DataItem) -> bool:
    """Whether a profile may keep any value of the item at all, for whomever."""
    return resource.national_grade != NationalGrade.CORE and not (
        is_protected(item) or item.masking_rule
    )


def own_value(item: DataItem | None, value: str | None) -> str:
    """A value of a row in quarantine as its provider may see it; of no known item nothing."""
    return mask(MaskingRule.HIDDEN if item is None else _mask(item, is_own=True), value)


def showing(party: Party, resource: Resource, items: Sequence[DataItem]) -> Showing:
    """What `party`, who sees the entry, is shown of its values."""
    is_own = party.department_id == resource.department_id
    masks = {item.column: _mask(item, is_own=is_own) for item in items}
    return Showing(_decision(party, resource, items, masks, is_own=is_own), masks)


def _mask(item: DataItem, *, is_own: bool) -> str:
    if not is_own and item.sharing_attribute != SharingAttribute.UNCONDITIONAL:
        return MaskingRule.HIDDEN
    if item.masking_rule == MaskingRule.PSEUDONYM:
        return MaskingRule.HIDDEN  # a pseudonym is one requester's, under an agreement
    if item.masking_rule:
        return item.masking_rule
    return MaskingRule.HIDDEN if is_protected(item) else MaskingRule.NONE


def _decision(
    party: Party,
    resource: Resource,
    items: Sequence[DataItem],
    masks: Mapping[str, str],
    *,
    is_own: bool,
) -> Decision:
    if resource.state != ResourceState.PUBLISHED:
        return denied(_("Only of a published entry are rows shown."))
    if not resource.has_rows:
        return denied(_("No rows have come into the store yet."))
    if resource.national_grade == NationalGrade.CORE:
        return denied(_("Core data is shown to nobody here."))
    if resource.grade == Grade.L4 or any(item.grade == Grade.L4 for item in items):
        return denied(_("Data of grade L4 is shown to nobody here."))
    if is_own:
        return ALLOWED
    if resource.national_grade != NationalGrade.GENERAL:
        return denied(_("Important data is shown to its provider alone."))
    if resource.sharing_attribute == SharingAttribute.NOT_SHARED:
        return denied(_("The data is not shared, so its provider alone looks at it."))
    if party is VISITOR and not (resource.is_open and resource.grade not in GUARDED_GRADES):
        return denied(_("Rows are shown to those who have signed in."))
    if all(masks[item.column] == MaskingRule.HIDDEN for item in items):
        return denied(
            _(
                "None of its items can be shown without an agreement: they are shared under"
                " conditions, or protected. Request the data."
            )
        )
    return ALLOWED
