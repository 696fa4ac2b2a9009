"""Update duties in the words of their pages: where they stand, who acts next, what happened."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from catalog.models import DutyState, EntryState, UpdateDuty, UpdateDutyStep
from catalog.presentation import Standing, Told
from catalog.selectors.update_duties import DutyLine, DutyPage
from portal.common.dates import prose_date
from portal.common.decisions import Decision
from portal.common.text import Text
from portal.organisation.models import DutyKind, User


@dataclass(frozen=True, slots=True)
class Fact:
    """A line of a summary list; `whole` takes the full width."""

    name: Text
    value: Text
    whole: bool = False


TONES = {
    EntryState.WAITING: "run",
    EntryState.RECEIVED: "run",
    EntryState.RETURNED: "wait",
    EntryState.PUBLISHED: "go",
    EntryState.WITHDRAWN: "rest",
    EntryState.UNCHANGED: "rest",
}


def standing(duty: UpdateDuty, user: User) -> Standing:
    """A duty that waits for this very person is amber and says so."""
    mine = duty.department_id == user.department_id
    parts = {"department": duty.department, "region": duty.department.region}
    label = duty.get_state_display()
    match duty.state:
        case DutyState.OPEN:
            waits = mine and user.has_duty(DutyKind.STEWARD)
            return Standing(
                "wait" if waits else "run", label, _("%(department)s, data steward") % parts
            )
        case DutyState.CLOSING:
            waits = mine and user.has_duty(DutyKind.DEPARTMENT_HEAD)
            return Standing(
                "wait" if waits else "run", label, _("%(department)s, department head") % parts
            )
        case DutyState.REVIEW:
            waits = (
                user.has_duty(DutyKind.COMPETENT_OFFICER)
                and user.department.is_competent
                and user.department.region_id == duty.department.region_id
            )
            actor = _("competent department of %(region)s") % parts
            return Standing("wait" if waits else "run", label, actor)
    return Standing("go", label, "")


def lines(found: Sequence[DutyLine], user: User) -> list[tuple[DutyLine, Standing]]:
    return [(line, standing(line.duty, user)) for line in found]


def timeliness(page: DutyPage) -> Standing | None:
    """Whether the update was submitted in time, once it has been."""
    if not page.clock.is_met:
        return None
    if page.clock.is_met_late:
        return Standing("stop", _("submitted late"), "")
    return Standing("go", _("submitted in time"), "")


def summary(page: DutyPage) -> list[Fact]:
    duty = page.duty
    rows = [
        Fact(_("Provider"), duty.department.name),
        Fact(_("What has changed"), duty.get_change_display()),
        Fact(_("Basis"), str(duty), whole=True),
        Fact(_("Day of the change"), prose_date(duty.happened_on)),
        Fact(_("Recorded"), _recorded(page)),
    ]
    if duty.description:
        rows.append(Fact(_("What it means for the catalogue"), duty.description, whole=True))
    if duty.needs_new_entry:
        rows.append(Fact(_("New entry"), _new_entry(page), whole=True))
    return rows


def extension_rows(page: DutyPage) -> list[Fact]:
    """What was asked and decided; empty when nobody has asked."""
    asked = page.extension
    if asked is None:
        return []
    rows = [
        Fact(_("Asked for"), _("%(days)s working days") % {"days": asked.days}),
        Fact(_("Decision"), _decision(page)),
        Fact(_("Special reasons"), asked.reasons, whole=True),
    ]
    if asked.opinion:
        rows.append(Fact(_("Opinion"), asked.opinion, whole=True))
    return rows


def record(steps: Sequence[UpdateDutyStep], known: Collection[int]) -> list[Told]:
    """Newest first. An entry is named only to who may know of it."""
    return [
        Told(
            at=step.at,
            who=f"{step.by.department} {step.by}",
            did=_did(step, known),
            words=step.words,
        )
        for step in steps
    ]


def tone_of(state: str) -> str:
    return TONES[EntryState(state)]


def acts(page: DutyPage) -> list[tuple[str, Text, Decision]]:
    """What can be done with the duty: address, label, and whether this person may."""
    rights = page.rights
    return [
        (
            "catalog:update_duty_extension_decide",
            _("Decide on the extension…"),
            rights.decide_extension,
        ),
        ("catalog:update_duty_close_decide", _("Decide on the proposal…"), rights.decide_close),
        ("catalog:update_duty_answer", _("Name an entry that answers…"), rights.answer),
        ("catalog:update_duty_extension", _("Ask for an extension…"), rights.ask_extension),
        ("catalog:update_duty_close", _("Close without a change…"), rights.propose_close),
    ]


def _recorded(page: DutyPage) -> str:
    by = page.duty.recorded_by
    return _("%(day)s by %(person)s") % {
        "day": prose_date(page.duty.recorded_at),
        "person": f"{by.department} {by}",
    }


def _new_entry(page: DutyPage) -> Text:
    if page.duty.unchanged_at is not None:
        return _("none is needed after all")
    if any(line.entry.is_new for line in page.entries):
        return _("named below")
    return _("needed, and not named yet")


def _decision(page: DutyPage) -> Text:
    asked = page.extension
    if asked is None or not asked.is_decided:
        if page.clock.is_running:
            return _("waits for the competent department")
        return _("fell away: the update was submitted first")
    if asked.granted_days:
        return _("%(days)s working days granted") % {"days": asked.granted_days}
    return _("refused")


def _did(step: UpdateDutyStep, known: Collection[int]) -> Text:
    did = step.get_act_display()
    if step.resource is None or step.resource_id not in known:
        return did
    return _("%(did)s: %(entry)s") % {"did": did, "entry": step.resource.name}
