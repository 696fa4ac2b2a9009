"""The groups of names that mean one datum, for the page on which they are kept."""

from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from django.utils.translation import gettext as _

from catalog.models import ItemSynonym
from portal.common.errors import NotFound
from portal.organisation.models import User


@dataclass(frozen=True, slots=True)
class NameGroup:
    """Names of one datum, the usual one first; `pk` is the key of any of its rows."""

    pk: int
    canonical: str
    names: tuple[str, ...]
    is_reference: bool
    changed_by: User | None
    changed_at: datetime


def groups(words: str = "") -> list[NameGroup]:
    """The groups in the order of their usual names, those with a name that holds the words."""
    rows = ItemSynonym.objects.select_related("changed_by").order_by("canonical", "pk")
    found = [_group(list(held)) for _key, held in groupby(rows, lambda one: one.canonical)]
    wanted = words.casefold()
    return [one for one in found if any(wanted in name.casefold() for name in one.names)]


def group_of(pk: int) -> NameGroup:
    rows = ItemSynonym.objects.select_related("changed_by").order_by("pk")
    held = rows.filter(canonical__in=ItemSynonym.objects.filter(pk=pk).values("canonical"))
    if not held:
        raise NotFound(_("There is no such group of synonyms."))
    return _group(list(held))


def _group(held: list[ItemSynonym]) -> NameGroup:
    first = next((one for one in held if one.normal == one.canonical), held[0])
    return NameGroup(
        pk=first.pk,
        canonical=first.canonical,
        names=(first.term, *(one.term for one in held if one is not first)),
        is_reference=first.is_reference,
        changed_by=first.changed_by,
        changed_at=first.changed_at,
    )
