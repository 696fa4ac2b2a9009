"""Every refusal of a page or an act to somebody who is known, as an entry of the trail.

Recorded when the answer is made, outside of whatever the refusal rolled back. Calls for rows, sign-ins
and looks at the trail record their refusals themselves, with more to say: where they did, nothing is added.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

import structlog
from django.apps import apps
from django.db import connection, transaction
from django.db.models import Manager, Model
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from audit import related
from audit.identity import ANONYMOUS, Identity, Kind, identity_of
from audit.models import Entry, RepeatedDenial, Result
from audit.services import noting_denials, record
from portal.common import refusals
from portal.common.http import page_name

FORBIDDEN, MISSING = 403, 404
LONGEST = 300
A_MINUTE = timedelta(minutes=1)
# What one round of counting takes up at most; the next one is a minute away.
AT_ONCE = 1_000

# In one statement, since a row may be counted and gone between two.
COUNT = """
INSERT INTO audit_repeateddenial (key, minute, times) VALUES (%s, %s, 0)
ON CONFLICT (minute, key) DO UPDATE SET times = audit_repeateddenial.times + 1
RETURNING id, times
"""


@dataclass(frozen=True, slots=True)
class Denial:
    """`target` is None where the address names nothing, or the asker may not know what it names."""

    action: str
    target: Model | None
    data: dict[str, Any]

    def key(self, who: Identity) -> str:
        """The same for the same refusal to the same person or system."""
        told = [who.kind, who.id, *(str(self.data[name]) for name in ("method", "path", "code"))]
        return hashlib.sha256("\n".join(told).encode("utf-8", "surrogatepass")).hexdigest()


class DenialMiddleware:
    """Inside of what says who asks and by which request id, outside of everything that refuses."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with refusals.listening() as heard, noting_denials() as noted:
            answer = self.get_response(request)
        denial = _denial(request, answer, heard)
        if denial is not None:
            who = identity_of(heard.caller or request.user)
            # One that an act recorded is gone when the act rolled back.
            if who != ANONYMOUS and not Entry.objects.filter(pk__in=noted).exists():
                note(denial, who)
        return answer


def _denial(request: HttpRequest, answer: HttpResponse, heard: refusals.Heard) -> Denial | None:
    """What was refused by this answer, if anything was."""
    place = request.resolver_match
    asked = {
        "method": str(request.method),
        "path": request.path[:LONGEST],
        "page": page_name(request),
        "status": answer.status_code,
    }
    if heard.code or answer.status_code == FORBIDDEN:
        reason = " ".join(dict.fromkeys(map(str, heard.reasons)))[:LONGEST]
        target = related.addressed(place.route, place.kwargs) if place else None
        code = heard.code or "forbidden"
        return Denial("audit.access.deny", target, {**asked, "code": code, "reason": reason})
    if answer.status_code == MISSING and place is not None and place.kwargs:
        return Denial("audit.access.miss", None, {**asked, "code": "not_found"})
    return None


@transaction.atomic
def note(denial: Denial, who: Identity) -> None:
    """Record the refusal; the same one again within its minute is counted, for `count_repeated`."""
    minute = timezone.now().replace(second=0, microsecond=0)
    with connection.cursor() as cursor:
        cursor.execute(COUNT, [denial.key(who), minute])
        count, times = cursor.fetchone() or (0, 0)
    if times:
        return
    entry = record(
        actor=who,
        action=denial.action,
        target=denial.target,
        result=Result.DENIED,
        **denial.data,
    )
    RepeatedDenial.objects.filter(pk=count).update(entry=entry.pk)


@transaction.atomic(durable=True)
def count_repeated(*, now: datetime | None = None) -> int:
    """Make entries of what was counted in the minutes that are over; how many. Twice at once, each counts
    its own.
    """
    over = (now or timezone.now()) - 2 * A_MINUTE
    counts = list(
        RepeatedDenial.objects.select_for_update(skip_locked=True)
        .filter(minute__lte=over)
        .order_by("pk")[:AT_ONCE]
    )
    repeated = [one for one in counts if one.times]
    firsts = Entry.objects.in_bulk([one.entry for one in repeated])
    for one in repeated:
        _repeated(firsts[one.entry], one.times)
    RepeatedDenial.objects.filter(pk__in=[one.pk for one in counts]).delete()
    return len(repeated)


def _repeated(first: Entry, times: int) -> None:
    """As of the same person, place and thing; `times` of it come on top of the first."""
    who = Identity(
        kind=cast(Kind, first.actor_kind),
        id=first.actor_id,
        name=first.actor_name,
        department_id=first.department_id,
        department=first.department_name,
    )
    with structlog.contextvars.bound_contextvars(ip=first.ip, request_id=first.request_id):
        record(
            actor=who,
            action="audit.access.repeat",
            target=_target_of(first),
            result=Result.DENIED,
            **{**first.data, "entry": first.pk, "times": times},
        )


def _target_of(entry: Entry) -> Model | None:
    if not entry.target_type:
        return None
    held: Manager[Model] = apps.get_model(entry.target_type)._base_manager
    return held.filter(pk=entry.target_id).first()
