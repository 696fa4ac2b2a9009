"""Changes of law or duties that make a catalogue out of date: recorded, extended, closed (Art. 17)."""

from dataclasses import dataclass
from datetime import date

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from catalog import deadlines
from catalog.duty_permissions import (
    check_ask_extension,
    check_decide_close,
    check_decide_extension,
    check_propose_close,
    may_record,
)
from catalog.models import (
    MOST_EXTENSION_DAYS,
    PENDING,
    ChangeKind,
    DutyAct,
    DutyState,
    EntryState,
    Resource,
    ResourceState,
    UpdateDuty,
    UpdateDutyEntry,
    UpdateExtension,
)
from catalog.services.update_progress import check_version, held, written
from portal.common.errors import Invalid
from portal.common.plain_text import fault_of
from portal.organisation.models import Department, User

MOST_ENTRIES = 500
RECORDED_ALREADY = "one_duty_per_change_and_department"


@dataclass(frozen=True, slots=True)
class Change:
    """What has changed, when, and what of the catalogue it concerns."""

    kind: str
    basis_title: str
    happened_on: date
    basis_reference: str = ""
    description: str = ""
    resources: tuple[int, ...] = ()
    needs_new_entry: bool = False


@transaction.atomic
def record_change(*, change: Change, department: Department, by: User) -> UpdateDuty:
    """Start the clock of the update on the day of the change, which may have passed long ago."""
    may_record(by, department).enforce()
    concerned = _concerned(change, department, by)
    errors = _wrong(change, concerned)
    if errors:
        raise Invalid(_("The change has errors."), fields=errors)
    duty = UpdateDuty(
        department=department,
        change=change.kind,
        basis_title=change.basis_title.strip(),
        basis_reference=change.basis_reference.strip(),
        happened_on=change.happened_on,
        description=change.description.strip(),
        needs_new_entry=change.needs_new_entry,
        recorded_by=by,
        recorded_at=timezone.now(),
        version=0,
    )
    _save(duty)
    UpdateDutyEntry.objects.bulk_create(
        UpdateDutyEntry(duty=duty, resource=resource) for resource in concerned
    )
    clock = deadlines.start_update(duty=duty)
    return written(
        duty,
        DutyAct.RECORD,
        by,
        change=change.kind,
        happened_on=change.happened_on,
        due=clock.due,
        entries=[resource.code for resource in concerned],
        needs_new_entry=change.needs_new_entry,
    )


@transaction.atomic
def ask_extension(
    *, duty: UpdateDuty, version: int, days: int, reasons: str, by: User
) -> UpdateDuty:
    """Ask the competent department for up to five more working days, once, before it is due."""
    facts = held(duty.pk)
    check_ask_extension(by, facts)
    check_version(facts.duty, version)
    errors = _unsound(reasons=reasons)
    if not reasons.strip():
        errors["reasons"] = [_("State the special reasons: the law asks for them.")]
    if not 1 <= days <= MOST_EXTENSION_DAYS:
        errors["days"] = [
            _("One to %(most)s working days can be asked for.") % {"most": MOST_EXTENSION_DAYS}
        ]
    if errors:
        raise Invalid(_("The extension was not asked for."), fields=errors)
    UpdateExtension.objects.create(duty=facts.duty, days=days, reasons=reasons.strip(), asked_by=by)
    return written(facts.duty, DutyAct.ASK_EXTENSION, by, words=reasons.strip(), days=days)


@transaction.atomic
def decide_extension(
    *,
    duty: UpdateDuty,
    version: int,
    is_granted: bool,
    days: int | None = None,
    opinion: str = "",
    by: User,
) -> UpdateDuty:
    """Consent to the extension, to all of it or fewer days, or refuse it with reasons."""
    facts = held(duty.pk)
    check_decide_extension(by, facts)
    check_version(facts.duty, version)
    extension = facts.extension
    assert extension is not None  # noqa: S101 - the check above refuses a duty without one
    granted = (extension.days if days is None else days) if is_granted else 0
    errors = _unsound(opinion=opinion)
    if is_granted and not 1 <= granted <= extension.days:
        errors["days"] = [
            ngettext(
                "%(days)s working day was asked for: no more can be granted, and no fewer than one.",
                "%(days)s working days were asked for: no more can be granted, and no fewer than"
                " one.",
                extension.days,
            )
            % {"days": extension.days}
        ]
    if not is_granted and not opinion.strip():
        errors["opinion"] = [_("State the reasons: the department has to act on them.")]
    if errors:
        raise Invalid(_("The extension was not decided."), fields=errors)
    extension.granted_days = granted
    extension.opinion = opinion.strip()
    extension.decided_by = by
    extension.decided_at = timezone.now()
    extension.save()
    if granted:
        deadlines.extend(facts.clock, granted)
    return written(
        facts.duty,
        DutyAct.EXTEND if granted else DutyAct.REFUSE_EXTENSION,
        by,
        words=opinion.strip(),
        days=granted,
        due=facts.clock.due,
        calendar_version=facts.clock.calendar_version,
    )


@transaction.atomic
def propose_close(*, duty: UpdateDuty, version: int, reasons: str, by: User) -> UpdateDuty:
    """The steward finds that nothing, or nothing more, of the catalogue has to change."""
    facts = held(duty.pk)
    check_propose_close(by, facts)
    check_version(facts.duty, version)
    _stated(reasons)
    facts.duty.state = DutyState.CLOSING
    facts.duty.close_proposed_by = by
    return written(facts.duty, DutyAct.PROPOSE_CLOSE, by, words=reasons.strip())


@transaction.atomic
def decide_close(
    *, duty: UpdateDuty, version: int, is_approved: bool, opinion: str = "", by: User
) -> UpdateDuty:
    """The department head answers for it that nothing changes; the clock of the update stops."""
    facts = held(duty.pk)
    check_decide_close(by, facts)
    check_version(facts.duty, version)
    held_duty = facts.duty
    if not is_approved:
        _stated(opinion, name="opinion")
        held_duty.state = DutyState.OPEN
        held_duty.close_proposed_by = None
        return written(held_duty, DutyAct.REJECT_CLOSE, by, words=opinion.strip())
    if errors := _unsound(opinion=opinion):
        raise Invalid(_("The input has errors."), fields=errors)
    at = timezone.now()
    held_duty.unchanged_at = at
    held_duty.entries.filter(state__in=PENDING).update(state=EntryState.UNCHANGED, answered_at=at)
    return written(held_duty, DutyAct.CLOSE, by, words=opinion.strip())


def _concerned(change: Change, department: Department, by: User) -> list[Resource]:
    """The department's entries that were named and that `by` may know of, locked in one order."""
    if not change.resources or len(change.resources) > MOST_ENTRIES:
        return []
    return list(
        Resource.objects.permitted(by, "view_resource")
        .filter(pk__in=change.resources, department=department)
        .exclude(state=ResourceState.WITHDRAWN)
        .select_for_update(of=("self",))
        .only("code", "name", "department")
        .order_by("pk")
    )


def _wrong(change: Change, concerned: list[Resource]) -> dict[str, list[str]]:
    errors = _unsound(description=change.description)
    for name in ("basis_title", "basis_reference"):
        text = getattr(change, name)
        if fault := fault_of(text, of_one_line=True):
            errors[name] = [fault]
        elif len(text.strip()) > 200:
            errors[name] = [_("At most %(limit)s characters.") % {"limit": 200}]
    if not change.basis_title.strip():
        errors["basis_title"] = [_("Name the law, the decision or the document that changed.")]
    if change.kind not in ChangeKind.values:
        errors["kind"] = [_("Choose what has changed.")]
    if change.happened_on > deadlines.today():
        errors["happened_on"] = [_("The day lies ahead: record the change when it has happened.")]
    elif change.happened_on < deadlines.IN_FORCE:
        errors["happened_on"] = [
            _("The limit holds since %(day)s: what changed before started no clock.")
            % {"day": deadlines.IN_FORCE.isoformat()}
        ]
    if len(change.resources) > MOST_ENTRIES:
        errors["resources"] = [_("At most %(most)s entries.") % {"most": MOST_ENTRIES}]
    elif len(concerned) != len(set(change.resources)):
        errors["resources"] = [
            _("Not all of them are entries of this department's catalogue: choose from the list.")
        ]
    elif not concerned and not change.needs_new_entry:
        errors["resources"] = [
            _("Choose the entries that the change concerns, or say that a new one is needed.")
        ]
    return errors


def _save(duty: UpdateDuty) -> None:
    """Save; the second of two people who record one change at the same time is told."""
    try:
        with transaction.atomic():
            duty.save()
    except IntegrityError as refused:
        if RECORDED_ALREADY not in str(refused):
            raise
        words = _("This change is recorded for the department already.")
        raise Invalid(_("The change has errors."), fields={"basis_title": [words]}) from refused


def _stated(reasons: str, *, name: str = "reasons") -> None:
    if not reasons.strip():
        words = _("State the reasons: they stay on record.")
        raise Invalid(_("Reasons are missing."), fields={name: [words]})
    if errors := _unsound(**{name: reasons}):
        raise Invalid(_("The input has errors."), fields=errors)


def _unsound(**texts: str) -> dict[str, list[str]]:
    errors: dict[str, list[str]] = {}
    for name, text in texts.items():
        if fault := fault_of(text):
            errors[name] = [fault]
        elif len(text.strip()) > 2000:
            errors[name] = [_("At most %(limit)s characters.") % {"limit": 2000}]
    return errors
