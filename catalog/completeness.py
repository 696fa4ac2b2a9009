"""What an entry still lacks before it may be submitted (Decree 809, Art. 13 to 15)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from portal.common.text import Text

from .models import (
    Assessment,
    AssessmentKind,
    DataItem,
    NationalGrade,
    Resource,
    SharingAttribute,
    SharingMode,
    Visibility,
)

ROWS_BY = frozenset({SharingMode.INTERFACE, SharingMode.BATCH})


@dataclass(frozen=True, slots=True)
class Gap:
    """One thing to mend: `field` is where, "items" and "assessments" included."""

    field: str
    message: Text


def gaps(
    resource: Resource, items: Sequence[DataItem], assessments: Sequence[Assessment]
) -> list[Gap]:
    """All that is missing or contradicts itself, in the order of the form; empty when complete."""
    return [
        *_description(resource),
        *_attribute(resource),
        *_audience(resource),
        *_opening(resource, items),
        *_items(resource, items),
        *_assessments(assessments),
    ]


def _description(resource: Resource) -> Iterator[Gap]:
    if not resource.abstract:
        yield Gap("abstract", _("Describe in the abstract what the data are about."))


def _attribute(resource: Resource) -> Iterator[Gap]:
    if resource.sharing_attribute == SharingAttribute.UNCONDITIONAL:
        for name in ("sharing_scope", "sharing_purpose", "sharing_conditions"):
            if getattr(resource, name):
                yield Gap(
                    name,
                    _("Unconditional sharing takes no condition (Art. 14): clear this field."),
                )
    if resource.sharing_attribute == SharingAttribute.CONDITIONAL:
        if not resource.sharing_scope:
            yield Gap(
                "sharing_scope", _("State the sharing scope: which departments, for which duties.")
            )
        if not resource.sharing_purpose:
            yield Gap("sharing_purpose", _("State the purpose for which the data may be used."))
    if resource.sharing_attribute == SharingAttribute.NOT_SHARED:
        yield from _basis(resource)
    else:
        if not resource.sharing_modes and resource.national_grade != NationalGrade.CORE:
            yield Gap("sharing_modes", _("Choose at least one sharing mode."))
        for name in ("not_shared_reason", "basis_kind", "basis_title", "basis_article"):
            if getattr(resource, name):
                yield Gap(
                    name,
                    _("This is stated only for data that is not shared: clear this field."),
                )


def _basis(resource: Resource) -> Iterator[Gap]:
    """A law, an administrative regulation or a State Council decision alone bars sharing."""
    if not resource.not_shared_reason:
        yield Gap("not_shared_reason", _("State the reason why the data is not shared."))
    if not resource.basis_kind:
        yield Gap(
            "basis_kind",
            _("Say what bars sharing: a law, an administrative regulation or a decision."),
        )
    if not resource.basis_title:
        yield Gap("basis_title", _("Give the title of the law, regulation or decision."))
    if not resource.basis_article:
        yield Gap("basis_article", _("Give the article that bars sharing."))


def _audience(resource: Resource) -> Iterator[Gap]:
    listed = resource.audience_departments or resource.audience_regions
    if resource.visibility == Visibility.LISTED and not listed:
        yield Gap("audience_departments", _("List the departments or regions that see the entry."))
    if resource.visibility != Visibility.LISTED and listed:
        yield Gap(
            "audience_departments",
            _("Departments and regions are listed only for an entry that they alone see."),
        )


def _opening(resource: Resource, items: Sequence[DataItem]) -> Iterator[Gap]:
    if resource.national_grade == NationalGrade.CORE and resource.sharing_modes:
        yield Gap(
            "sharing_modes",
            _("Core data does not go out by the portal's delivery: choose no sharing mode."),
        )
    if not resource.is_open:
        if resource.open_conditions:
            yield Gap(
                "open_conditions",
                _("This is stated only for data that is open to the public: clear this field."),
            )
        return
    if resource.visibility != Visibility.DEPARTMENTS:
        yield Gap("is_open", _("What is open to the public is visible to all departments."))
    if resource.sharing_attribute == SharingAttribute.NOT_SHARED:
        yield Gap("is_open", _("What is not shared with departments is not open to the public."))
    if resource.national_grade != NationalGrade.GENERAL:
        yield Gap("is_open", _("Important and core data is not open to the public."))
    if any(item.is_personal for item in items):
        yield Gap("is_open", _("Personal information is not open to the public."))


def _items(resource: Resource, items: Sequence[DataItem]) -> Iterator[Gap]:
    if not items:
        yield Gap("items", _("Describe at least one data item."))
        return
    if ROWS_BY.intersection(resource.sharing_modes) and not any(item.is_key for item in items):
        yield Gap(
            "items",
            _(
                "Mark the key: it tells apart the rows that go out by interface or batch exchange,"
                " so that a page neither skips nor repeats one."
            ),
        )


def _assessments(assessments: Sequence[Assessment]) -> Iterator[Gap]:
    found = {assessment.kind: assessment for assessment in assessments}
    for kind in AssessmentKind:
        assessment = found.get(kind)
        if assessment is None:
            yield Gap("assessments", _("Missing: %(what)s.") % {"what": kind.label})
        elif not assessment.is_passed:
            yield Gap("assessments", _("Not passed: %(what)s.") % {"what": kind.label})
