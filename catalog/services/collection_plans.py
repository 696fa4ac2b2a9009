"""Plans to collect data: written, compared with what is shared, filed, objected to (Art. 19)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.services import record
from catalog.models import CollectionPlan, Duplicate, PlannedItem, PlanState
from catalog.one_source.gaps import one_source_gaps
from catalog.one_source.words import normals, stated
from catalog.plan_permissions import (
    check_edit_plan,
    check_object,
    check_withdraw_plan,
    may_plan,
)
from catalog.services import duplicates
from portal.common.errors import Invalid, StaleVersion
from portal.common.plain_text import fault_of
from portal.organisation.models import User

MOST_ITEMS = 200
LONGEST = {"name": 200, "purpose": 1000, "basis": 500, "asked_from": 200}
LONGEST_ITEM = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanData:
    """What a plan says; `items` are the names of the data as those who are asked read them."""

    name: str
    purpose: str
    basis: str
    asked_from: str
    starts_on: date
    items: Sequence[str]


@transaction.atomic
def create(*, plan: PlanData, by: User) -> CollectionPlan:
    may_plan(by).enforce()
    made = CollectionPlan(department=by.department, edited_by=by)
    _write(made, plan)
    record(actor=by, action="catalog.plan.create", target=made, name=made.name)
    return made


@transaction.atomic
def change(*, held: CollectionPlan, version: int, plan: PlanData, by: User) -> CollectionPlan:
    """Write the plan anew; answers for items that it no longer names go with them."""
    current = _locked(held)
    check_edit_plan(by, current)
    _at(current, version)
    current.version += 1
    current.edited_by = by
    _write(current, plan)
    names = current.items.values_list("name", flat=True)
    Duplicate.objects.filter(plan=current).exclude(column__in=list(names)).delete()
    record(actor=by, action="catalog.plan.change", target=current, name=current.name)
    return current


@transaction.atomic
def file(*, held: CollectionPlan, version: int, by: User) -> CollectionPlan:
    """Tell the competent department. Raises Invalid while a repeated datum has no answer."""
    current = _locked(held)
    check_edit_plan(by, current)
    _at(current, version)
    if gaps := one_source_gaps(current, by=by):
        raise Invalid(
            _("Other departments provide some of these data already."),
            fields={"duplicates": [str(gap.message) for gap in gaps]},
        )
    _move(current, PlanState.FILED, filed_at=timezone.now(), objection="", objected_by=None)
    duplicates.check(subject=current)
    record(actor=by, action="catalog.plan.file", target=current, name=current.name)
    return current


@transaction.atomic
def object_to(*, held: CollectionPlan, version: int, words: str, by: User) -> CollectionPlan:
    """Sharing meets the need: the plan goes back to the department with the reasons."""
    current = _locked(held)
    check_object(by, current)
    _at(current, version)
    why = stated("words", words, 1000)
    _move(current, PlanState.OBJECTED, objection=why, objected_by=by)
    record(actor=by, action="catalog.plan.object", target=current, words=why)
    return current


@transaction.atomic
def withdraw(*, held: CollectionPlan, version: int, by: User) -> CollectionPlan:
    """The department collects nothing by this plan; it stays on record."""
    current = _locked(held)
    check_withdraw_plan(by, current)
    _at(current, version)
    _move(current, PlanState.WITHDRAWN)
    record(actor=by, action="catalog.plan.withdraw", target=current, name=current.name)
    return current


def _locked(plan: CollectionPlan) -> CollectionPlan:
    return (
        CollectionPlan.objects.select_for_update(of=("self",))
        .select_related("department__region")
        .get(pk=plan.pk)
    )


def _at(plan: CollectionPlan, version: int) -> None:
    if plan.version != version:
        raise StaleVersion(_("Somebody else has changed this plan. Look at it first."))


def _move(plan: CollectionPlan, state: PlanState, **facts: object) -> None:
    plan.state = state
    plan.version += 1
    for name, value in facts.items():
        setattr(plan, name, value)
    plan.save()


def _write(plan: CollectionPlan, given: PlanData) -> None:
    faults: dict[str, list[str]] = {}
    for field, most in LONGEST.items():
        try:
            setattr(plan, field, stated(field, getattr(given, field), most))
        except Invalid as refusal:
            faults |= refusal.fields
    items, problems = _items(given.items)
    if problems:
        faults["items"] = problems
    if faults:
        raise Invalid(_("The input has errors."), fields=faults)
    plan.starts_on = given.starts_on
    plan.save()
    plan.items.all().delete()
    PlannedItem.objects.bulk_create(
        PlannedItem(plan=plan, position=position, name=name)
        for position, name in enumerate(items, start=1)
    )


def _items(given: Sequence[str]) -> tuple[list[str], list[str]]:
    """The names, each once, and what is wrong with them."""
    names = list(dict.fromkeys(name.strip() for name in given if name.strip()))
    problems = []
    if not names:
        problems.append(_("Name what is collected, one a line."))
    if len(names) > MOST_ITEMS:
        problems.append(_("At most %(most)s data items.") % {"most": MOST_ITEMS})
    for name, normal in zip(names, normals(names), strict=True):
        shown = name[:LONGEST_ITEM]
        if len(name) > LONGEST_ITEM:
            problems.append(
                _('"%(term)s…" is longer than %(most)s characters.')
                % {"term": shown, "most": LONGEST_ITEM}
            )
        elif fault := fault_of(name, of_one_line=True):
            problems.append(f"{name!a}: {fault}")
        elif not normal:
            problems.append(_('"%(name)s" needs a letter or a digit.') % {"name": shown})
    return names, problems
