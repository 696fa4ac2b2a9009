"""How entries answer a duty to update the catalogue (Decree 809, Art. 17).

`entry_submitted` and the three after it are told by `services.review`, in its transaction, with the
entry locked; each may be called twice. "Submitted" is an entry that has reached the competent
department: the Decree asks the department to submit to it, and the way to the own head is internal.

Locks are taken in one order, entry before duty, so that a submission and a new duty that concerns
the same entry wait for each other and neither is lost.
"""

from collections.abc import Iterator
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.services import record
from catalog import deadlines
from catalog.duty_permissions import DutyFacts, check_answer
from catalog.models import (
    ANSWERED,
    PENDING,
    CatalogueClock,
    CatalogueDeadline,
    DutyAct,
    DutyState,
    EntryState,
    Move,
    Resource,
    ResourceState,
    ResourceStep,
    UpdateDuty,
    UpdateDutyEntry,
    UpdateDutyStep,
    UpdateExtension,
)
from portal.common.errors import Invalid, StaleVersion
from portal.organisation.models import User


@transaction.atomic
def entry_submitted(*, resource: Resource, by: User) -> None:
    """The entry has reached the competent department: its review has two working days."""
    at = timezone.now()
    for entry in _concerned(resource, PENDING):
        entry.state = EntryState.RECEIVED
        entry.received_at = entry.received_at or at
        entry.save(update_fields=["state", "received_at"])
        deadlines.start_review(entry=entry, received_at=at)
        _moved(entry, DutyAct.RECEIVE, by)


@transaction.atomic
def entry_sent_back(*, resource: Resource, by: User) -> None:
    """The review is over without publication. That the update was submitted in time stays true."""
    at = timezone.now()
    for entry in _concerned(resource, (EntryState.RECEIVED,)):
        entry.state = EntryState.RETURNED
        entry.save(update_fields=["state"])
        deadlines.meet_review(entry=entry, at=at)
        _moved(entry, DutyAct.RETURN, by)


@transaction.atomic
def entry_published(*, resource: Resource, by: User) -> None:
    """The updated entry is reviewed and published: it has answered the change."""
    _answered(resource, EntryState.PUBLISHED, (EntryState.RECEIVED,), DutyAct.PUBLISH, by)


@transaction.atomic
def entry_withdrawn(*, resource: Resource, by: User) -> None:
    """Taking the entry out of the catalogue is an update too, and one that waits for no review."""
    open_states = (*PENDING, EntryState.RECEIVED)
    _answered(resource, EntryState.WITHDRAWN, open_states, DutyAct.WITHDRAW, by)


@transaction.atomic
def answer_with(*, duty: UpdateDuty, version: int, resource: Resource, by: User) -> UpdateDuty:
    """The steward names an entry that answers the change.

    One that is not concerned yet is added: it may be the new entry that the change asks for. What
    was submitted since the day of the change, before anybody recorded it, counts from when it was.
    """
    _lock(resource)
    facts = held(duty.pk)
    check_answer(by, facts)
    check_version(facts.duty, version)
    if resource.department_id != facts.duty.department_id:
        words = _("It belongs to another department.")
        raise Invalid(_("The entry cannot answer this."), fields={"resource": [words]})
    entry, is_added = UpdateDutyEntry.objects.get_or_create(
        duty=facts.duty, resource=resource, defaults={"is_new": _is_new(facts.duty, resource)}
    )
    entry.duty = facts.duty
    counted = entry.state == EntryState.WAITING and _count_past(entry)
    if not is_added and not counted:
        words = _(
            "It is concerned already, and has not been submitted since %(day)s in a way that was"
            " not counted."
        ) % {"day": facts.duty.happened_on.isoformat()}
        raise Invalid(_("The entry cannot answer this."), fields={"resource": [words]})
    return _moved(
        entry, DutyAct.ANSWER, by, submitted_at=entry.received_at, entry_state=entry.state
    )


def held(duty_id: int) -> DutyFacts:
    """The duty under lock, its clock of the update and its extension."""
    duty = (
        UpdateDuty.objects.select_for_update(of=("self",))
        .select_related("department__region")
        .get(pk=duty_id)
    )
    clock = CatalogueDeadline.objects.select_for_update().get(duty=duty, kind=CatalogueClock.UPDATE)
    return DutyFacts(
        duty=duty,
        clock=clock,
        extension=UpdateExtension.objects.filter(duty=duty).first(),
    )


def check_version(duty: UpdateDuty, version: int) -> None:
    if duty.version != version:
        raise StaleVersion(
            _(
                'Something has happened to "%(duty)s" since you opened the page. Nothing of yours'
                " was written. Look at it again and repeat what still applies."
            )
            % {"duty": duty}
        )


def written(
    duty: UpdateDuty,
    act: DutyAct,
    by: User,
    *,
    words: str = "",
    resource: Resource | None = None,
    **facts: Any,
) -> UpdateDuty:
    """Save where the duty stands now, with its step and its audit entry. Runs in every act."""
    _derive(duty)
    duty.version += 1
    duty.save()
    UpdateDutyStep.objects.create(
        duty=duty, act=act, resource=resource, by=by, words=words, at=timezone.now()
    )
    if resource is not None:
        facts["resource"] = resource.pk
    record(
        actor=by,
        action=f"catalog.update_duty.{act}",
        target=duty,
        state=duty.state,
        version=duty.version,
        words=words,
        **facts,
    )
    return duty


def _derive(duty: UpdateDuty) -> None:
    """Where the duty stands by its entries, and whether its update has been submitted as a whole."""
    entries = list(duty.entries.all())
    lacks_new = (
        duty.needs_new_entry
        and duty.unchanged_at is None
        and not any(entry.is_new for entry in entries)
    )
    is_submitted = not lacks_new and all(
        entry.received_at or entry.state == EntryState.UNCHANGED for entry in entries
    )
    times = [entry.received_at for entry in entries if entry.received_at]
    if duty.unchanged_at:
        times.append(duty.unchanged_at)
    if is_submitted and times:
        deadlines.meet_update(duty=duty, at=max(times))
    if not lacks_new and all(entry.state in ANSWERED for entry in entries):
        duty.state = DutyState.DONE
        duty.done_at = duty.done_at or timezone.now()
    elif not lacks_new and not any(entry.state in PENDING for entry in entries):
        duty.state = DutyState.REVIEW
    elif duty.state != DutyState.CLOSING:
        duty.state = DutyState.OPEN


def _moved(entry: UpdateDutyEntry, act: DutyAct, by: User, **facts: Any) -> UpdateDuty:
    return written(entry.duty, act, by, resource=entry.resource, **facts)


def _answered(
    resource: Resource,
    end: EntryState,
    since: tuple[EntryState, ...],
    act: DutyAct,
    by: User,
) -> None:
    at = timezone.now()
    for entry in _concerned(resource, since):
        entry.state = end
        entry.received_at = entry.received_at or at
        entry.answered_at = at
        entry.save(update_fields=["state", "received_at", "answered_at"])
        deadlines.meet_review(entry=entry, at=at)
        _moved(entry, act, by)


def _concerned(resource: Resource, states: tuple[EntryState, ...]) -> Iterator[UpdateDutyEntry]:
    """The entry's part in each open duty, the duty locked; most entries have none."""
    concerned = UpdateDutyEntry.objects.filter(resource=resource, state__in=states)
    duties = list(concerned.order_by("duty_id").values_list("duty_id", flat=True))
    for duty_id in duties:
        duty = held(duty_id).duty
        entry = concerned.filter(duty=duty).first()
        if entry is not None:
            entry.duty, entry.resource = duty, resource
            yield entry


def _lock(resource: Resource) -> None:
    """Wait for whoever submits or reviews the entry at this moment."""
    list(Resource.objects.select_for_update().filter(pk=resource.pk).values_list("pk"))


def _is_new(duty: UpdateDuty, resource: Resource) -> bool:
    """Whether the entry is the new one: it was in no catalogue before the change."""
    before = ResourceStep.objects.filter(
        resource=resource, move=Move.PUBLISH, at__lt=duty.begins_at
    )
    return duty.needs_new_entry and not before.exists()


def _count_past(entry: UpdateDutyEntry) -> bool:
    """Count what was submitted since the change; return whether anything was."""
    duty, resource = entry.duty, entry.resource
    resource.refresh_from_db(fields=["state"])
    steps = dict(
        ResourceStep.objects.filter(resource=resource, at__gte=duty.begins_at)
        .order_by("at", "pk")
        .values_list("move", "at")
    )
    received = steps.get(Move.APPROVE) or steps.get(Move.WITHDRAW)
    if received is None:
        return False
    entry.received_at = received
    match resource.state:
        case ResourceState.COMPETENT_REVIEW:
            entry.state = EntryState.RECEIVED
            deadlines.start_review(entry=entry, received_at=received)
        case ResourceState.PUBLISHED if Move.PUBLISH in steps:
            entry.state, entry.answered_at = EntryState.PUBLISHED, steps[Move.PUBLISH]
            deadlines.start_review(entry=entry, received_at=received)
            deadlines.meet_review(entry=entry, at=steps[Move.PUBLISH])
        case ResourceState.WITHDRAWN:
            entry.state, entry.answered_at = EntryState.WITHDRAWN, received
        case _:
            entry.state = EntryState.RETURNED
    entry.save(update_fields=["state", "received_at", "answered_at"])
    return True
