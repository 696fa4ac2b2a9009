"""Whom an entry can name: departments and regions, as choices of a form and in words."""

from collections.abc import Sequence

from catalog.models import Resource
from portal.organisation.models import Department, Region

Choices = list[tuple[int, str]]


def audience_choices() -> tuple[Choices, Choices]:
    """Active departments by region, and all regions that have some; two queries."""
    departments = Department.objects.filter(is_active=True).order_by("region__code", "name")
    regions = Region.objects.filter(code__regex=r"^[0-9]{6}$").order_by("code")
    return (
        list(departments.values_list("pk", "name")),
        [
            (key, f"{name} ({code})")
            for key, name, code in regions.values_list("pk", "name", "code")
        ],
    )


def divisions() -> Sequence[tuple[str, str]]:
    """Codes and names of the portal's own divisions, to choose a spatial cover from."""
    return list(Region.objects.order_by("code").values_list("code", "name")[:3500])


def audience_in_words(resource: Resource) -> list[str]:
    """The names of the regions and departments that an entry lists."""
    regions = Region.objects.filter(pk__in=resource.audience_regions)
    departments = Department.objects.filter(pk__in=resource.audience_departments)
    return [
        *regions.order_by("code").values_list("name", flat=True),
        *departments.order_by("region__code", "name").values_list("name", flat=True),
    ]


def division_name(code: str) -> str:
    """The name of a division of the portal's own; empty when it is none of them."""
    if not code:
        return ""
    padded = code.ljust(6, "0") if len(code) < 6 else code
    names = Region.objects.filter(code=padded).values_list("name", flat=True)
    return next(iter(names), "")
