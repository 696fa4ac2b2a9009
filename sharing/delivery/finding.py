"""The agreement that a call names, as far as its caller sees it, and whether the right to draw is held.

One statement for both, so that they are of one moment. It is composed from the querysets that say who
sees which agreements and who holds which right; for systems once (`portal.common.composed`).
"""

from dataclasses import dataclass
from typing import Any

from django.db.models import CharField, Exists, Expression, OuterRef

from catalog.models import Resource
from portal.common.composed import Composed, Placeholder
from portal.organisation.any_system import any_system, shape_of, values_of
from portal.organisation.models import InformationSystem, User
from sharing import permissions
from sharing.models import Agreement
from sharing.querysets import AgreementQuerySet

# Of a resource a call reads these; its texts and their index would come along with each page of rows.
OF_THE_RESOURCE = {"id", "name", "department", "row_count", "rows_changed_at"}
NOT_READ = [
    f"resource__{field.name}"
    for field in Resource._meta.concrete_fields
    if field.name not in OF_THE_RESOURCE
]


@dataclass(frozen=True, slots=True)
class Found:
    """`holds_right` is whether the caller has the right to draw the agreement's resource."""

    agreement: Agreement
    holds_right: bool


def named(number: str | Expression) -> AgreementQuerySet:
    """Whoever asks; with what a call reads of its resource."""
    found: AgreementQuerySet = Agreement.objects.filter(number=number)
    return found.select_related("resource").defer(*NOT_READ)


def asked(number: str | Expression, party: User | InformationSystem) -> AgreementQuerySet:
    """The agreement of that number, if the party sees it, with `holds_right`."""
    right = permissions.held(party).filter(pk=OuterRef("resource"))
    return named(number).permitted(party).annotate(holds_right=Exists(right)).order_by()


def _by_system(is_active: object, is_competent: object) -> AgreementQuerySet:
    system = any_system(is_active=bool(is_active), is_competent=bool(is_competent))
    return asked(Placeholder("number", CharField()), system)


BY_SYSTEM = Composed[Agreement](_by_system)


def seen(number: str, party: User | InformationSystem) -> Found | None:
    """What is found of it now."""
    rows: Any = (
        BY_SYSTEM.rows(*shape_of(party), number=number, **values_of(party))
        if isinstance(party, InformationSystem)
        else asked(number, party)
    )
    return next((Found(one, one.holds_right) for one in rows), None)
