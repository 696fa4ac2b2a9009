"""One datum, one source (Decree 809, Art. 19): duplicates are answered, lead collectors appointed."""

from collections.abc import Iterable

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.services import record
from catalog.models import Duplicate, DuplicateState, ItemSynonym, Resource, SourceOfItem
from catalog.one_source.finding import Found, candidates, duplicates_of, source_of
from catalog.one_source.permissions import check_acknowledge, may_appoint
from catalog.one_source.score import THRESHOLD
from catalog.one_source.synonyms import shipped
from catalog.permissions import check_edit
from catalog.services.resources import stale
from catalog.workflow import locked
from portal.common.errors import Invalid, NotFound, WrongState
from portal.common.plain_text import fault_of
from portal.organisation.models import Department, User

MOST_BASIS, MOST_WORDS = 500, 1000


@transaction.atomic
def link(*, resource: Resource, version: int, column: str, other: Resource, by: User) -> Resource:
    """The item is taken from the other entry, which becomes a related one."""
    held, found = _found(resource, version, column, other, by)
    if other.code not in held.related_codes:
        held.related_codes = [*held.related_codes, other.code]
        held.version += 1
        held.edited_by = by
        held.save(update_fields=["related_codes", "version", "edited_by", "updated_at"])
    for one in found:
        _answer(held, one, DuplicateState.LINKED, "", by)
    return held


@transaction.atomic
def justify(
    *, resource: Resource, version: int, column: str, other: Resource, words: str, by: User
) -> Resource:
    """Sharing would not meet the need: the steward says why the datum is collected again."""
    held, found = _found(resource, version, column, other, by)
    stated = _stated("words", words, MOST_WORDS)
    for one in found:
        _answer(held, one, DuplicateState.JUSTIFIED, stated, by)
    return held


@transaction.atomic
def check(*, resource: Resource) -> int:
    """Record the entry's duplicates for the competent department; how many are open.

    A system act: it counts entries that its stewards do not see. What is no longer repeated is
    resolved, what was answered stays so. May run twice. A change of a published entry answers for that
    entry: what has been linked or justified there is not asked again when the entry is changed.
    """
    held = locked(resource.pk)
    entry = held.revision_of or held
    known = {
        (one.column, one.other_id, one.other_column): one
        for one in Duplicate.objects.select_for_update().filter(resource=entry)
    }
    now = {
        (one.column, one.other_id, one.other_column): one
        for one in candidates(held, party=None)
        if one.score.points >= THRESHOLD
    }
    for key, one in now.items():
        row = known.get(key) or Duplicate(resource=entry)
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
    count = Duplicate.objects.filter(resource=entry, state=DuplicateState.OPEN).count()
    if gone or now.keys() - known.keys():
        record(
            actor=None, action="catalog.duplicate.check", target=held, code=held.code, open=count
        )
    return count


@transaction.atomic
def appoint(*, name: str, department: Department, basis: str, by: User) -> SourceOfItem:
    """Name the lead collector of a datum in the officer's region; the one before ends."""
    may_appoint(by, department).enforce()
    shown = _stated("name", name, 100)
    stated = _stated("basis", basis, MOST_BASIS)
    normal = _canonical(shown)
    if not normal:
        words = _("The name needs a letter or a digit.")
        raise Invalid(_("This is not a name."), fields={"name": [words]})
    # Officers who appoint at once wait here for each other.
    Department.objects.select_for_update().get(pk=by.department_id)
    before = source_of([shown], department.region).get(shown)
    if before is not None:
        if before.department_id == department.pk:
            raise WrongState(
                _("%(department)s is the source department of this datum already.")
                % {"department": department}
            )
        _end(before, _("replaced by %(department)s") % {"department": department.name}, by)
    made = SourceOfItem.objects.create(
        normal=normal,
        name=shown,
        department=department,
        region=department.region,
        basis=stated,
        appointed_by=by,
    )
    record(
        actor=by,
        action="catalog.one_source.appoint",
        target=made,
        datum=shown,
        department=department.pk,
        before=before.department_id if before else None,
        basis=stated,
    )
    return made


@transaction.atomic
def withdraw(*, appointment: SourceOfItem, reasons: str, by: User) -> SourceOfItem:
    """End an appointment without a successor; its row stays as history."""
    held = _held(appointment)
    may_appoint(by, held.department).enforce()
    _in_force(held)
    stated = _stated("reasons", reasons, MOST_BASIS)
    _end(held, stated, by)
    record(
        actor=by,
        action="catalog.one_source.withdraw",
        target=held,
        datum=held.name,
        department=held.department_id,
        reasons=stated,
    )
    return held


@transaction.atomic
def acknowledge(*, appointment: SourceOfItem, by: User) -> SourceOfItem:
    """The department has taken note that it collects the datum for the others."""
    held = _held(appointment)
    check_acknowledge(by, held)
    _in_force(held)
    if held.acknowledged_at is None:
        held.acknowledged_at = timezone.now()
        held.save(update_fields=["acknowledged_at"])
        record(actor=by, action="catalog.one_source.acknowledge", target=held, datum=held.name)
    return held


@transaction.atomic
def load_synonyms() -> int:
    """Bring in the shipped groups; how many names are new. Names that are there stay as they are."""
    added = 0
    for group in shipped():
        normals = _normals(group.terms)
        for term, normal in zip(group.terms, normals, strict=True):
            _row, is_new = ItemSynonym.objects.get_or_create(
                normal=normal,
                defaults={
                    "term": term,
                    "canonical": normals[0],
                    "is_reference": group.is_reference,
                },
            )
            added += is_new
    return added


def _found(
    resource: Resource, version: int, column: str, other: Resource, by: User
) -> tuple[Resource, list[Found]]:
    """The entry under lock, and all pairs: the other entry may hold the datum under two names."""
    held = locked(resource.pk)
    check_edit(by, held)
    if held.version != version:
        raise stale(held)
    pairs = [
        one
        for one in duplicates_of(held, party=by)
        if one.candidate.column == column and one.other.pk == other.pk
    ]
    if not pairs:
        raise NotFound(_("That entry does not repeat this item."))
    return held, pairs


def _answer(resource: Resource, found: Found, state: DuplicateState, words: str, by: User) -> None:
    one = found.candidate
    row, _is_new = Duplicate.objects.update_or_create(
        resource=resource.revision_of or resource,
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
        target=resource,
        code=resource.code,
        item=row.item_name,
        other=found.other.code,
        score=row.score,
        words=words,
    )


def _held(appointment: SourceOfItem) -> SourceOfItem:
    return (
        SourceOfItem.objects.select_for_update(of=("self",))
        .select_related("department__region")
        .get(pk=appointment.pk)
    )


def _in_force(appointment: SourceOfItem) -> None:
    if appointment.ended_at is not None:
        raise WrongState(_("This appointment has ended."))


def _end(appointment: SourceOfItem, reasons: str, by: User) -> None:
    appointment.ended_at = timezone.now()
    appointment.ended_by = by
    appointment.end_reasons = reasons[:MOST_BASIS]
    appointment.save(update_fields=["ended_at", "ended_by", "end_reasons"])


def _stated(field: str, given: str, most: int) -> str:
    words = given.strip()
    fault = fault_of(words) if words else _("Fill in this field.")
    if not fault and len(words) > most:
        fault = _("At most %(most)s characters.") % {"most": most}
    if fault:
        raise Invalid(_("The input has errors."), fields={field: [str(fault)]})
    return words


def _canonical(name: str) -> str:
    (normal,) = _normals([name])
    known = ItemSynonym.objects.filter(normal=normal).first()
    return known.canonical if known else normal


def _normals(names: Iterable[str]) -> list[str]:
    """The names as the database compares them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT catalog_item_normal(name)"
            " FROM unnest(%s::text[]) WITH ORDINALITY AS t(name, n) ORDER BY n",
            [list(names)],
        )
        return [row[0] for row in cursor.fetchall()]
