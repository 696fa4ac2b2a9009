"""Which template of terms holds where: the nearest region's newest version."""

from dataclasses import fields

from catalog.models import SharingAttribute
from portal.organisation.models import Department, Region
from sharing.models import TermsTemplate
from sharing.terms import UsualTerms, usual_terms

# What agreements are made on.
KINDS = (SharingAttribute.UNCONDITIONAL, SharingAttribute.CONDITIONAL)


def newest(region: Region, sharing_attribute: str) -> TermsTemplate | None:
    """What holds in the region: its own newest version, or that of the nearest region above."""
    place: Region | None = region
    while place is not None:
        found = (
            TermsTemplate.objects.filter(region=place, sharing_attribute=sharing_attribute)
            .select_related("region", "made_by__department")
            .order_by("-number")
            .first()
        )
        if found is not None:
            return found
        place = place.parent
    return None


def terms_for(provider: Department, sharing_attribute: str) -> UsualTerms:
    """What an agreement on such a resource of the provider begins with."""
    found = newest(provider.region, sharing_attribute)
    if found is None:
        return usual_terms()
    return UsualTerms(**{one.name: getattr(found, one.name) for one in fields(UsualTerms)})
