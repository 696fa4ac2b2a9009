"""Searches that people keep, each their own, and the count of what is new in them."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.services import record
from catalog.models import SavedSearch
from catalog.saved_notices import hold_notices
from portal.common.errors import Invalid, NotFound
from portal.common.plain_text import fault_of
from portal.organisation.models import User

Chosen = Mapping[str, Sequence[str]]
MOST_SEARCHES = 30
LONGEST_NAME = 60


@transaction.atomic
def save(*, name: str, q: str, chosen: Chosen, by: User) -> SavedSearch:
    """Keep a question; what is published from now on is new."""
    User.objects.select_for_update().get(pk=by.pk)
    if not q and not chosen:
        raise Invalid(_("Nothing is looked for: enter words or choose filters first."))
    if SavedSearch.objects.filter(user=by).count() >= MOST_SEARCHES:
        raise Invalid(
            _("You keep %(most)s searches already: delete one first.") % {"most": MOST_SEARCHES}
        )
    made = SavedSearch(user=by, name=_sound(name), q=q, chosen=_plain(chosen))
    _write(made)
    record(actor=by, action="catalog.saved_search.create", target=made)
    return made


@transaction.atomic
def rename(*, search: SavedSearch, name: str, by: User) -> SavedSearch:
    held = _held(search, by)
    held.name = _sound(name)
    _write(held)
    record(actor=by, action="catalog.saved_search.rename", target=held)
    _notice_after(by)
    return held


@transaction.atomic
def delete(*, search: SavedSearch, by: User) -> None:
    held = _held(search, by)
    record(actor=by, action="catalog.saved_search.delete", target=held)
    held.delete()
    _notice_after(by)


@transaction.atomic
def mark_seen(*, search: SavedSearch, by: User) -> None:
    """The person looks at the answer now: nothing in it is new any more."""
    held = _held(search, by)
    now = timezone.now()
    SavedSearch.objects.filter(pk=held.pk).update(seen_at=now, counted_at=now, new_hits=0)
    _notice_after(by)


@transaction.atomic
def note_new_hits(*, user: User, counted: Mapping[int, tuple[datetime, int]]) -> None:
    """Write what was counted: for each search since when it was unseen, and how many are new.

    It may run twice. Somebody who looked meanwhile has seen it all: then the count is void.
    """
    now = timezone.now()
    for pk, (seen_at, number) in counted.items():
        SavedSearch.objects.filter(pk=pk, user=user, seen_at=seen_at).update(
            new_hits=number, counted_at=now
        )
    _notice_after(user)


def _held(search: SavedSearch, by: User) -> SavedSearch:
    held = SavedSearch.objects.select_for_update().filter(pk=search.pk, user=by).first()
    if held is None:
        raise NotFound(_("There is no such saved search."))
    return held


def _sound(name: str) -> str:
    stripped = name.strip()
    if not stripped:
        raise Invalid(_("Give it a name."), fields={"name": [_("Give it a name.")]})
    if len(stripped) > LONGEST_NAME:
        words = _("At most %(most)s characters.") % {"most": LONGEST_NAME}
        raise Invalid(words, fields={"name": [words]})
    if fault := fault_of(stripped, of_one_line=True):
        raise Invalid(fault, fields={"name": [fault]})
    return stripped


def _plain(chosen: Chosen) -> dict[str, list[str]]:
    return {name: list(values) for name, values in chosen.items() if values}


def _write(search: SavedSearch) -> None:
    try:
        with transaction.atomic():
            search.save()
    except IntegrityError as taken:
        words = _("You have a saved search of this name already.")
        raise Invalid(words, fields={"name": [words]}) from taken


def _notice_after(user: User) -> None:
    transaction.on_commit(lambda: hold_notices(user.pk), robust=True)
