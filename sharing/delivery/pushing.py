"""A push into the requester's table (库表交换), carried out: sent, written, reconciled, noted.

`execute` is what a worker does, under a lock that dies with it. The rows, and beside them the push's
number and the cursor after it, are one transaction in the target; the reader's snapshot is held
until its commit, so that an agreement that ends takes the push with it. An attempt that died after
that commit is recognised by the number: the next one delivers nothing anew and writes the receipt.
"""

import random
from contextlib import ExitStack, closing
from datetime import datetime, timedelta

import psycopg
from django.db import transaction
from django.utils import timezone

import audit.services
from audit.models import Result
from catalog.sources import lock
from catalog.sources.failures import SourceFailure
from portal.clocks.models import NoticeKind
from portal.clocks.services.telling import tell
from portal.common.errors import DomainError
from portal.organisation.models import DutyKind
from portal.organisation.selectors import holders
from sharing import outlet, permissions
from sharing.models import (
    PUSHES_UNDER_WAY,
    Agreement,
    PullResult,
    Push,
    PushMode,
    PushState,
    WhyWhole,
)
from sharing.push_words import explain
from sharing.targets.kinds import target_at
from sharing.targets.target import Mark

from . import push_rows
from .pulls import Call, begin_push
from .push_rows import ReaderLostError
from .quotas import PlacesError
from .reader import reading
from .reconciling import differences

MOST_ATTEMPTS = 4
DELAYS = (timedelta(seconds=30), timedelta(minutes=2), timedelta(minutes=10))
SOON = timedelta(seconds=5)
BAD_GATEWAY, UNAVAILABLE = 502, 503
HEALS_HERE = frozenset({"reader_lost", "busy"})


def execute(*, push_id: int) -> datetime | None:
    """Carry the push out; when to try again, None when there is nothing left to do.

    May be called any number of times, and beside itself.
    """
    push = Push.objects.get(pk=push_id)
    with lock.held(push.target_id, kind=lock.PUSHES) as is_ours:
        if not is_ours:
            return timezone.now() + SOON if push.state == PushState.WAITING else None
        return _attempt(push_id)


def _attempt(push_id: int) -> datetime | None:
    push = _begun(push_id)
    if push is None:
        return None
    agreement = push.agreement
    query = f"{push.kind} #{push.count}"
    call: Call | None = None
    try:
        call = begin_push(agreement, into=push.place, query=query)
        _deliver(push, call)
    except SourceFailure as failure:
        return _broken(push, call, failure)
    except (ReaderLostError, psycopg.Error):
        return _broken(push, call, _lost(agreement))
    except DomainError as refusal:
        # The place of an attempt that was killed is free again soon.
        if refusal.status == UNAVAILABLE or isinstance(refusal, PlacesError):
            return _broken(push, call, SourceFailure("busy", reason=str(refusal.message)))
        if call is not None:
            call.deny(refusal)
        ended = permissions.why_ended(Agreement.objects.get(pk=agreement.pk))
        state = PushState.FAILED if ended is None else PushState.STOPPED
        _end(push, state, SourceFailure("refused", reason=str(refusal.message)))
    return None


def _deliver(push: Push, call: Call) -> None:
    agreement = call.agreement
    columns = outlet.columns_of(agreement)
    call.items = [column.name for column in columns]
    with ExitStack() as open_ones:
        there = open_ones.enter_context(target_at(push.target))
        there.prepare(columns, makes_table=push.target.makes_table)
        mark = there.mark(agreement.number)
        found: dict[str, object] | None = None
        compared = there.compared(columns)
        if mark is not None and mark.push == str(push.number):
            call.rows, call.bytes, call.sha256 = mark.rows, mark.bytes, mark.sha256
            held = there.summed(compared)
        else:
            reader = open_ones.enter_context(reading(agreement, is_snapshot=True))
            sent = push_rows.shipment(
                reader,
                agreement,
                there,
                columns=columns,
                mark=mark,
                mode=push.kind,
                why_whole=push.why_whole or _differed_before(push),
            )
            # It waits, in its snapshot, as long as the target writes.
            reader.execute("SET idle_in_transaction_session_timeout = 0")
            call.take(push_rows.counted(reader, sent, agreement), is_export=True)
            push.kind = PushMode.FULL if sent.is_whole else PushMode.CHANGES
            push.why_whole = sent.why_whole
            with closing(push_rows.pieces(reader, sent, call)) as rows:
                there.stage(columns, rows)
            counts = there.merge(columns, is_whole=sent.is_whole)
            call.sha256 = sent.digest.hexdigest()
            mark = Mark(
                str(push.number),
                sent.cursor,
                push.kind,
                call.rows,
                call.bytes,
                call.sha256,
                counts,
                sent.agreed,
            )
            there.keep(agreement.number, mark)
            # Whoever ended the agreement meanwhile has ended this session.
            reader.execute("SELECT 1")
            there.commit()
            held = there.summed(compared)
            if held != sent.agreed:
                found = differences(reader, agreement, there, compared)
        push.found_rows, push.found_checksum = held.rows, held.checksum
        push.is_equal = held == mark.agreed
        push.differences = found or {}
    _delivered(push, mark, call)


def _differed_before(push: Push) -> str:
    before = (
        Push.objects.filter(target=push.target, state=PushState.DELIVERED)
        .order_by("-count")
        .first()
    )
    return WhyWhole.DIFFERED if before is not None and before.is_equal is False else ""


@transaction.atomic
def _begun(push_id: int) -> Push | None:
    """The push, if an attempt begins now. Too many that broke off without an answer end it."""
    push: Push = (
        Push.objects.select_for_update(of=("self",))
        .select_related("agreement__resource", "agreement__request", "target")
        .select_related("agreement__requester", "agreement__provider")
        .get(pk=push_id)
    )
    now = timezone.now()
    if push.state not in PUSHES_UNDER_WAY or (push.next_attempt_at or now) > now:
        return None
    if push.target.removed_at is not None:
        _end(push, PushState.STOPPED, SourceFailure("target_removed"))
        return None
    if push.attempt >= MOST_ATTEMPTS:
        _end(push, PushState.FAILED, SourceFailure("broken_off"))
        return None
    push.state = PushState.RUNNING
    push.attempt += 1
    push.started_at = push.started_at or now
    push.next_attempt_at = None
    push.save(update_fields=["state", "attempt", "started_at", "next_attempt_at"])
    return push


@transaction.atomic
def _delivered(push: Push, mark: Mark, call: Call) -> None:
    """Receipt and note together: a worker that dies before has written neither."""
    push.state = PushState.DELIVERED
    push.kind = mark.kind
    push.finished_at = timezone.now()
    push.rows, push.bytes, push.sha256 = mark.rows, mark.bytes, mark.sha256
    push.inserted = mark.counts.inserted
    push.updated = mark.counts.updated
    push.deleted = mark.counts.deleted
    push.agreed_rows, push.agreed_checksum = mark.agreed.rows, mark.agreed.checksum
    push.failure_code, push.failure_data = "", {}
    push.save()
    call.note(PullResult.OK)
    audit.services.record(
        actor=None,
        action="sharing.push.finish",
        target=push.agreement,
        push=str(push.number),
        place=push.place,
        kind=push.kind,
        rows=push.rows,
        bytes=push.bytes,
        sha256=push.sha256,
        agreed=[push.agreed_rows, push.agreed_checksum],
        found=[push.found_rows, push.found_checksum],
        is_equal=push.is_equal,
    )
    if not push.is_equal:
        _tell(push, NoticeKind.PUSH_DIFFERS)


def _lost(agreement: Agreement) -> SourceFailure:
    """Why the reader's session ended. Waits for who is ending the agreement just now."""
    with transaction.atomic():
        now = Agreement.objects.select_for_update(of=("self",), no_key=True).get(pk=agreement.pk)
    ended = permissions.why_ended(now)
    if ended is not None:
        return SourceFailure("ended", reason=str(ended.reason))
    return SourceFailure("reader_lost")


def _broken(push: Push, call: Call | None, failure: SourceFailure) -> datetime | None:
    """Try again what time may heal; else tell both sides. The target has taken all back."""
    words = explain(failure.code, failure.data)
    if call is not None:
        call.sha256 = ""
        call.note(PullResult.BROKEN, status=BAD_GATEWAY, reason=words.what)
    if failure.code == "ended":
        _end(push, PushState.STOPPED, SourceFailure("refused", **failure.data))
        return None
    heals = failure.heals or failure.code in HEALS_HERE
    if not heals or push.attempt >= MOST_ATTEMPTS:
        _end(push, PushState.FAILED, failure)
        return None
    delay = DELAYS[min(push.attempt, len(DELAYS)) - 1]
    # Targets of one server that came back do not all knock at the same moment.
    again_at = timezone.now() + delay * random.uniform(1, 1.25)  # noqa: S311
    Push.objects.filter(pk=push.pk).update(
        state=PushState.RETRYING,
        next_attempt_at=again_at,
        failure_code=failure.code,
        failure_data=dict(failure.data),
    )
    return again_at


@transaction.atomic
def _end(push: Push, state: PushState, failure: SourceFailure) -> None:
    push.state = state
    push.finished_at = timezone.now()
    push.failure_code, push.failure_data = failure.code, dict(failure.data)
    push.save()
    audit.services.record(
        actor=None,
        action="sharing.push.fail",
        target=push.agreement,
        result=Result.BROKEN,
        push=str(push.number),
        place=push.place,
        state=str(state),
        failure=failure.code,
    )
    _tell(push, NoticeKind.PUSH_FAILED)


def _tell(push: Push, kind: NoticeKind) -> None:
    """Both sides: who asked for the data and their head, and the provider's stewards; once a push."""
    agreement = push.agreement
    people = {
        agreement.request.applicant_id,
        *holders(agreement.requester, DutyKind.WORK_BODY_HEAD).values_list("pk", flat=True),
        *holders(agreement.provider, DutyKind.STEWARD).values_list("pk", flat=True),
    }
    tell(
        people=people,
        kind=kind,
        about=Push._meta.label_lower,
        about_id=push.pk,
        occasion=str(push.count),
    )
