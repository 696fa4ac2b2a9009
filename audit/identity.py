"""Who acted, as plain columns: the trail knows no app above it."""

from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["person", "system", "portal", "anonymous"]


@dataclass(frozen=True, slots=True)
class Identity:
    """A person, an information system, or the portal itself, as it was called when it acted."""

    kind: Kind
    id: str
    name: str
    department_id: int | None
    department: str


PORTAL = Identity(kind="portal", id="", name="portal", department_id=None, department="")
ANONYMOUS = Identity(kind="anonymous", id="", name="anonymous", department_id=None, department="")


def identity_of(actor: Any | None) -> Identity:
    """`actor` as the trail keeps it: None is the portal, somebody not signed in is anonymous.

    Everybody else brings an `audit_identity`; an `Identity` is taken as it is.
    """
    if actor is None:
        return PORTAL
    if isinstance(actor, Identity):
        return actor
    if getattr(actor, "is_anonymous", False):
        return ANONYMOUS
    identity = actor.audit_identity
    if not isinstance(identity, Identity):
        raise TypeError(f"{type(actor).__name__}.audit_identity is no Identity")
    return identity
