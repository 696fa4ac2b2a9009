"""Harvests of other portals' catalogues: started by a steward, carried out by a worker.

`execute` may be called any number of times and beside itself: one lock a source, and a state that
only the end of the one transaction moves in which everything is written. A worker that dies leaves
a state that says it is under way and a lock that nobody holds; `left_behind` finds it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from celery import current_app
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from audit.services import record
from catalog.models import HARVEST_UNDER_WAY, Harvest, HarvestState, Resource, Source
from catalog.permissions import may_create
from catalog.services import harvest_writing
from catalog.services.run_notices import tell_of_failed_harvest
from catalog.sources import lock
from catalog.sources.connector import place_of
from catalog.sources.failures import SourceFailure
from catalog.sources.kinds import kind_of
from catalog.sources.permissions import may_manage
from catalog.standards import classification
from portal.common.errors import DomainError, Invalid, WrongState
from portal.organisation.models import User

TASK = "catalog.harvest"
MOST_ATTEMPTS = 3
STATED = {"resource_class", "classification", "sharing_attribute", "grade"}
LOST_AFTER = timedelta(minutes=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class HarvestPlan:
    """What new drafts get that no other portal can say."""

    resource_class: str
    classification: str
    sharing_attribute: str
    grade: str
    brings_removed: bool = False


@transaction.atomic
def start_harvest(*, source: Source, plan: HarvestPlan, by: User) -> Harvest:
    """Queue a walk through the source's catalogue. Drafts come of it, and nothing else."""
    _check_rights(source, by)
    held = Source.objects.select_for_update(of=("self",)).get(pk=source.pk)
    if not kind_of(held.kind).walk:
        raise WrongState(_("Sources of this kind describe no datasets."))
    if held.harvests.filter(state__in=HARVEST_UNDER_WAY).exists():
        raise WrongState(_("A harvest of this source is under way already."))
    made = Harvest(
        source=held,
        by=by,
        language=translation.get_language() or settings.LANGUAGE_CODE,
        resource_class=plan.resource_class,
        classification=plan.classification.strip(),
        sharing_attribute=plan.sharing_attribute,
        grade=plan.grade,
        brings_removed=plan.brings_removed,
    )
    _check(made)
    return _queue(made)


@transaction.atomic
def start_again(*, source: Source, by: User) -> Harvest | None:
    """Queue what the schedule asks for: the last harvest once more, with the rights of `by`.

    None while one is under way. Removed drafts do not come again by themselves. The caller holds the
    source's row; whether `by` still has the rights is asked by the worker, so that it is told.
    """
    last = source.harvests.first()
    if last is None or last.is_under_way or not kind_of(source.kind).walk:
        return None
    again = {name: getattr(last, name) for name in ("language", *sorted(STATED))}
    return _queue(Harvest(source=source, by=by, is_scheduled=True, **again))


def execute(*, harvest_id: int) -> None:
    """Walk, then write all of it or nothing; does nothing when another one is at it or it has ended."""
    source_id = Harvest.objects.values_list("source", flat=True).get(pk=harvest_id)
    with lock.held(source_id, kind=lock.HARVESTS) as is_ours:
        if not is_ours:
            return
        begun = _begin(harvest_id)
        if begun is None:
            return
        with translation.override(begun.language):
            try:
                _check_rights(begun.source, begun.by)
                walked = kind_of(begun.source.kind).walked(
                    place_of(begun.source), lambda count: _seen(harvest_id, count)
                )
                harvest_writing.write(harvest_id=harvest_id, walked=walked)
            except SourceFailure as failure:
                _fail(harvest_id, failure.code, dict(failure.data))
            except DomainError as refusal:
                _fail(harvest_id, "harvest_refused", {"why": str(refusal.message)})


@transaction.atomic
def left_behind(*, now: datetime, lost_after: timedelta = LOST_AFTER) -> list[int]:
    """Harvests whose message was lost or whose worker died, marked as sent now."""
    found = list(
        Harvest.objects.select_for_update(of=("self",), skip_locked=True)
        .filter(state__in=HARVEST_UNDER_WAY, sent_at__lte=now - lost_after)
        .exclude(source__in=lock.held_now(kind=lock.HARVESTS))
        .values_list("pk", flat=True)
    )
    Harvest.objects.filter(pk__in=found).update(sent_at=now)
    return found


def _check_rights(source: Source, by: User) -> None:
    may_manage(by, source.department_id).enforce()
    may_create(by).enforce()


def _queue(made: Harvest) -> Harvest:
    made.save()
    record(
        actor=None if made.is_scheduled else made.by,
        action="catalog.harvest.start",
        target=made,
        source=made.source_id,
        classification=f"{made.resource_class}{made.classification}",
        brings_removed=made.brings_removed,
    )
    _send(made.pk)
    return made


def _check(made: Harvest) -> None:
    fields: Mapping[str, Sequence[str]] = {}
    try:
        made.clean_fields(exclude={one.name for one in Harvest._meta.fields} - STATED)
    except ValidationError as wrong:
        fields = wrong.message_dict
    if not fields:
        described = Resource(resource_class=made.resource_class, classification=made.classification)
        fields = classification.fault_of_entry(described)
    if fields:
        raise Invalid(_("The input has errors."), fields=fields)


def _send(harvest_id: int) -> None:
    def send() -> None:
        current_app.send_task(TASK, args=[harvest_id])

    # A broker that is away must not fail what is committed: the sweep sends it again.
    transaction.on_commit(send, robust=True)


@transaction.atomic
def _begin(harvest_id: int) -> Harvest | None:
    held = harvest_writing.locked(harvest_id)
    if not held.is_under_way:
        return None
    if held.attempt >= MOST_ATTEMPTS:
        _end_as_failed(held, "broken_off", {})
        return None
    held.state = HarvestState.WALKING
    held.attempt += 1
    held.found = 0
    held.save(update_fields=["state", "attempt", "found"])
    return held


def _seen(harvest_id: int, count: int) -> None:
    Harvest.objects.filter(pk=harvest_id).update(found=count)


@transaction.atomic
def _fail(harvest_id: int, code: str, data: dict[str, str | int]) -> None:
    _end_as_failed(harvest_writing.locked(harvest_id), code, data)


def _end_as_failed(held: Harvest, code: str, data: dict[str, str | int]) -> None:
    held.state = HarvestState.FAILED
    held.finished_at = timezone.now()
    held.failure_code, held.failure_data = code, data
    held.save()
    record(actor=None, action="catalog.harvest.fail", target=held, result="failed", failure=code)
    tell_of_failed_harvest(held)
