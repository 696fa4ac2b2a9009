"""What the demonstration province answers when an entry repeats another department's data (Art. 19)."""

from typing import Any

from catalog.models import Resource
from catalog.selectors.duplicates import duplicates_of
from catalog.services import one_source
from portal.organisation.models import User

WORDS = "本部门依法登记形成的业务数据，与对方数据口径不同，不能以共享代替。"


def answered(resource: Resource, steward: User) -> Resource:
    """The entry once each duplicate is linked, or justified where the item is the entry's key."""
    keys = set(resource.items.filter(is_key=True).values_list("column", flat=True))
    for found in duplicates_of(resource, party=steward):
        if not found.is_open:
            continue
        asked: dict[str, Any] = {
            "resource": resource,
            "version": resource.version,
            "column": found.candidate.column,
            "other": found.other,
            "by": steward,
        }
        if found.candidate.column in keys:
            resource = one_source.justify(**asked, words=WORDS)
        else:
            resource = one_source.link(**asked)
    return resource
