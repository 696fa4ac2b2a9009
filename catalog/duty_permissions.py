"""Who may do what with a duty to update the catalogue, each answer with its reason.

Pages ask `rights_in` once; services check the same rules, of the row they have locked.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from portal.common.decisions import ALLOWED, Decision, denied
from portal.common.errors import WrongState
from portal.organisation.models import Department, DutyKind, User

from .deadlines import today
from .models import CatalogueDeadline, DutyState, UpdateDuty, UpdateExtension

PROVIDERS_TURN = frozenset({DutyState.OPEN, DutyState.CLOSING})


@dataclass(frozen=True, slots=True)
class DutyFacts:
    """A duty with what its rights depend on."""

    duty: UpdateDuty
    clock: CatalogueDeadline
    extension: UpdateExtension | None


@dataclass(frozen=True, slots=True)
class DutyRights:
    """All answers about one duty, for a page that shows buttons or reasons."""

    answer: Decision
    ask_extension: Decision
    decide_extension: Decision
    propose_close: Decision
    decide_close: Decision


def rights_in(user: User, facts: DutyFacts) -> DutyRights:
    return DutyRights(
        answer=_both(user, facts, _steward, _may_be_answered),
        ask_extension=_both(user, facts, _asker, _may_be_asked),
        decide_extension=_both(user, facts, _consenter, _may_be_decided),
        propose_close=_both(user, facts, _steward, _may_be_proposed),
        decide_close=_both(user, facts, _closer, _is_proposed),
    )


def may_record(user: User, department: Department) -> Decision:
    """The provider's stewards and head; officers of its competent department for them."""
    if user.department_id == department.pk and user.has_duty(
        DutyKind.STEWARD, DutyKind.DEPARTMENT_HEAD
    ):
        return ALLOWED
    if is_officer_for(user, department):
        return ALLOWED
    return denied(
        _(
            "Changes are recorded by the stewards and the head of the department, or by an officer"
            " of the competent department of its region."
        )
    )


def may_record_any(user: User) -> Decision:
    """Whether there is a department for which this person may record changes."""
    return may_record(user, user.department)


def records_for_others(user: User) -> bool:
    """Whether the person records changes for the whole region."""
    return is_officer_for(user, user.department)


def check_answer(user: User, facts: DutyFacts) -> None:
    _check(user, facts, _steward, _may_be_answered)


def check_ask_extension(user: User, facts: DutyFacts) -> None:
    _check(user, facts, _asker, _may_be_asked)


def check_decide_extension(user: User, facts: DutyFacts) -> None:
    _check(user, facts, _consenter, _may_be_decided)


def check_propose_close(user: User, facts: DutyFacts) -> None:
    _check(user, facts, _steward, _may_be_proposed)


def check_decide_close(user: User, facts: DutyFacts) -> None:
    _check(user, facts, _closer, _is_proposed)


Who = Callable[[User, DutyFacts], Decision]
When = Callable[[DutyFacts], Decision]


def _check(user: User, facts: DutyFacts, who: Who, when: When) -> None:
    """Raise NotAllowed for the wrong person, WrongState for the wrong time."""
    who(user, facts).enforce()
    if not (now := when(facts)):
        raise WrongState(now.reason)


def _both(user: User, facts: DutyFacts, who: Who, when: When) -> Decision:
    decision = who(user, facts)
    return when(facts) if decision else decision


def _steward(user: User, facts: DutyFacts) -> Decision:
    if _is_of(user, facts) and user.has_duty(DutyKind.STEWARD):
        return ALLOWED
    return denied(
        _("The data stewards of %(department)s do this.") % {"department": facts.duty.department}
    )


def _asker(user: User, facts: DutyFacts) -> Decision:
    if _is_of(user, facts) and user.has_duty(DutyKind.STEWARD, DutyKind.DEPARTMENT_HEAD):
        return ALLOWED
    return denied(
        _("The stewards or the head of %(department)s ask for an extension.")
        % {"department": facts.duty.department}
    )


def _consenter(user: User, facts: DutyFacts) -> Decision:
    if not is_officer_for(user, facts.duty.department):
        return denied(
            _("An officer of the competent department of %(region)s consents or refuses (Art. 17).")
            % {"region": facts.duty.department.region}
        )
    if facts.extension is not None and facts.extension.asked_by_id == user.pk:
        return denied(_("Nobody consents to the extension that they asked for themselves."))
    return ALLOWED


def _closer(user: User, facts: DutyFacts) -> Decision:
    if not (_is_of(user, facts) and user.has_duty(DutyKind.DEPARTMENT_HEAD)):
        return denied(
            _("The department head of %(department)s decides whether nothing needs to change.")
            % {"department": facts.duty.department}
        )
    if facts.duty.state == DutyState.CLOSING and facts.duty.close_proposed_by_id == user.pk:
        return denied(_("You proposed this yourself: another person must decide."))
    return ALLOWED


def _may_be_answered(facts: DutyFacts) -> Decision:
    return _in_state(facts, PROVIDERS_TURN)


def _may_be_asked(facts: DutyFacts) -> Decision:
    if facts.extension is not None:
        return denied(_("An extension can be asked for only once, and it has been."))
    if not facts.clock.is_running:
        return denied(_("The update has been submitted: there is nothing to extend."))
    if today() > facts.clock.due:
        return denied(_("The update is overdue. An extension has to be asked for before."))
    return ALLOWED


def _may_be_decided(facts: DutyFacts) -> Decision:
    if facts.extension is None:
        return denied(_("No extension has been asked for."))
    if facts.extension.is_decided:
        return denied(_("The extension has been decided."))
    if not facts.clock.is_running:
        return denied(_("The update has been submitted: there is nothing to extend."))
    return ALLOWED


def _may_be_proposed(facts: DutyFacts) -> Decision:
    return _in_state(facts, frozenset({DutyState.OPEN}))


def _is_proposed(facts: DutyFacts) -> Decision:
    if facts.duty.state != DutyState.CLOSING:
        return denied(_("Nobody has proposed to close this without a change."))
    return ALLOWED


def _in_state(facts: DutyFacts, states: frozenset[DutyState]) -> Decision:
    if facts.duty.state in states:
        return ALLOWED
    return denied(
        _('This is not possible now: the duty is in the state "%(state)s".')
        % {"state": facts.duty.get_state_display()}
    )


def _is_of(user: User, facts: DutyFacts) -> bool:
    return user.department_id == facts.duty.department_id


def is_officer_for(user: User, department: Department) -> bool:
    """Whether the person acts for the competent department of the department's own level."""
    return (
        user.has_duty(DutyKind.COMPETENT_OFFICER)
        and user.department.is_competent
        and user.department.region_id == department.region_id
    )
