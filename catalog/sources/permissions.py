"""Who may connect sources and start runs: the provider's stewards."""

from django.utils.translation import gettext_lazy as _

from catalog.models import Resource, ResourceState, SyncJob
from portal.common.decisions import ALLOWED, Decision, denied
from portal.organisation.models import Department, DutyKind, InformationSystem, User
from portal.organisation.models.person import ADMINISTRATORS


def may_manage(party: User | InformationSystem, department: Department | int) -> Decision:
    """Whether the party may register, change and test sources of the department."""
    pk = department if isinstance(department, int) else department.pk
    if party.department_id != pk:
        return denied(_("Only the data stewards of the department that owns it may do this."))
    if not party.has_duty(DutyKind.STEWARD):
        return denied(_("This is for the data stewards of your department."))
    return ALLOWED


def may_set_up(party: User | InformationSystem, resource: Resource) -> Decision:
    """Whether the party may say how the rows of the resource come in."""
    decision = may_manage(party, resource.department_id)
    if decision and resource.is_change:
        return denied(_("Rows come to the published entry, not to a change of it."))
    if decision and resource.state == ResourceState.WITHDRAWN:
        return denied(_("The resource was withdrawn: it takes no more rows."))
    return decision


def may_start(party: User | InformationSystem, job: SyncJob) -> Decision:
    """Whether the party may start a run now, a run under way aside."""
    return may_set_up(party, job.resource)


def may_see_networks(party: User | InformationSystem) -> Decision:
    """Whether the party may see into which networks the portal connects."""
    if not party.has_duty(*ADMINISTRATORS):
        return denied(_("This is for the administrators of the platform."))
    return ALLOWED


def may_open_networks(party: User | InformationSystem) -> Decision:
    """Whether the party may say into which networks the portal connects."""
    if not party.has_duty(DutyKind.SECURITY_ADMIN):
        return denied(_("This is for the security administrator."))
    return ALLOWED
