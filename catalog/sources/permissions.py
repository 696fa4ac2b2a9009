"""Who may connect sources and start runs: the provider's stewards."""

from django.utils.translation import gettext_lazy as _

from catalog.models import Resource, ResourceState, SyncJob
from portal.common.decisions import ALLOWED, Decision, denied
from portal.organisation.models import Department, DutyKind, InformationSystem, User


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
