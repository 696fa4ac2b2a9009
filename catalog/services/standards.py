"""Code lists: a list is added, gets versions, and is retired when nothing shall be bound to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.services import record
from catalog.models import CodeList, CodeListEntry, CodeListVersion, VersionState
from catalog.standards import codes
from catalog.standards.codes import CodeRow
from catalog.standards.permissions import may_keep_standards
from portal.common.errors import Invalid, StaleVersion, WrongState
from portal.common.plain_text import fault_of
from portal.organisation.models import User


@dataclass(frozen=True, slots=True, kw_only=True)
class ListData:
    """What is said of a list as a whole."""

    identifier: str
    name: str
    name_en: str = ""
    standard: str = ""
    is_partial: bool = False
    note: str = ""


@transaction.atomic
def create_list(*, data: ListData, by: User) -> CodeListVersion:
    """A new list; its first version is the draft that is returned, still without codes."""
    may_keep_standards(by).enforce()
    made = add_list(data, by=by)
    return CodeListVersion.objects.create(code_list=made, number=1, edited_by=by)


def add_list(data: ListData, *, by: User | None) -> CodeList:
    """The list alone, recorded; in the caller's transaction, which has asked the right."""
    made = CodeList(
        identifier=data.identifier.strip(),
        name=data.name.strip(),
        name_en=data.name_en.strip(),
        standard=data.standard.strip(),
        is_partial=data.is_partial,
        note=data.note.strip(),
    )
    refuse_unsound(made, ("identifier", "name", "name_en", "standard", "note"))
    made.save(force_insert=True)
    record(actor=by, action="catalog.code_list.create", target=made, identifier=made.identifier)
    return made


@transaction.atomic
def draft_version(*, code_list: CodeList, by: User) -> CodeListVersion:
    """Begin the next version with the codes of the latest one. WrongState while a draft is open."""
    may_keep_standards(by).enforce()
    held = _locked(code_list.pk)
    _check_not_retired(held)
    latest = held.versions.order_by("-number").first()
    if latest is not None and latest.state == VersionState.DRAFT:
        raise WrongState(_("A new version of this list is being written already."))
    number = 1 if latest is None else latest.number + 1
    made = CodeListVersion.objects.create(code_list=held, number=number, edited_by=by)
    if latest is not None:
        rows = latest.entries.order_by("position")
        write_codes(made, [as_row(row) for row in rows])
    record(actor=by, action="catalog.code_list.draft", target=held, number=number)
    return made


@transaction.atomic
def write_draft(
    *, code_list: CodeList, revision: int, rows: Sequence[CodeRow], by: User
) -> CodeListVersion:
    """Put exactly these codes into the draft. Invalid names every fault by row and column."""
    may_keep_standards(by).enforce()
    held = _locked(code_list.pk)
    draft = _draft_of(held, revision)
    codes.check(rows)
    write_codes(draft, rows)
    draft.revision += 1
    draft.edited_by = by
    draft.save(update_fields=["revision", "edited_by"])
    record(
        actor=by,
        action="catalog.code_list.write",
        target=held,
        number=draft.number,
        codes=len(rows),
    )
    return draft


@transaction.atomic
def publish_draft(
    *, code_list: CodeList, revision: int, valid_from: date, note: str = "", by: User
) -> CodeListVersion:
    """Make the draft the version that holds from `valid_from` on; from now on it never changes."""
    may_keep_standards(by).enforce()
    held = _locked(code_list.pk)
    _check_not_retired(held)
    draft = _draft_of(held, revision)
    note = note.strip()
    if fault := fault_of(note, of_one_line=True):
        raise Invalid(_("The input has errors."), fields={"note": [fault]})
    if draft.entry_count == 0:
        raise WrongState(_("The draft has no codes yet: upload them first."))
    before = held.versions.filter(state=VersionState.PUBLISHED).order_by("-number").first()
    if before is not None and before.digest == draft.digest:
        raise WrongState(
            _("The draft has the same codes as version %(number)s: nothing would change.")
            % {"number": before.number}
        )
    if before is not None and before.valid_from is not None and valid_from < before.valid_from:
        words = _("Version %(number)s is in force from %(day)s: this one cannot hold earlier.") % {
            "number": before.number,
            "day": before.valid_from.isoformat(),
        }
        raise Invalid(_("The input has errors."), fields={"valid_from": [words]})
    return publish(draft, valid_from=valid_from, note=note, by=by)


def publish(
    draft: CodeListVersion, *, valid_from: date, note: str, by: User | None
) -> CodeListVersion:
    """Publish and record, in the caller's transaction, which has asked right and state."""
    draft.state = VersionState.PUBLISHED
    draft.valid_from = valid_from
    draft.note = note
    draft.published_at = timezone.now()
    draft.published_by = by
    draft.save()
    record(
        actor=by,
        action="catalog.code_list.publish",
        target=draft.code_list,
        identifier=draft.code_list.identifier,
        number=draft.number,
        valid_from=valid_from,
        codes=draft.entry_count,
        digest=draft.digest,
    )
    return draft


@transaction.atomic
def discard_draft(*, code_list: CodeList, revision: int, by: User) -> None:
    may_keep_standards(by).enforce()
    held = _locked(code_list.pk)
    draft = _draft_of(held, revision)
    number = draft.number
    draft.delete()
    record(actor=by, action="catalog.code_list.discard", target=held, number=number)


@transaction.atomic
def retire_list(*, code_list: CodeList, by: User) -> CodeList:
    """Nothing more is bound to the list. What is bound stays so, and is checked as before."""
    may_keep_standards(by).enforce()
    held = _locked(code_list.pk)
    _check_not_retired(held)
    held.retired_at = timezone.now()
    held.save(update_fields=["retired_at"])
    record(actor=by, action="catalog.code_list.retire", target=held, identifier=held.identifier)
    return held


def write_codes(draft: CodeListVersion, rows: Sequence[CodeRow]) -> None:
    """Replace the codes of a draft by rows that were checked, and say so on the version."""
    draft.entries.all().delete()
    CodeListEntry.objects.bulk_create(
        (
            CodeListEntry(
                version=draft,
                position=position,
                code=row.code,
                name=row.name,
                parent_code=row.parent_code,
                note=row.note,
            )
            for position, row in enumerate(rows, start=1)
        ),
        batch_size=2000,
    )
    draft.entry_count = len(rows)
    draft.digest = codes.digest_of(rows)
    draft.save(update_fields=["entry_count", "digest"])


def as_row(entry: CodeListEntry) -> CodeRow:
    return CodeRow(entry.code, entry.name, entry.parent_code, entry.note)


def refuse_unsound(one: CodeList, texts: Sequence[str]) -> None:
    """Raise Invalid for fields that the model refuses, and for texts that are not plain."""
    errors: dict[str, list[str]] = {}
    for name in texts:
        if fault := fault_of(getattr(one, name), of_one_line=True):
            errors[name] = [fault]
    try:
        one.full_clean(exclude=set(errors), validate_constraints=False)
    except ValidationError as wrong:
        errors |= {name: list(words) for name, words in wrong.message_dict.items()}
    if errors:
        raise Invalid(_("The input has errors."), fields=errors)


def _locked(pk: int) -> CodeList:
    return CodeList.objects.select_for_update().get(pk=pk)


def _check_not_retired(code_list: CodeList) -> None:
    if code_list.retired_at is not None:
        raise WrongState(
            _("The list %(identifier)s has been retired.") % {"identifier": code_list.identifier}
        )


def _draft_of(code_list: CodeList, revision: int) -> CodeListVersion:
    draft = code_list.versions.filter(state=VersionState.DRAFT).first()
    if draft is None:
        raise WrongState(_("No new version of this list is being written."))
    if draft.revision != revision:
        raise StaleVersion(
            _(
                "While you were editing, %(person)s wrote this draft anew. Nothing of yours was"
                " written. Look at the draft as it is now, then try again."
            )
            % {"person": draft.edited_by or _("somebody")}
        )
    return draft
