"""The only way into the trail."""

import ipaddress
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import structlog
from django.db import connection, transaction
from django.db.models import Model

from audit import actions, followers
from audit.data import plain, text
from audit.identity import Identity, identity_of
from audit.models import Entry, Result
from portal.common.insertion import Insertion, insertion

logger = structlog.get_logger(__name__)

AT_ONCE = 500

_denials: ContextVar[list[int] | None] = ContextVar("audit_denials", default=None)


def record(
    *,
    actor: Any | None,
    action: str,
    target: Model | None,
    result: str = Result.OK,
    **data: Any,
) -> Entry:
    """Append one entry. Must run in the transaction of the change that it describes.

    `actor` is a person, an information system, or None: the portal itself. `target` is what was
    acted on, saved, or None for an act on nothing in particular. The entry is chained when the
    transaction commits, and is gone without trace when it rolls back. Raises RuntimeError outside a
    transaction, and ValueError for an unregistered action, a secret among `data`, or data that has
    no plain form.
    """
    _in_the_change()
    about = _About(target, Result(result), data)
    entry = Entry.objects.create(**_facts(_checked(action), identity_of(actor), about))
    _tell(entry)
    return entry


def record_many(
    *,
    actor: Any | None,
    action: str,
    acts: Iterable[tuple[Model, dict[str, Any]]],
    result: str = Result.OK,
) -> int:
    """Append an entry an act, in few statements; how many. Each is a target and its data.

    For works that write thousands of things at once. Otherwise as `record`.
    """
    _in_the_change()
    known, who = _checked(action), identity_of(actor)
    end = Result(result)
    made = [Entry(**_facts(known, who, _About(target, end, data))) for target, data in acts]
    Entry.objects.bulk_create(made, batch_size=AT_ONCE)
    if made:
        followers.tell_on_commit(action, frozenset().union(*(one.department_ids for one in made)))
    return len(made)


def record_alone(
    *,
    actor: Any | None,
    action: str,
    target: Model | None,
    result: str = Result.OK,
    **data: Any,
) -> Entry:
    """Append one entry in a transaction of its own: for an act that changes nothing else.

    A denial, a failed sign-in, a look. Raises RuntimeError inside another transaction, whose
    rollback would take the entry with it.
    """
    with transaction.atomic(durable=True):
        return record(actor=actor, action=action, target=target, result=result, **data)


def record_with(
    change: Insertion,
    *,
    actor: Any | None,
    action: str,
    target: Model | None,
    result: str = Result.OK,
    **data: Any,
) -> None:
    """Append one entry by the very statement that makes the change: neither is without the other.

    For an act that inserts one row, at each call: a statement is a transaction by itself, or
    part of the one that it is in. Otherwise as `record`.
    """
    about = _About(target, Result(result), data)
    entry = Entry(**_facts(_checked(action), identity_of(actor), about))
    written = insertion(entry)
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH _change AS ({change.sql}) {written.sql} RETURNING id",
            [*change.values, *written.values],
        )
        (entry.pk,) = cursor.fetchone() or (None,)
    _tell(entry)


@contextmanager
def noting_denials() -> Iterator[list[int]]:
    """The keys of the denials that are recorded within; those of acts that rolled back are among them."""
    keys: list[int] = []
    before = _denials.set(keys)
    try:
        yield keys
    finally:
        _denials.reset(before)


@dataclass(frozen=True, slots=True)
class _About:
    target: Model | None
    result: Result
    data: dict[str, Any]


def _tell(entry: Entry) -> None:
    followers.tell_on_commit(entry.action, frozenset(entry.department_ids))
    noted = _denials.get()
    if noted is not None and entry.result == Result.DENIED:
        noted.append(entry.pk)


def _in_the_change() -> None:
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("audit.record() needs the transaction of the change it records")


def _checked(action: str) -> str:
    if not actions.is_known(action):
        raise ValueError(f"{action!r} is in no app's audit_actions.ACTIONS")
    return action


def _facts(action: str, who: Identity, about: _About) -> dict[str, Any]:
    target = about.target
    if target is not None and target.pk is None:
        raise ValueError("the target has no key: record before its deletion, or after it is saved")
    context = structlog.contextvars.get_contextvars()
    return {
        "actor_kind": who.kind,
        "actor_id": text(who.id),
        "actor_name": text(who.name),
        "department_id": who.department_id,
        "department_name": text(who.department),
        "action": action,
        "target_type": "" if target is None else target._meta.label_lower,
        "target_id": "" if target is None else text(target.pk),
        "target_label": "" if target is None else text(target),
        "department_ids": _departments(who, target),
        "result": about.result,
        "data": plain(about.data),
        "request_id": text(context.get("request_id") or ""),
        "ip": _address(context.get("ip")),
    }


def _departments(who: Identity, target: Model | None) -> list[int]:
    concerned: set[int | None] = {who.department_id, *getattr(target, "audit_department_ids", ())}
    return sorted(department for department in concerned if department is not None)


def _address(ip: Any) -> str | None:
    """The address when it is one. What a proxy passed on as such must not stop the act."""
    if not ip:
        return None
    try:
        return str(ipaddress.ip_address(str(ip).partition("%")[0]))
    except ValueError:
        logger.warning("audit_address_unreadable", ip=str(ip))
        return None
