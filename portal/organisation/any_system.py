"""An information system whose keys come with the call, for querysets that are composed once.

Systems alone: no system has a duty, so what a queryset asks of one in Python is what is in its shape.
"""

from typing import TypeVar

from django.db.models import Model

from portal.common.composed import Placeholder

from .models import Department, InformationSystem

M = TypeVar("M", bound=Model)


def any_system(*, is_active: bool, is_competent: bool) -> InformationSystem:
    """It has no more than what stands here: whatever else is asked of it fails, as no key is known."""
    department = _with(
        Department,
        id=Placeholder("department"),
        group_id=Placeholder("group"),
        region_id=Placeholder("region"),
        is_competent=is_competent,
    )
    system = _with(
        InformationSystem,
        id=Placeholder("system"),
        department_id=Placeholder("department"),
        is_active=is_active,
    )
    system.department = department
    return system


def _with(model: type[M], **known: object) -> M:
    """One that was read with these fields only; `from_db` takes them in the model's order."""
    names = [one.attname for one in model._meta.concrete_fields if one.attname in known]
    return model.from_db(None, names, [known[name] for name in names])


def shape_of(system: InformationSystem) -> tuple[bool, bool]:
    return system.is_active, system.department.is_competent


def values_of(system: InformationSystem) -> dict[str, int]:
    department = system.department
    return {
        "system": system.pk,
        "department": department.pk,
        "group": department.group_id,
        "region": department.region_id,
    }
