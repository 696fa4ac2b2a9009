"""Templates of terms as a person finds them: what holds in their region, and the versions of it."""

from dataclasses import dataclass

from catalog.models import SharingAttribute
from portal.common.text import Text
from portal.organisation.models import Region, User
from sharing.models import TermsTemplate
from sharing.templates_in_force import KINDS, newest, terms_for
from sharing.terms import UsualTerms


@dataclass(frozen=True, slots=True)
class TemplatePage:
    """`latest` is None where the portal's usual terms hold; `own_number` is 0 without an own one."""

    kind: str
    label: Text
    terms: UsualTerms
    latest: TermsTemplate | None
    versions: list[TermsTemplate]
    own_number: int
    region: Region


def template_pages(user: User) -> list[TemplatePage]:
    return [_page(user, kind) for kind in KINDS]


def template_page(user: User, kind: str) -> TemplatePage | None:
    """None where there is no such sharing type, or nothing is shared under it."""
    return _page(user, kind) if kind in KINDS else None


def _page(user: User, kind: str) -> TemplatePage:
    region = user.department.region
    latest = newest(region, kind)
    versions: list[TermsTemplate] = []
    if latest is not None:
        versions = list(
            TermsTemplate.objects.filter(region=latest.region, sharing_attribute=kind)
            .select_related("made_by__department")
            .order_by("-number")
        )
    is_own = latest is not None and latest.region_id == region.pk
    return TemplatePage(
        kind=kind,
        label=SharingAttribute(kind).label,
        terms=terms_for(user.department, kind),
        latest=latest,
        versions=versions,
        own_number=latest.number if latest is not None and is_own else 0,
        region=region,
    )
