"""Entries in the words of their pages: where they stand, who acts next, what they state."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.completeness import Gap
from catalog.description import basis
from catalog.freshness import DAYS, Freshness, freshness_of
from catalog.models import (
    AssessmentKind,
    DataItem,
    Move,
    Resource,
    ResourceState,
    ResourceStep,
    SharingAttribute,
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


def freshness(resource: Resource) -> Standing:
    """Whether the rows are as fresh as promised; of irregular ones nothing is promised."""
    found = freshness_of(resource.update_frequency, resource.rows_changed_at, timezone.now())
    if found == Freshness.IN_TIME and resource.update_frequency not in DAYS:
        return Standing("rest", _("irregularly updated"), "")
    tones = {Freshness.IN_TIME: "go", Freshness.OVERDUE: "stop", Freshness.NO_ROWS: "rest"}
    return Standing(tones[found], found.label, "")


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
        elif gap.field == "duplicates":
            url = reverse("catalog:entry_duplicates", args=[resource.pk])
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


def stricter_items(
    resource: Resource, items: Sequence[DataItem], *, stated: Mapping[str, Any]
) -> str:
    """Which items made the entry stricter than was stated for it; empty when none did."""
    words = []
    for name, value in (
        ("sharing_attribute", resource.get_sharing_attribute_display()),
        ("grade", resource.get_grade_display()),
    ):
        reached = getattr(resource, name)
        if reached != stated[name]:
            because = [item.name for item in items if getattr(item, name) == reached]
            words.append(
                _('The entry is "%(value)s" because of these items: %(items)s.')
                % {"value": value, "items": _(", ").join(because)}
            )
    return " ".join(words)
