"""Who keeps the standards library and the classification tree."""

from django.utils.translation import gettext_lazy as _

from catalog.parties import Party
from portal.common.decisions import ALLOWED, Decision, denied
from portal.organisation.models import Department, DutyKind, Region


def may_keep_standards(party: Party) -> Decision:
    """Officers of the competent department that has none above it on this portal.

    There is one library for all (Decree 809, Art. 6, 12): what a city's officer changed in it would
    bind the province.
    """
    department = party.department
    if department is None or not (
        department.is_competent and party.has_duty(DutyKind.COMPETENT_OFFICER)
    ):
        return denied(
            _("Officers of the competent department keep the standards and the classification.")
        )
    above = _regions_above(department.region_id)
    if Department.objects.filter(region__in=above, is_competent=True, is_active=True).exists():
        return denied(
            _("One library serves all: officers of the superior competent department keep it.")
        )
    return ALLOWED


def _regions_above(region: int) -> list[int]:
    """From the region's parent up to the nation: at most five steps."""
    found: list[int] = []
    above = Region.objects.filter(pk=region).values_list("parent", flat=True).first()
    while above is not None:
        found.append(above)
        above = Region.objects.filter(pk=above).values_list("parent", flat=True).first()
    return found
