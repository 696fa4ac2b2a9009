"""Outside places that keep the heads of the trail, so that nobody can rebuild it unseen.

Which there are is said by the environment, not by the database that they watch over. Each is given
every head, in order, and what it missed while it was away.
"""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import structlog
from django.conf import settings
from django.db import connection
from django.utils import timezone

from audit.models import TreeHead, WitnessState
from audit.witness_kinds import (
    Away,
    FileWitness,
    Forked,
    PortalWitness,
    SyslogWitness,
    WebhookWitness,
    Witness,
)

logger = structlog.get_logger(__name__)

AT_ONCE = 500
LOCK = "SELECT pg_try_advisory_lock('audit_witnessstate'::regclass::oid::int, hashtext(%s))"
UNLOCK = "SELECT pg_advisory_unlock('audit_witnessstate'::regclass::oid::int, hashtext(%s))"


def configured() -> list[Witness]:
    found: list[Witness] = []
    if settings.AUDIT_WITNESS_FILE:
        found.append(FileWitness(Path(settings.AUDIT_WITNESS_FILE)))
    if settings.AUDIT_WITNESS_WEBHOOK:
        found.append(WebhookWitness(settings.AUDIT_WITNESS_WEBHOOK, settings.AUDIT_WITNESS_SECRET))
    if settings.AUDIT_WITNESS_PORTAL:
        found.append(
            PortalWitness(settings.AUDIT_WITNESS_PORTAL, settings.AUDIT_WITNESS_PORTAL_KEY)
        )
    if settings.AUDIT_WITNESS_SYSLOG:
        found.append(SyslogWitness(settings.AUDIT_WITNESS_SYSLOG))
    return found


def push() -> None:
    """Give every witness what it misses. One that fails holds up no other."""
    for witness in configured():
        with _alone(witness) as held:
            if held:
                _push(witness)


def _push(witness: Witness) -> None:
    state, _made = WitnessState.objects.get_or_create(name=witness.name)
    try:
        before = _before(witness, state)
        while heads := list(
            TreeHead.objects.filter(number__gt=before.number if before else 0).order_by("number")[
                :AT_ONCE
            ]
        ):
            witness.give(heads, before=before)
            before = heads[-1]
            _settle(state, before)
        _settle(state, before)
    except Forked as fork:
        logger.error("audit_witness_forked", witness=witness.name, words=str(fork))
        state.forked, state.error = True, str(fork)[:500]
        state.failing_since = state.failing_since or timezone.now()
        state.save()
    except Away as away:
        logger.warning("audit_witness_away", witness=witness.name, words=str(away))
        state.error = str(away)[:500]
        state.failing_since = state.failing_since or timezone.now()
        state.save()


def _before(witness: Witness, state: WitnessState) -> TreeHead | None:
    """The trail's own head that the witness holds last; what it holds itself counts more than our state.

    Raises `Forked` when the trail has another head of that number, or none.
    """
    held = witness.last()
    number = held.number if held else 0 if witness.answers else state.head
    if held is None and not number:
        return None
    ours = TreeHead.objects.filter(number=number).first()
    if ours is None:
        raise Forked(f"the witness holds head {number}, which this trail does not reach")
    if (held and held.text != ours.facts.text) or (
        not held and bytes(state.hash) != ours.facts.hash
    ):
        raise Forked(f"head {number} of the witness is another than that of this trail")
    return ours


def _settle(state: WitnessState, head: TreeHead | None) -> None:
    if head is None or (state.head == head.number and state.failing_since is None):
        return
    state.head, state.hash, state.at = head.number, head.facts.hash, timezone.now()
    state.failing_since, state.error, state.forked = None, "", False
    state.save()


@contextlib.contextmanager
def _alone(witness: Witness) -> Iterator[bool]:
    """Whether nobody else gives heads to it now. No transaction is open while it is called."""
    with connection.cursor() as cursor:
        cursor.execute(LOCK, [witness.name])
        held = bool((cursor.fetchone() or (False,))[0])
        try:
            yield held
        finally:
            if held:
                cursor.execute(UNLOCK, [witness.name])
