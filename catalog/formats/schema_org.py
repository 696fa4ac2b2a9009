"""An open entry as a schema.org Dataset, for search engines that read its page."""

from typing import Any

from catalog.models import Resource

from .identifiers import name_of_code
from .ways import ways_of
from .words import PORTAL, portal_name


def dataset(resource: Resource, *, base: str) -> dict[str, Any]:
    page = f"{base}catalog/{resource.pk}/"
    told = {
        "@context": "https://schema.org/",
        "@type": "Dataset",
        "@id": f"{page}#dataset",
        "url": page,
        "identifier": resource.code,
        "name": resource.name,
        "alternateName": resource.name_en,
        "description": resource.abstract or resource.name,
        "keywords": list(resource.tags),
        "inLanguage": "zh",
        "isAccessibleForFree": True,
        "conditionsOfAccess": resource.open_conditions,
        "creator": {"@type": "GovernmentOrganization", "name": resource.department.name},
        "publisher": {"@type": "GovernmentOrganization", "name": resource.department.name},
        "dateCreated": resource.created_at.date().isoformat(),
        "dateModified": resource.updated_at.isoformat(),
        "datePublished": resource.published_at.date().isoformat() if resource.published_at else "",
        "temporalCoverage": _time(resource),
        "spatialCoverage": resource.spatial_code,
        "version": str(resource.version),
        "includedInDataCatalog": {
            "@type": "DataCatalog",
            "name": portal_name(PORTAL)["zh"],
            "url": f"{base}catalog/",
        },
        "sameAs": f"{base}api/3/action/package_show?id={name_of_code(resource.code)}",
        "encodingFormat": [way.media_type for way in ways_of(resource) if way.media_type],
    }
    return {name: value for name, value in told.items() if value not in ("", [])}


def _time(resource: Resource) -> str:
    """An interval of ISO 8601; ".." where it is open."""
    if not (resource.temporal_from or resource.temporal_to):
        return ""
    ends = (resource.temporal_from, resource.temporal_to)
    return "/".join(".." if end is None else end.isoformat() for end in ends)
