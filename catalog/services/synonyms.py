"""Synonyms, kept by the officers of the competent departments; each change at once in force."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.services import record
from catalog import search, synonyms
from catalog.models import SearchSynonym
from catalog.permissions import may_keep_synonyms
from portal.common.errors import Invalid, StaleVersion
from portal.common.plain_text import fault_of
from portal.organisation.models import User

SHIPPED = Path(__file__).resolve().parent.parent / "data" / "synonyms.csv"
MOST_TERMS = 12
MOST_GROUPS = 5000
LONGEST_TERM = 40
MOST_PROBLEMS = 100
SPREADSHEET_FORMULA = ("=", "+", "-", "@")


@dataclass(frozen=True, slots=True)
class Taken:
    """How many groups an upload brought, and how many were there already."""

    added: int
    known: int


@transaction.atomic
def create(*, terms: Sequence[str], note: str = "", by: User) -> SearchSynonym:
    may_keep_synonyms(by).enforce()
    group = SearchSynonym(terms=_sound(terms), note=note.strip(), changed_by=by)
    group.save()
    _told(group, "create", by)
    return group


@transaction.atomic
def change(
    *, group: SearchSynonym, version: int, terms: Sequence[str], note: str = "", by: User
) -> SearchSynonym:
    held = SearchSynonym.objects.select_for_update().get(pk=group.pk)
    may_keep_synonyms(by).enforce()
    if held.version != version:
        raise StaleVersion(
            _("Somebody else has changed this group. Look at it and enter your change again.")
        )
    before = held.terms
    held.terms, held.note = _sound(terms), note.strip()
    held.version += 1
    held.changed_by, held.changed_at = by, timezone.now()
    held.save()
    _told(held, "change", by, before=before)
    return held


@transaction.atomic
def delete(*, group: SearchSynonym, by: User) -> None:
    held = SearchSynonym.objects.select_for_update().get(pk=group.pk)
    may_keep_synonyms(by).enforce()
    _told(held, "delete", by)
    held.delete()


@transaction.atomic
def upload(*, content: bytes, by: User) -> Taken:
    """Add the groups of a CSV file, one a line; all of them, or none and every problem named."""
    may_keep_synonyms(by).enforce()
    return _add(_read(content), by=by, is_shipped=False)


@transaction.atomic
def take_over_shipped(*, by: User | None) -> Taken:
    """Add the groups that come with the portal; `by` is None when a portal is set up."""
    if by is not None:
        may_keep_synonyms(by).enforce()
    return _add(_read(SHIPPED.read_bytes()), by=by, is_shipped=True)


def as_csv() -> str:
    """All groups in the form in which they are uploaded."""
    written = io.StringIO()
    csv.writer(written).writerows(SearchSynonym.objects.values_list("terms", flat=True))
    return written.getvalue()


def _add(groups: list[list[str]], *, by: User | None, is_shipped: bool) -> Taken:
    known = {_key(terms) for terms in SearchSynonym.objects.values_list("terms", flat=True)}
    new = {_key(terms): terms for terms in groups if _key(terms) not in known}
    if len(known) + len(new) > MOST_GROUPS:
        raise Invalid(_("There are at most %(most)s groups.") % {"most": MOST_GROUPS})
    made = SearchSynonym.objects.bulk_create(
        SearchSynonym(terms=terms, is_shipped=is_shipped, changed_by=by) for terms in new.values()
    )
    record(
        actor=by,
        action="catalog.synonym.import",
        target=None,
        added=len(made),
        known=len(groups) - len(made),
        shipped=is_shipped,
        groups=[" ".join(one.terms) for one in made[:MOST_PROBLEMS]],
    )
    transaction.on_commit(synonyms.changed, robust=True)
    return Taken(added=len(made), known=len(groups) - len(made))


def _read(content: bytes) -> list[list[str]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            text = content.decode("gb18030")
        except UnicodeDecodeError as unreadable:
            raise _refused([_("The file is neither UTF-8 nor GB 18030 text.")]) from unreadable
    groups, problems = [], list[str]()
    try:
        for number, cells in enumerate(csv.reader(io.StringIO(text), strict=True), start=1):
            terms = _tidy(cells)
            if not terms:
                continue
            problems += [
                _("Line %(line)s: %(problem)s") % {"line": number, "problem": problem}
                for problem in _problems(terms)
            ]
            groups.append(terms)
    except csv.Error as unreadable:
        raise _refused([_("This is no CSV file: save it as CSV.")]) from unreadable
    if not groups:
        problems.append(_("The file holds no group: each line is one, its terms apart by commas."))
    if len(groups) > MOST_GROUPS:
        problems.append(_("There are at most %(most)s groups.") % {"most": MOST_GROUPS})
    if problems:
        raise _refused(problems[:MOST_PROBLEMS])
    return groups


def _refused(problems: list[str]) -> Invalid:
    return Invalid(_("The file has errors; nothing of it was taken."), fields={"file": problems})


def _sound(given: Iterable[str]) -> list[str]:
    terms = _tidy(given)
    problems = _problems(terms)
    if problems:
        raise Invalid(_("The group has errors."), fields={"terms": problems})
    return terms


def _tidy(given: Iterable[str]) -> list[str]:
    """The terms, each once, whatever its script and width."""
    found: dict[str, str] = {}
    for term in given:
        if stripped := term.strip():
            found.setdefault(search.normal(stripped), stripped)
    return list(found.values())


def _problems(terms: Sequence[str]) -> list[str]:
    found = []
    if len(terms) < 2:
        found.append(_("A group has at least two different terms."))
    if len(terms) > MOST_TERMS:
        found.append(_("A group has at most %(most)s terms.") % {"most": MOST_TERMS})
    for term in terms[:MOST_TERMS]:
        words = {"term": term[:LONGEST_TERM]}
        if len(term) > LONGEST_TERM:
            found.append(
                _('"%(term)s…" is longer than %(most)s characters.')
                % {**words, "most": LONGEST_TERM}
            )
        elif fault := fault_of(term, of_one_line=True):
            found.append(f"{term!a}: {fault}")
        elif len(search.parse(term).terms) != 1:
            found.append(
                _('"%(term)s" is no single term: no spaces or punctuation between words.') % words
            )
        elif term.startswith(SPREADSHEET_FORMULA):
            found.append(_('"%(term)s" begins like a formula.') % words)
        elif len(search.normal(term)) < 2:
            found.append(_('"%(term)s" is too short: two characters at least.') % words)
    return found


def _key(terms: Iterable[str]) -> frozenset[str]:
    return frozenset(search.normal(term) for term in terms)


def _told(group: SearchSynonym, how: str, by: User, **facts: Any) -> None:
    record(
        actor=by, action=f"catalog.synonym.{how}", target=group, terms=list(group.terms), **facts
    )
    transaction.on_commit(synonyms.changed, robust=True)
