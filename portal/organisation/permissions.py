"""Who may open accounts, appoint people, and look after a department's systems.

The three administrators check one another: the system administrator opens accounts and appoints to
duties in departments; the security administrator appoints and dismisses the administrators and the
officers of competent departments; the audit administrator sees both in the trail and changes nothing.
"""

from django.utils.translation import gettext as _

from portal.common.decisions import ALLOWED, Decision, denied
from portal.workdays.clocks import today

from .models import Department, Duty, DutyKind, User
from .models.person import ADMINISTRATORS

PLATFORM = ADMINISTRATORS | {DutyKind.COMPETENT_OFFICER}


def may_open_accounts(by: User) -> Decision:
    if not by.has_duty(DutyKind.SYSTEM_ADMIN):
        return denied(_("Only the system administrator opens and closes accounts."))
    return ALLOWED


def may_appoint(by: User, person: User, kind: str) -> Decision:
    """Whether `by` may appoint `person` to the duty, or dismiss them from it."""
    if by.pk == person.pk:
        return denied(_("Nobody appoints or dismisses themselves."))
    if kind in PLATFORM and not by.has_duty(DutyKind.SECURITY_ADMIN):
        return denied(_("Only the security administrator appoints to duties on the platform."))
    if kind not in PLATFORM and not by.has_duty(DutyKind.SYSTEM_ADMIN):
        return denied(_("Only the system administrator appoints to duties in a department."))
    return ALLOWED


def may_hold(person: User, kind: str) -> Decision:
    """Whether the person's other duties leave room for this one (三员分立)."""
    others = set(Duty.objects.filter(user=person).values_list("kind", flat=True)) - {kind}
    if not person.is_active:
        return denied(_("The account is closed."))
    if (
        kind in ADMINISTRATORS
        and person.substitutions.filter(ended_at=None, last__gte=today()).exists()
    ):
        return denied(_("Who stands in for somebody cannot be an administrator."))
    if others & ADMINISTRATORS:
        return denied(_("An administrator holds no other duty."))
    if kind in ADMINISTRATORS and others:
        return denied(_("Who holds another duty cannot be an administrator."))
    if kind == DutyKind.COMPETENT_OFFICER and not person.department.is_competent:
        return denied(_("Officers belong to a competent department."))
    return ALLOWED


def may_name_substitute(by: User, absent: User) -> Decision:
    """The absent person names who stands in; for who cannot, the system administrator does."""
    if by.pk != absent.pk and not by.has_duty(DutyKind.SYSTEM_ADMIN):
        return denied(_("The person themselves or the system administrator names the substitute."))
    kinds = set(Duty.objects.filter(user=absent).values_list("kind", flat=True))
    if kinds & ADMINISTRATORS:
        return denied(_("Nobody stands in for an administrator: another one is appointed."))
    if not kinds:
        return denied(_("This person holds no duty that somebody could stand in for."))
    return ALLOWED


def may_stand_in(substitute: User, absent: User) -> Decision:
    """Whether `substitute` can hold the duties of `absent` for a time."""
    if substitute.pk == absent.pk:
        return denied(_("Nobody stands in for themselves."))
    if not substitute.is_active or substitute.department_id != absent.department_id:
        return denied(_("A substitute is somebody of the same department with an open account."))
    if Duty.objects.filter(user=substitute, kind__in=sorted(ADMINISTRATORS)).exists():
        return denied(_("An administrator holds no other duty."))
    return ALLOWED


def may_manage_systems(by: User, department: Department) -> Decision:
    """Systems and their credentials are the department's own business (Decree 809, Art. 11)."""
    if by.department_id != department.pk or not by.has_duty(
        DutyKind.STEWARD, DutyKind.WORK_BODY_HEAD
    ):
        return denied(
            _("The stewards and the work body head of the department manage its systems.")
        )
    return ALLOWED


def may_publish_calendar(by: User) -> Decision:
    if by.has_duty(DutyKind.SYSTEM_ADMIN) or by.has_duty(DutyKind.COMPETENT_OFFICER):
        return ALLOWED
    return denied(_("The system administrator and the competent department keep the calendar."))
