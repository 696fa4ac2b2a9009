"""Accounts and duties."""

from collections.abc import Iterable

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from audit.services import record
from portal.common.errors import DomainError, Invalid
from portal.organisation.models import Department, Duty, DutyKind, User
from portal.organisation.models.person import ADMINISTRATORS
from portal.organisation.permissions import may_appoint, may_hold, may_open_accounts

from .substitutions import end_all_of


@transaction.atomic
def open_account(
    *,
    username: str,
    name: str,
    department: Department,
    password: str,
    by: User | None,
    job_number: str = "",
    is_demo: bool = False,
) -> User:
    """A new person of `department`, without any duty yet.

    `by` is None only when an empty installation, or the demonstration, is set up.
    """
    if by is not None:
        may_open_accounts(by).enforce()
    user = User(
        username=username.strip(),
        name=name.strip(),
        department=department,
        job_number=job_number.strip(),
        is_demo=is_demo,
    )
    try:
        user.full_clean(exclude=["password"])
        if not is_demo:
            validate_password(password, user)
    except ValidationError as wrong:
        fields = (
            wrong.message_dict if hasattr(wrong, "error_dict") else {"password": wrong.messages}
        )
        raise Invalid(_("The account has errors."), fields=fields) from wrong
    if password:
        user.set_password(password)
    else:  # the demonstration sets one for all afterwards
        user.set_unusable_password()
    user.save()
    user.groups.add(department.group)
    record(actor=by, action="organisation.person.open", target=user, username=user.username)
    return user


@transaction.atomic
def deactivate_account(*, person: User, by: User) -> User:
    """Close the account and end its duties; what the person did stays under their name."""
    may_open_accounts(by).enforce()
    if person.pk == by.pk:
        raise DomainError(_("Nobody closes their own account."), code="own_account")
    held = User.objects.select_for_update().get(pk=person.pk)
    ended = _end_duties(held, by)
    held.is_active = False
    held.save(update_fields=["is_active"])
    held.groups.clear()
    record(actor=by, action="organisation.person.deactivate", target=held, duties=ended)
    return held


@transaction.atomic
def move_person(*, person: User, department: Department, by: User) -> User:
    """Let the person go over to another department; duties do not go with them.

    What they see changes at once: the membership of the old department's group ends here.
    """
    may_open_accounts(by).enforce()
    if person.pk == by.pk:
        raise DomainError(_("Nobody moves themselves."), code="own_account")
    held = User.objects.select_for_update().get(pk=person.pk)
    if not held.is_active or not department.is_active:
        raise DomainError(_("The account or the department is closed."), code="closed")
    if held.department_id == department.pk:
        raise DomainError(_("The person is in this department."), code="same_department")
    before = held.department_id
    held.department = department
    try:
        held.full_clean(exclude=["password"])
    except ValidationError as wrong:
        raise Invalid(
            _("The person cannot move."), fields={"department": wrong.messages}
        ) from wrong
    ended = _end_duties(held, by)
    held.save(update_fields=["department"])
    held.groups.set([department.group])
    record(
        actor=by,
        action="organisation.person.move",
        target=held,
        from_department=before,
        to_department=department.pk,
        duties=ended,
    )
    return held


def _end_duties(held: User, by: User) -> list[str]:
    """End what the person holds; an administrator's duty is not the system administrator's to end."""
    ended = sorted(held.duty_set.values_list("kind", flat=True))
    if set(ended) & ADMINISTRATORS:
        raise DomainError(
            _("The security administrator has to dismiss this administrator first."),
            code="administrator",
        )
    held.duty_set.all().delete()
    end_all_of(held, by)
    held.__dict__.pop("duties", None)
    return ended


@transaction.atomic
def appoint(*, person: User, kind: DutyKind, by: User | None) -> Duty:
    """Give `person` a duty in their department, or on the platform.

    `by` is None only when an empty installation, or the demonstration, is set up.
    """
    held = User.objects.select_for_update().get(pk=person.pk)
    if by is not None:
        may_appoint(by, held, kind).enforce()
    decision = may_hold(held, kind)
    if not decision:
        raise DomainError(decision.reason, code="duties_exclude_each_other")
    duty = Duty(user=held, department=held.department, kind=kind)
    try:
        duty.full_clean()
    except ValidationError as wrong:
        raise DomainError(" ".join(wrong.messages), code="duty_taken") from wrong
    duty.save()
    record(actor=by, action="organisation.duty.appoint", target=held, duty=kind)
    return duty


@transaction.atomic
def dismiss(*, person: User, kind: DutyKind, by: User) -> None:
    """End a duty."""
    held = User.objects.select_for_update().get(pk=person.pk)
    may_appoint(by, held, kind).enforce()
    deleted, _models = Duty.objects.filter(user=held, kind=kind).delete()
    if not deleted:
        raise DomainError(_("The person does not hold this duty."), code="no_such_duty")
    record(actor=by, action="organisation.duty.dismiss", target=held, duty=kind)


def appoint_all(*, person: User, kinds: Iterable[str]) -> None:
    """Appointments that set up an empty installation, or the demonstration."""
    for kind in kinds:
        appoint(person=person, kind=DutyKind(kind), by=None)
