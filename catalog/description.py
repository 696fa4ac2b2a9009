"""What an entry states, line by line, in the words of its pages."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from catalog.models import NationalGrade, Resource, SharingAttribute, SharingMode, Visibility
from catalog.selectors.resources import ResourcePage
from portal.common.text import Text


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a summary list. `place` is the control of the form where it is corrected."""

    name: Text
    value: Text
    place: str = ""
    whole: bool = False
    change_url: str = ""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is told of an entry that other tables know: names behind its keys and codes."""

    classification: str = ""
    spatial: str = ""
    audience: Sequence[str] = ()


def around(page: ResourcePage) -> Surroundings:
    return Surroundings(page.classification, page.spatial, page.audience)


def description(
    resource: Resource, known: Surroundings | None = None, *, change_url: str = ""
) -> list[Row]:
    """What every reader is told of the data.

    With `change_url` each line can be corrected there, and lines that state nothing are shown too.
    """
    known = known or Surroundings()
    rows = [
        *_name(resource, is_asked=bool(change_url)),
        *_kind(resource, known),
        *_sharing(resource),
        *_opening(resource, known),
        *_origin(resource, known),
    ]
    if not change_url:
        needed = {"abstract", "classification", "sharing_scope", "sharing_purpose"}
        return [row for row in rows if row.value or row.place in needed]
    return [
        Row(row.name, row.value, row.place, row.whole, f"{change_url}#id_{row.place}")
        for row in rows
    ]


def basis(resource: Resource) -> str:
    """What bars sharing, in one line."""
    if not resource.basis_title:
        return ""
    return pgettext("legal basis: kind, title, article", "%(kind)s: %(title)s, %(article)s") % {
        "kind": resource.get_basis_kind_display(),
        "title": resource.basis_title,
        "article": resource.basis_article,
    }


def _name(resource: Resource, *, is_asked: bool) -> Iterator[Row]:
    if is_asked:
        yield Row(_("Name"), resource.name, "name", whole=True)
    yield Row(_("Abstract"), resource.abstract, "abstract", whole=True)
    yield Row(_("English name"), resource.name_en, "name_en", whole=True)
    yield Row(_("Tags"), _(", ").join(resource.tags), "tags", whole=True)


def _kind(resource: Resource, known: Surroundings) -> Iterator[Row]:
    yield Row(_("Resource class"), resource.get_resource_class_display(), "resource_class")
    classification = " ".join(filter(None, (known.classification, resource.classification)))
    yield Row(_("Classification"), classification, "classification")
    yield Row(_("Data format"), resource.get_data_format_display(), "data_format")
    yield Row(_("Update frequency"), resource.get_update_frequency_display(), "update_frequency")
    yield Row(_("Grade"), resource.get_grade_display(), "grade")
    if resource.national_grade != NationalGrade.GENERAL:
        yield Row(_("National grade"), resource.get_national_grade_display(), "national_grade")


def _sharing(resource: Resource) -> Iterator[Row]:
    yield Row(_("Sharing attribute"), resource.get_sharing_attribute_display(), "sharing_attribute")
    if resource.sharing_attribute != SharingAttribute.NOT_SHARED:
        words = _(", ").join(str(SharingMode(mode).label) for mode in resource.sharing_modes)
        yield Row(_("Sharing modes"), words, "sharing_modes")
    match resource.sharing_attribute:
        case SharingAttribute.UNCONDITIONAL:
            words = _("none: for all departments")
            yield Row(_("Conditions of use"), words, "sharing_scope", whole=True)
        case SharingAttribute.CONDITIONAL:
            for place, name in (
                ("sharing_scope", _("Sharing scope")),
                ("sharing_purpose", _("Purpose of use")),
                ("sharing_conditions", _("Other conditions")),
            ):
                yield Row(name, getattr(resource, place), place, whole=True)
        case SharingAttribute.NOT_SHARED:
            reason = resource.not_shared_reason
            yield Row(_("Reason for not sharing"), reason, "not_shared_reason", whole=True)
            yield Row(_("Basis"), basis(resource), "basis_title", whole=True)


def _opening(resource: Resource, known: Surroundings) -> Iterator[Row]:
    if resource.visibility != Visibility.DEPARTMENTS:
        words = str(resource.get_visibility_display())
        if known.audience:
            words = pgettext("visibility: which departments", "%(kind)s: %(names)s") % {
                "kind": words,
                "names": _(", ").join(known.audience),
            }
        yield Row(_("Visibility"), words, "visibility", whole=True)
    words = _("yes") if resource.is_open else _("no")
    if resource.is_open and resource.open_conditions:
        words = resource.open_conditions
    yield Row(_("Open to the public"), words, "is_open")


def _origin(resource: Resource, known: Surroundings) -> Iterator[Row]:
    source: Any = resource.source_department
    yield Row(_("Source department"), source.name if source else "", "source_department_id")
    yield Row(_("Source system"), resource.source_system, "source_system")
    yield Row(
        _("Legal basis of collection"), resource.collection_basis, "collection_basis", whole=True
    )
    spatial = " ".join(filter(None, (known.spatial, resource.spatial_code)))
    yield Row(_("Spatial cover"), spatial, "spatial_code")
    yield Row(_("Time covered"), _span(resource), "temporal_from")


def _span(resource: Resource) -> str:
    begins, ends = resource.temporal_from, resource.temporal_to
    if begins and ends:
        return _("%(begins)s to %(ends)s") % {"begins": begins, "ends": ends}
    if begins:
        return _("from %(begins)s") % {"begins": begins}
    return _("until %(ends)s") % {"ends": ends} if ends else ""
