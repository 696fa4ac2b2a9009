"""Groups of names that mean one datum, kept by the officers of the competent departments (Art. 19)."""

from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from audit.services import record
from catalog.models import ItemSynonym
from catalog.one_source.synonyms import shipped
from catalog.one_source.words import normals, stated
from catalog.permissions import may_keep_synonyms
from portal.common.errors import Invalid, NotFound
from portal.organisation.models import User

MOST_NAMES = 12


@transaction.atomic
def load_shipped() -> int:
    """Bring in the shipped groups; how many names are new. Names that are there stay as they are."""
    added = 0
    for group in shipped():
        written = normals(group.terms)
        for term, normal in zip(group.terms, written, strict=True):
            _row, is_new = ItemSynonym.objects.get_or_create(
                normal=normal,
                defaults={
                    "term": term,
                    "canonical": written[0],
                    "is_reference": group.is_reference,
                },
            )
            added += is_new
    return added


@transaction.atomic
def save(
    *, names: Sequence[str], is_reference: bool, replaces: str = "", by: User
) -> list[ItemSynonym]:
    """Write a group, the usual name first; `replaces` is the canonical name of one that it changes."""
    may_keep_synonyms(by).enforce()
    before = _held(replaces) if replaces else []
    wanted = _sound(names, but=before)
    _remove(before)
    canonical = next(iter(wanted))
    made = ItemSynonym.objects.bulk_create(
        ItemSynonym(
            normal=normal,
            term=term,
            canonical=canonical,
            is_reference=is_reference,
            changed_by=by,
        )
        for normal, term in wanted.items()
    )
    record(
        actor=by,
        action="catalog.item_synonym.save",
        target=None,
        names=[one.term for one in made],
        before=[one.term for one in before],
        is_reference=is_reference,
    )
    return made


@transaction.atomic
def delete(*, canonical: str, by: User) -> None:
    may_keep_synonyms(by).enforce()
    before = _held(canonical)
    _remove(before)
    record(
        actor=by,
        action="catalog.item_synonym.delete",
        target=None,
        names=[one.term for one in before],
    )


def _held(canonical: str) -> list[ItemSynonym]:
    group = ItemSynonym.objects.select_for_update().filter(canonical=canonical).order_by("pk")
    found = list(group)
    if not found:
        raise NotFound(_("There is no such group of synonyms."))
    return found


def _remove(group: Sequence[ItemSynonym]) -> None:
    ItemSynonym.objects.filter(pk__in=[one.pk for one in group]).delete()


def _sound(names: Sequence[str], *, but: Sequence[ItemSynonym]) -> dict[str, str]:
    """Names by their normal form, in the order given. Raises Invalid with every problem."""
    given = [stated("names", one, 100) for one in names if one.strip()]
    wanted: dict[str, str] = {}
    for normal, term in zip(normals(given), given, strict=True):
        wanted.setdefault(normal, term)
    problems = []
    if "" in wanted:
        problems.append(_('"%(name)s" needs a letter or a digit.') % {"name": wanted[""]})
    if len(wanted) < 2:
        problems.append(_("A group has at least two different names."))
    if len(wanted) > MOST_NAMES:
        problems.append(_("A group has at most %(most)s names.") % {"most": MOST_NAMES})
    taken = ItemSynonym.objects.filter(normal__in=wanted).exclude(pk__in=[one.pk for one in but])
    problems += [_('"%(name)s" is in another group already.') % {"name": one.term} for one in taken]
    if problems:
        raise Invalid(_("The group has errors."), fields={"names": problems})
    return wanted
