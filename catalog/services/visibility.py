"""Grants on entries, to departments' groups only, and their projection in the same transaction.

Agreements call `grant_pull` and `take_back_pull`: what they grant is what the data plane asks.
"""

from django.db import transaction
from django.utils.translation import gettext as _
from guardian.shortcuts import assign_perm, remove_perm

from audit.services import record
from catalog.models import Resource, ResourceState
from catalog.projection import project
from catalog.services.audience import audience_of_entry
from catalog.workflow import locked, wrong_state
from portal.common.errors import Invalid
from portal.organisation.models import Department, User

__all__ = ["grant", "grant_pull", "project", "revoke", "take_back_pull"]

GRANTABLE = frozenset({"view_resource", "pull_resource"})


@transaction.atomic
def grant(codename: str, *, resource: Resource, department: Department, by: User | None) -> None:
    """Let a department's people and systems do `codename` with the entry; once is enough.

    The caller has decided that it may be; `by` is None when the portal acts.
    """
    _check(codename, resource, department)
    held = locked(resource.pk)
    if _holds(codename, held, department):
        return
    assign_perm(codename, department.group, held)
    project(held)
    record(
        actor=by,
        action="catalog.resource.grant",
        target=held,
        codename=codename,
        department=department.name,
    )


@transaction.atomic
def revoke(codename: str, *, resource: Resource, department: Department, by: User | None) -> None:
    """Take the right back; nothing happens when there was none."""
    _check(codename, resource, department)
    held = locked(resource.pk)
    if not _holds(codename, held, department):
        return
    remove_perm(codename, department.group, held)
    project(held)
    record(
        actor=by,
        action="catalog.resource.revoke",
        target=held,
        codename=codename,
        department=department.name,
    )


@transaction.atomic
def grant_pull(*, resource: Resource, department: Department, by: User | None) -> None:
    """Let a department draw the entry's rows, and see the entry whatever becomes of it."""
    held = locked(resource.pk)
    if held.state != ResourceState.PUBLISHED:
        raise wrong_state(held)
    for codename in ("pull_resource", "view_resource"):
        grant(codename, resource=held, department=department, by=by)


@transaction.atomic
def take_back_pull(*, resource: Resource, department: Department, by: User | None) -> None:
    """The end of `grant_pull`; who is of the entry's stated audience goes on seeing it."""
    revoke("pull_resource", resource=resource, department=department, by=by)
    held = locked(resource.pk)
    if department.group_id not in audience_of_entry(held):
        revoke("view_resource", resource=held, department=department, by=by)


def _holds(codename: str, resource: Resource, department: Department) -> bool:
    held = Resource.objects.granted(department.group_id, codename)
    return held.filter(pk=resource.pk).exists()


def _check(codename: str, resource: Resource, department: Department) -> None:
    if codename not in GRANTABLE:
        raise ValueError(f"{codename} is not granted to departments")
    if department.pk == resource.department_id:
        raise Invalid(_("The provider needs no grant on its own entry."))
