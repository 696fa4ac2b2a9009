"""Entries, departments, classes and tags in the shapes that CKAN gives to packages and the like.

`base` is the portal's address with a slash at its end.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from catalog.formats.identifiers import (
    GROUP_NAMES,
    GROUPS,
    id_of_department,
    id_of_entry,
    id_of_group,
    id_of_tag,
    id_of_way,
    name_of_code,
    name_of_department,
)
from catalog.formats.ways import Way, ways_of
from catalog.formats.words import label
from catalog.models import (
    DataFormat,
    Grade,
    NationalGrade,
    Resource,
    ResourceClass,
    SharingAttribute,
    SharingMode,
    UpdateFrequency,
)
from portal.organisation.models import Department

Shape = dict[str, Any]


def package(resource: Resource, base: str) -> Shape:
    """An entry. Its "resources" are the ways in which its data is shared; they hold no rows."""
    department = resource.department
    ways = [way_shape(resource, way, base) for way in ways_of(resource)]
    tags = [tag_shape(tag) for tag in sorted(set(resource.tags))]
    return {
        "id": id_of_entry(resource),
        "name": name_of_code(resource.code),
        "title": resource.name,
        "title_translated": {"zh": resource.name, "en": resource.name_en},
        "notes": resource.abstract,
        "author": department.name,
        "author_email": "",
        "maintainer": resource.contact_name or department.work_body,
        "maintainer_email": resource.contact_email,
        "creator_user_id": None,
        "license_id": "notspecified",
        "license_title": "License not specified",
        "isopen": False,
        "metadata_created": written(resource.created_at),
        "metadata_modified": written(resource.updated_at),
        "num_resources": len(ways),
        "num_tags": len(tags),
        "owner_org": id_of_department(department),
        "organization": organization(department),
        "private": not resource.is_open,
        "state": "active",
        "type": "dataset",
        "url": f"{base}catalog/{resource.pk}/",
        "version": str(resource.version),
        "extras": [{"key": key, "value": value} for key, value in _extras(resource).items()],
        "groups": [group(GROUP_NAMES[ResourceClass(resource.resource_class)])],
        "tags": tags,
        "resources": ways,
        "relationships_as_subject": [],
        "relationships_as_object": [],
    }


def way_shape(resource: Resource, way: Way, base: str) -> Shape:
    words = label(SharingMode(way.mode))
    return {
        "id": id_of_way(resource, way.mode),
        "package_id": id_of_entry(resource),
        "name": words["zh"],
        "name_translated": dict(words),
        "description": resource.sharing_conditions,
        "format": way.format,
        "mimetype": way.media_type or None,
        "mimetype_inner": None,
        "url": f"{base}catalog/{resource.pk}/",
        "url_type": None,
        "resource_type": "api" if way.mode == SharingMode.INTERFACE else "file",
        "position": [one.mode for one in ways_of(resource)].index(way.mode),
        "created": written(resource.created_at),
        "last_modified": written(resource.rows_changed_at),
        "metadata_modified": written(resource.updated_at),
        "datastore_active": False,
        "cache_last_updated": None,
        "cache_url": None,
        "hash": "",
        "size": None,
        "state": "active",
    }


def organization(department: Department) -> Shape:
    """A department as a package names it."""
    return {
        "id": id_of_department(department),
        "name": name_of_department(department),
        "title": department.name,
        "type": "organization",
        "description": "",
        "image_url": "",
        "created": None,
        "is_organization": True,
        "approval_status": "approved",
        "state": "active",
    }


def organization_in_full(department: Department, *, entries: int) -> Shape:
    named = organization(department)
    return {
        **named,
        "display_name": named["title"],
        "image_display_url": "",
        "package_count": entries,
        "num_followers": 0,
        "users": [],
        "tags": [],
        "groups": [],
        "extras": [
            {"key": "uscc", "value": department.uscc},
            {"key": "short_name", "value": department.short_name},
            {"key": "region_code", "value": department.region.code},
        ],
    }


def group(name: str) -> Shape:
    """A class of entries as a package names it."""
    title = label(ResourceClass(GROUPS[name]))["zh"]
    return {
        "id": id_of_group(name),
        "name": name,
        "title": title,
        "display_name": title,
        "description": "",
        "image_display_url": "",
    }


def group_in_full(name: str, *, entries: int) -> Shape:
    return {
        **group(name),
        "type": "group",
        "image_url": "",
        "created": None,
        "is_organization": False,
        "approval_status": "approved",
        "state": "active",
        "package_count": entries,
        "num_followers": 0,
        "users": [],
        "tags": [],
        "groups": [],
        "extras": [],
    }


def tag_shape(tag: str) -> Shape:
    return {
        "id": id_of_tag(tag),
        "name": tag,
        "display_name": tag,
        "state": "active",
        "vocabulary_id": None,
    }


def facet(field: str, counts: Mapping[str, int], names: Mapping[str, str]) -> Shape:
    """A facet with words for its values, by these words from the end, as CKAN orders them."""
    items = [
        {"name": value, "display_name": names.get(value, value), "count": number}
        for value, number in counts.items()
    ]
    return {
        "title": field,
        "items": sorted(items, key=lambda one: str(one["display_name"]), reverse=True),
    }


def written(moment: datetime | None) -> str | None:
    """Moments as CKAN writes them: UTC, without saying so."""
    if moment is None:
        return None
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds")


def _extras(resource: Resource) -> dict[str, str]:
    """What CKAN has no field for. All are texts, and those without any are left out."""
    said = {
        "code": resource.code,
        "title_en": resource.name_en,
        "resource_class": label(ResourceClass(resource.resource_class))["zh"],
        "classification": resource.classification,
        "sharing_attribute": resource.sharing_attribute,
        "sharing_attribute_label": label(SharingAttribute(resource.sharing_attribute))["zh"],
        "sharing_scope": resource.sharing_scope,
        "sharing_purpose": resource.sharing_purpose,
        "sharing_conditions": resource.sharing_conditions,
        "not_shared_reason": resource.not_shared_reason,
        "basis": f"{resource.basis_title} {resource.basis_article}".strip(),
        "open_conditions": resource.open_conditions,
        "data_format": resource.data_format,
        "data_format_label": label(DataFormat(resource.data_format))["zh"],
        "update_frequency": resource.update_frequency,
        "update_frequency_label": label(UpdateFrequency(resource.update_frequency))["zh"],
        "grade": resource.grade,
        "grade_label": label(Grade(resource.grade))["zh"],
        "national_grade": label(NationalGrade(resource.national_grade))["zh"],
        "spatial_code": resource.spatial_code,
        "temporal_from": resource.temporal_from.isoformat() if resource.temporal_from else "",
        "temporal_to": resource.temporal_to.isoformat() if resource.temporal_to else "",
        "source_system": resource.source_system,
        "collection_basis": resource.collection_basis,
        "published_at": written(resource.published_at) or "",
        "row_count": "" if resource.row_count is None else str(resource.row_count),
    }
    return {key: value for key, value in said.items() if value}
