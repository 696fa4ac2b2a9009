"""Questions to the trail that a person keeps, each their own. Only who may read the trail keeps any."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth import get_user_model
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from audit.models import SavedFilter
from audit.reading import permit
from audit.services import record
from portal.common.errors import Invalid, NotFound
from portal.common.plain_text import fault_of

MOST_FILTERS = 30
LONGEST_NAME = 60
DAYS = ("date_from", "date_to")


def filters_of(user: Any) -> list[SavedFilter]:
    """All that the person keeps, by name; none for who may not read the trail any more."""
    return list(SavedFilter.objects.filter(owner_id=user.pk))


def filter_of(user: Any, pk: int) -> SavedFilter:
    """NotFound for another's."""
    found = SavedFilter.objects.filter(owner_id=user.pk, pk=pk).first()
    if found is None:
        raise NotFound(_("There is no such saved filter."))
    return found


def address(kept: SavedFilter, *, today: date) -> str:
    """The query of the search that it stands for, seen from `today`."""
    asked = dict(kept.asked)
    if kept.days:
        first = today - timedelta(days=kept.days - 1)
        asked |= {"date_from": first.isoformat(), "date_to": today.isoformat()}
    return "?" + urlencode(asked)


def keep(*, name: str, asked: Mapping[str, str], days: int | None, by: Any) -> SavedFilter:
    """Keep a question that the search has found sound.

    With `days` it looks back so many days from whenever it is opened, and the days of `asked` are left out.
    """
    permit(by=by, action="audit.filter.create")
    with transaction.atomic():
        _hold(by)
        if SavedFilter.objects.filter(owner_id=by.pk).count() >= MOST_FILTERS:
            raise Invalid(
                _("You keep %(most)s filters already: delete one first.") % {"most": MOST_FILTERS}
            )
        given = {key: value for key, value in asked.items() if value}
        if days is not None:
            given = {key: value for key, value in given.items() if key not in DAYS}
        if not given and days is None:
            raise Invalid(_("Nothing is looked for: choose filters or days first."))
        made = SavedFilter(owner_id=by.pk, name=_sound(name), asked=given, days=days)
        _write(made)
        record(actor=by, action="audit.filter.create", target=made, asked=given, days_back=days)
    return made


def rename(*, kept: SavedFilter, name: str, by: Any) -> SavedFilter:
    permit(by=by, action="audit.filter.rename")
    with transaction.atomic():
        held = _held(kept, by)
        before, held.name = held.name, _sound(name)
        _write(held)
        record(actor=by, action="audit.filter.rename", target=held, before=before, after=held.name)
    return held


def remove(*, kept: SavedFilter, by: Any) -> None:
    permit(by=by, action="audit.filter.delete")
    with transaction.atomic():
        held = _held(kept, by)
        record(actor=by, action="audit.filter.delete", target=held)
        held.delete()


def _hold(by: Any) -> None:
    """Two saves of one person wait for each other, so that neither passes over the most there may be."""
    get_user_model().objects.select_for_update().get(pk=by.pk)


def _held(kept: SavedFilter, by: Any) -> SavedFilter:
    held = SavedFilter.objects.select_for_update().filter(pk=kept.pk, owner_id=by.pk).first()
    if held is None:
        raise NotFound(_("There is no such saved filter."))
    return held


def _sound(name: str) -> str:
    stripped = name.strip()
    wrong = ""
    if not stripped:
        wrong = _("Give it a name.")
    elif len(stripped) > LONGEST_NAME:
        wrong = _("At most %(most)s characters.") % {"most": LONGEST_NAME}
    else:
        wrong = fault_of(stripped, of_one_line=True)
    if wrong:
        raise Invalid(wrong, fields={"name": [wrong]})
    return stripped


def _write(kept: SavedFilter) -> None:
    try:
        with transaction.atomic():
            kept.save()
    except IntegrityError as taken:
        words = _("You have a saved filter of this name already.")
        raise Invalid(words, fields={"name": [words]}) from taken
