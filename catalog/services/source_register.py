"""The register of source departments: lead collectors are appointed (Decree 809, Art. 19)."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.services import record
from catalog.models import ItemSynonym, SourceOfItem
from catalog.one_source.finding import source_of
from catalog.one_source.permissions import check_acknowledge, may_appoint
from catalog.one_source.words import normals, stated
from portal.common.errors import Invalid, WrongState
from portal.organisation.models import Department, User

MOST_BASIS = 500


@transaction.atomic
def appoint(*, name: str, department: Department, basis: str, by: User) -> SourceOfItem:
    """Name the lead collector of a datum in the officer's region; the one before ends."""
    may_appoint(by, department).enforce()
    shown = stated("name", name, 100)
    grounds = stated("basis", basis, MOST_BASIS)
    normal = _canonical(shown)
    if not normal:
        words = _("The name needs a letter or a digit.")
        raise Invalid(_("This is not a name."), fields={"name": [words]})
    # Officers who appoint at once wait here for each other.
    Department.objects.select_for_update().get(pk=by.department_id)
    before = source_of([shown], department.region).get(shown)
    if before is not None:
        if before.department_id == department.pk:
            raise WrongState(
                _("%(department)s is the source department of this datum already.")
                % {"department": department}
            )
        _end(before, grounds, by)
    made = SourceOfItem.objects.create(
        normal=normal,
        name=shown,
        department=department,
        region=department.region,
        basis=grounds,
        appointed_by=by,
    )
    record(
        actor=by,
        action="catalog.one_source.appoint",
        target=made,
        datum=shown,
        department=department.pk,
        before=before.department_id if before else None,
        basis=grounds,
    )
    return made


@transaction.atomic
def withdraw(*, appointment: SourceOfItem, reasons: str, by: User) -> SourceOfItem:
    """End an appointment without a successor; its row stays as history."""
    held = _held(appointment)
    may_appoint(by, held.department).enforce()
    check_in_force(held)
    why = stated("reasons", reasons, MOST_BASIS)
    _end(held, why, by)
    record(
        actor=by,
        action="catalog.one_source.withdraw",
        target=held,
        datum=held.name,
        department=held.department_id,
        reasons=why,
    )
    return held


@transaction.atomic
def acknowledge(*, appointment: SourceOfItem, by: User) -> SourceOfItem:
    """The department has taken note that it collects the datum for the others."""
    held = _held(appointment)
    check_acknowledge(by, held)
    check_in_force(held)
    if held.acknowledged_at is None:
        held.acknowledged_at = timezone.now()
        held.save(update_fields=["acknowledged_at"])
        record(actor=by, action="catalog.one_source.acknowledge", target=held, datum=held.name)
    return held


def _held(appointment: SourceOfItem) -> SourceOfItem:
    return (
        SourceOfItem.objects.select_for_update(of=("self",))
        .select_related("department__region")
        .get(pk=appointment.pk)
    )


def check_in_force(appointment: SourceOfItem) -> None:
    """Raise WrongState for one that has ended: nothing more can happen to it."""
    if appointment.ended_at is not None:
        raise WrongState(_("This appointment has ended."))


def _end(appointment: SourceOfItem, reasons: str, by: User) -> None:
    appointment.ended_at = timezone.now()
    appointment.ended_by = by
    appointment.end_reasons = reasons[:MOST_BASIS]
    appointment.save(update_fields=["ended_at", "ended_by", "end_reasons"])


def _canonical(name: str) -> str:
    (normal,) = normals([name])
    known = ItemSynonym.objects.filter(normal=normal).first()
    return known.canonical if known else normal
