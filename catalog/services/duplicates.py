"""Data that other departments provide already: linked, justified, recorded (Decree 809, Art. 19)."""

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.services import record
from catalog.models import CollectionPlan, Duplicate, DuplicateState, Resource, ValueOverlap
from catalog.one_source import overlap
from catalog.one_source.finding import Found, Subject, candidates, duplicates_of, kept_under
from catalog.one_source.score import THRESHOLD
from catalog.one_source.words import stated
from catalog.permissions import check_edit
from catalog.plan_permissions import check_edit_plan
from catalog.services.resources import stale
from catalog.workflow import locked
from portal.common.errors import NotFound, StaleVersion
from portal.organisation.models import User

MOST_WORDS = 1000
MOST_COMPARED = 50
"""So many pairs of columns are compared by value after a run, the likeliest first."""


@transaction.atomic
def link(*, subject: Subject, version: int, column: str, other: Resource, by: User) -> Subject:
    """The item is taken from the other entry, which becomes a related one of an entry."""
    held, found = _found(subject, version, column, other, by)
    if isinstance(held, Resource) and other.code not in held.related_codes:
        held.related_codes = [*held.related_codes, other.code]
        held.version += 1
        held.edited_by = by
        held.save(update_fields=["related_codes", "version", "edited_by", "updated_at"])
    for one in found:
        _answer(held, one, DuplicateState.LINKED, "", by)
    return held


@transaction.atomic
def justify(
    *, subject: Subject, version: int, column: str, other: Resource, words: str, by: User
) -> Subject:
    """Sharing would not meet the need: the steward says why the datum is collected again."""
    held, found = _found(subject, version, column, other, by)
    why = stated("words", words, MOST_WORDS)
    for one in found:
        _answer(held, one, DuplicateState.JUSTIFIED, why, by)
    return held


@transaction.atomic
def check(*, subject: Subject) -> int:
    """Record the duplicates for the competent department; how many are open.

    A system act: it counts entries that the stewards do not see. What is no longer repeated is
    resolved, what was answered stays so. May run twice. A change of a published entry answers for that
    entry: what has been linked or justified there is not asked again when the entry is changed.
    """
    held = _locked(subject)
    kept = kept_under(held)
    known = {
        (one.column, one.other_id, one.other_column): one
        for one in Duplicate.objects.select_for_update().filter(**kept)
    }
    now = {
        (one.column, one.other_id, one.other_column): one
        for one in candidates(held, party=None)
        if one.score.points >= THRESHOLD
    }
    for key, one in now.items():
        row = known.get(key) or Duplicate(**kept)
        row.column, row.other_id, row.other_column = key
        row.item_name, row.other_name = one.name, one.other_name
        row.score, row.explanation = one.score.points, one.score.as_json()
        if row.state == DuplicateState.RESOLVED:
            row.state = DuplicateState.OPEN
        row.save()
    gone = [
        row.pk for key, row in known.items() if key not in now and row.state == DuplicateState.OPEN
    ]
    Duplicate.objects.filter(pk__in=gone).update(state=DuplicateState.RESOLVED, at=timezone.now())
    count = Duplicate.objects.filter(**kept, state=DuplicateState.OPEN).count()
    if gone or now.keys() - known.keys():
        record(actor=None, action="catalog.duplicate.check", target=held, open=count)
    return count


@transaction.atomic
def compare_values(*, resource_id: int) -> int:
    """Count again how many values the entry has in common with others like it; how many pairs.

    After rows have come in. A system act; may run twice. Then the entry's duplicates are recorded anew,
    for the values may tell what names did not.
    """
    held = Resource.objects.filter(pk=resource_id, revision_of=None).first()
    if held is None:
        return 0
    pairs = candidates(held, party=None)[:MOST_COMPARED]
    others = Resource.objects.in_bulk({one.other_id for one in pairs})
    counted = []
    with connection.cursor() as cursor:
        for one in pairs:
            other = others[one.other_id]
            shares = overlap.shared_values(cursor, (held, one.column), (other, one.other_column))
            if shares is not None:
                sampled, shared = shares
                counted.append(
                    ValueOverlap(
                        resource=held,
                        column=one.column,
                        other=other,
                        other_column=one.other_column,
                        sampled=sampled,
                        shared=shared,
                    )
                )
    # Another worker may have compared the same entry meanwhile: what it wrote is then seen and replaced.
    _locked(held)
    ValueOverlap.objects.filter(resource=held).delete()
    ValueOverlap.objects.bulk_create(counted)
    if counted:
        check(subject=held)
    return len(counted)


def _locked(subject: Subject) -> Subject:
    if isinstance(subject, Resource):
        return locked(subject.pk)
    return CollectionPlan.objects.select_for_update(of=("self",)).get(pk=subject.pk)


def _found(
    subject: Subject, version: int, column: str, other: Resource, by: User
) -> tuple[Subject, list[Found]]:
    """The entry or plan under lock, and all pairs: the other may hold the datum under two names."""
    held = _locked(subject)
    if isinstance(held, Resource):
        check_edit(by, held)
        if held.version != version:
            raise stale(held)
    else:
        check_edit_plan(by, held)
        if held.version != version:
            raise StaleVersion(_("Somebody else has changed this plan. Look at it first."))
    pairs = [
        one
        for one in duplicates_of(held, party=by)
        if one.candidate.column == column and one.other.pk == other.pk
    ]
    if not pairs:
        raise NotFound(_("That entry does not repeat this item."))
    return held, pairs


def _answer(subject: Subject, found: Found, state: DuplicateState, words: str, by: User) -> None:
    one = found.candidate
    row, _is_new = Duplicate.objects.update_or_create(
        **kept_under(subject),
        column=one.column,
        other=found.other,
        other_column=one.other_column,
        defaults={
            "item_name": one.name,
            "other_name": one.other_name,
            "score": one.score.points,
            "explanation": one.score.as_json(),
            "state": state,
            "words": words,
            "by": by,
            "at": timezone.now(),
        },
    )
    how = "link" if state == DuplicateState.LINKED else "justify"
    record(
        actor=by,
        action=f"catalog.duplicate.{how}",
        target=subject,
        item=row.item_name,
        other=found.other.code,
        score=row.score,
        words=words,
    )
