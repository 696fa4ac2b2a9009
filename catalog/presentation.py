"""Entries in the words of their pages: where they stand, who acts next, what they state."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from catalog.completeness import Gap
from catalog.models import (
    AssessmentKind,
    Move,
    Resource,
    ResourceState,
    ResourceStep,
    SharingAttribute,
    SharingMode,
)
from catalog.parties import Party
from portal.common.dates import local_date
from portal.common.text import Text
from portal.organisation.models import DutyKind


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an entry stands and who acts next; `tone` is that of `{% state %}`."""

    tone: str
    label: Text
    next_actor: Text


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a summary list."""

    name: Text
    value: Text
    change_url: str = ""
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Station:
    """A step of the step bar."""

    title: Text
    words: Text
    state: str


@dataclass(frozen=True, slots=True)
class Told:
    """A line of the record."""

    at: datetime
    who: str
    did: Text
    words: str


@dataclass(frozen=True, slots=True)
class Missing:
    """Something to mend, with the place to do it."""

    message: Text
    url: str


def standing(resource: Resource, user: Party) -> Standing:
    """An entry that waits for this very person is amber and says so."""
    label = resource.get_state_display()
    provider = resource.department
    mine = provider.pk == user.department_id
    match resource.state:
        case ResourceState.DRAFT:
            return Standing(
                "rest", label, _("%(department)s, data steward") % {"department": provider}
            )
        case ResourceState.RETURNED:
            waits = mine and user.has_duty(DutyKind.STEWARD)
            actor = _("%(department)s, data steward") % {"department": provider}
            return Standing("wait" if waits else "run", label, actor)
        case ResourceState.HEAD_REVIEW:
            waits = mine and user.has_duty(DutyKind.DEPARTMENT_HEAD)
            actor = _("%(department)s, department head") % {"department": provider}
            return Standing("wait" if waits else "run", label, actor)
        case ResourceState.COMPETENT_REVIEW:
            waits = (
                user.has_duty(DutyKind.COMPETENT_OFFICER)
                and user.department is not None
                and user.department.is_competent
                and user.department.region_id == provider.region_id
            )
            actor = _("competent department of %(region)s") % {"region": provider.region}
            return Standing("wait" if waits else "run", label, actor)
        case ResourceState.PUBLISHED:
            return Standing("go", label, "")
    return Standing("rest", label, "")


def stations(resource: Resource) -> list[Station]:
    """The way of an entry, with the station where it is now."""
    region = {"region": resource.department.region}
    titles = [
        (_("Description and assessments"), str(resource.department)),
        (_("Department head"), _("approves (Art. 13)")),
        (_("Competent department"), _("%(region)s, reviews (Art. 16)") % region),
        (_("Published"), _("announced to all departments")),
    ]
    at = {
        ResourceState.HEAD_REVIEW: 1,
        ResourceState.COMPETENT_REVIEW: 2,
        ResourceState.PUBLISHED: 4,
        ResourceState.WITHDRAWN: 4,
        ResourceState.MERGED: 4,
        ResourceState.DISCARDED: -1,
    }.get(ResourceState(resource.state), 0)
    return [
        Station(title, words, "done" if place < at else "now" if place == at else "")
        for place, (title, words) in enumerate(titles)
    ]


def record(steps: Sequence[ResourceStep]) -> list[Told]:
    return [
        Told(
            at=step.at,
            who=f"{step.by.department} {step.by}" if step.by else _("The portal"),
            did=step.get_move_display(),
            words=step.opinion,
        )
        for step in steps
    ]


def description(resource: Resource, *, change_url: str = "") -> list[Row]:
    """What every reader is told of the data; with `change_url` each line can be corrected."""

    def row(field: str, name: Text, value: Any, *, whole: bool = False) -> Row:
        url = f"{change_url}#id_{field}" if change_url else ""
        return Row(name, value, url, whole)

    rows = [
        row("resource_class", _("Resource class"), resource.get_resource_class_display()),
        row("classification", _("Classification"), resource.classification),
        row("data_format", _("Data format"), resource.get_data_format_display()),
        row("update_frequency", _("Update frequency"), resource.get_update_frequency_display()),
        row("grade", _("Grade"), resource.get_grade_display()),
    ]
    if resource.sharing_attribute != SharingAttribute.NOT_SHARED:
        words = _(", ").join(str(SharingMode(mode).label) for mode in resource.sharing_modes)
        rows.append(row("sharing_modes", _("Sharing modes"), words))
    if change_url:
        rows.insert(0, row("name", _("Name"), resource.name, whole=True))
        rows.append(
            row(
                "sharing_attribute",
                _("Sharing attribute"),
                resource.get_sharing_attribute_display(),
            )
        )
    match resource.sharing_attribute:
        case SharingAttribute.UNCONDITIONAL:
            rows.append(
                row(
                    "sharing_scope",
                    _("Conditions of use"),
                    _("none: for all departments"),
                    whole=True,
                )
            )
        case SharingAttribute.CONDITIONAL:
            rows += [
                row("sharing_scope", _("Sharing scope"), resource.sharing_scope, whole=True),
                row("sharing_purpose", _("Purpose of use"), resource.sharing_purpose, whole=True),
            ]
            if resource.sharing_conditions or change_url:
                rows.append(
                    row(
                        "sharing_conditions",
                        _("Other conditions"),
                        resource.sharing_conditions,
                        whole=True,
                    )
                )
        case SharingAttribute.NOT_SHARED:
            rows += [
                row(
                    "not_shared_reason",
                    _("Reason for not sharing"),
                    resource.not_shared_reason,
                    whole=True,
                ),
                row("basis_title", _("Basis"), basis(resource), whole=True),
            ]
    rows.append(row("abstract", _("Abstract"), resource.abstract, whole=True))
    return rows


def basis(resource: Resource) -> str:
    """What bars sharing, in one line."""
    if not resource.basis_title:
        return ""
    return pgettext("legal basis: kind, title, article", "%(kind)s: %(title)s, %(article)s") % {
        "kind": resource.get_basis_kind_display(),
        "title": resource.basis_title,
        "article": resource.basis_article,
    }


def edit_url(resource: Resource) -> str:
    return reverse("catalog:resource_edit", args=[resource.pk])


def missing(resource: Resource, gaps: Sequence[Gap]) -> list[Missing]:
    edit = edit_url(resource)
    found = []
    for gap in gaps:
        if gap.field == "assessments":
            url = f"{resource.get_absolute_url()}#assessments"
        elif gap.field == "items":
            url = f"{edit}#items"
        else:
            url = f"{edit}#id_{gap.field}"
        found.append(Missing(gap.message, url))
    return found


def assessment_kinds() -> list[tuple[str, Text]]:
    return list(AssessmentKind.choices)


def findings(
    resource: Resource, *, items: int, personal: int, sensitive: int
) -> list[dict[str, Text]]:
    """What a reviewer should have seen before deciding, each with its sign."""
    told: list[dict[str, Text]] = [
        {"tone": "ok", "words": _("Complete: all fields that Art. 13 asks for")},
        {"tone": "ok", "words": _("Both assessments passed")},
    ]
    if sensitive:
        told.append(
            {
                "tone": "warn",
                "words": _("%(count)s of %(items)s items are sensitive personal information")
                % {"count": sensitive, "items": items},
            }
        )
    elif personal:
        told.append(
            {
                "tone": "warn",
                "words": _("%(count)s of %(items)s items are personal information")
                % {"count": personal, "items": items},
            }
        )
    else:
        told.append({"tone": "ok", "words": _("No personal information")})
    if resource.sharing_attribute == SharingAttribute.NOT_SHARED:
        told.append(
            {
                "tone": "warn",
                "words": _("Not shared: check the basis, %(basis)s") % {"basis": basis(resource)},
            }
        )
    if resource.sharing_attribute == SharingAttribute.CONDITIONAL:
        told.append(
            {
                "tone": "",
                "words": _(
                    "Conditional: do scope and purpose add more than the law asks? (Art. 15)"
                ),
            }
        )
    return told


def done(how: Move, resource: Resource) -> str:
    """What a person reads after a move."""
    name = {"name": resource.name}
    match how:
        case Move.SUBMIT:
            return _('"%(name)s" has been handed to the department head.') % name
        case Move.APPROVE:
            return _('You approved "%(name)s". The competent department reviews it next.') % name
        case Move.PUBLISH:
            return _('"%(name)s" is published and announced to all departments.') % name
        case Move.SEND_BACK:
            return _('"%(name)s" has been sent back to its stewards with your reasons.') % name
    return _('"%(name)s" has been withdrawn. All departments are told.') % name


def waiting_days(resource: Resource, today: date) -> int:
    return (today - local_date(resource.state_since)).days
