"""Who may do what with an entry, each answer with its reason.

The entry is asked through the queries that lists are made of; duties, states and four eyes come on
top. A page asks `rights_in` once; services check, of the row they have locked.
"""

from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Subquery
from django.utils.translation import gettext as _

from portal.common.decisions import ALLOWED, Decision, denied
from portal.common.errors import NotAllowed
from portal.organisation.models import DutyKind, User

from .models import ENDED, UNFINISHED, Move, Resource, ResourceState
from .parties import Party
from .querysets import ResourceQuerySet
from .workflow import is_possible, next_state, wrong_state


@dataclass(frozen=True, slots=True)
class Standing:
    """How a party stands to one entry: sees it, owns it, is the one that reviews it.

    `open_change` is the key of the change of it that is being prepared or reviewed.
    """

    party: Party
    resource: Resource
    sees: bool
    owns: bool
    open_change: int | None = None

    @property
    def reviews(self) -> bool:
        """Whether the party belongs to the competent department of the provider's region."""
        department = self.party.department
        return (
            department is not None
            and department.is_competent
            and department.region_id == self.resource.department.region_id
        )


@dataclass(frozen=True, slots=True)
class Rights:
    """All answers about one entry, for a page that shows buttons or reasons."""

    edit: Decision
    submit: Decision
    approve: Decision
    publish: Decision
    send_back: Decision
    withdraw: Decision
    change: Decision
    discard: Decision

    @property
    def decides(self) -> bool:
        """Whether the entry waits for this person's decision, be it only to send it back."""
        return bool(self.approve or self.publish or self.send_back)


def standing_of(party: Party, resource: Resource) -> Standing:
    """One query for all questions, asked of the facts and not of the projection."""
    this = Resource.objects.filter(pk=OuterRef("pk"))
    found = (
        Resource.objects.filter(pk=resource.pk)
        .values_list(
            Exists(this.truly_visible(party)),
            Exists(this.permitted(party, "change_resource")),
            Subquery(open_changes(OuterRef("pk")).values("pk")),
        )
        .get()
    )
    sees, owns, change = found
    return Standing(party=party, resource=resource, sees=sees, owns=owns, open_change=change)


def open_changes(resource: int | OuterRef) -> ResourceQuerySet:
    """The change of the entry that has not ended; the database holds that there is at most one."""
    return Resource.objects.filter(revision_of=resource).exclude(state__in=ENDED)


def rights_in(standing: Standing) -> Rights:
    return Rights(
        edit=_edit(standing),
        submit=_move(standing, Move.SUBMIT),
        approve=_move(standing, Move.APPROVE),
        publish=_move(standing, Move.PUBLISH),
        send_back=_move(standing, Move.SEND_BACK),
        withdraw=_move(standing, Move.WITHDRAW),
        change=_change(standing),
        discard=_move(standing, Move.DISCARD),
    )


def acting_person(party: Party) -> User:
    """The person behind a call; systems read, describing and deciding is for people."""
    if not isinstance(party, User):
        raise NotAllowed(_("Information systems only read the catalogue: a person has to do this."))
    return party


def may_create(party: Party) -> Decision:
    if not party.has_duty(DutyKind.STEWARD):
        return denied(
            _("Only data stewards describe resources, each those of their own department.")
        )
    return ALLOWED


def may_keep_synonyms(party: Party) -> Decision:
    """Whether `party` may change what words mean the same when the catalogue is searched."""
    if not party.has_duty(DutyKind.COMPETENT_OFFICER):
        return denied(_("Officers of the competent departments keep the synonyms."))
    return ALLOWED


def may_see_work(standing: Standing) -> bool:
    """Whether steps and assessments are theirs to read: the provider's and its reviewer's."""
    return standing.owns or (standing.reviews and standing.sees)


def may_edit(party: Party, resource: Resource) -> Decision:
    return _edit(standing_of(party, resource))


def may_move(party: Party, resource: Resource, how: Move) -> Decision:
    return _move(standing_of(party, resource), how)


def check_edit(party: Party, resource: Resource) -> None:
    """Raise NotAllowed or WrongState unless `party` may change the entry now."""
    _steward(standing_of(party, resource)).enforce()
    if resource.state not in UNFINISHED:
        raise wrong_state(resource)


def check_change(party: Party, resource: Resource) -> None:
    """Raise NotAllowed or WrongState unless `party` may begin a change of the entry now."""
    standing = standing_of(party, resource)
    _steward(standing).enforce()
    if resource.is_change or resource.state != ResourceState.PUBLISHED:
        raise wrong_state(resource)


def check_move(party: Party, resource: Resource, how: Move) -> None:
    """Raise NotAllowed for the wrong person, WrongState for the wrong time."""
    standing = standing_of(party, resource)
    _who(standing, how).enforce()
    next_state(resource, how)
    _eyes(standing, how).enforce()


def _edit(standing: Standing) -> Decision:
    steward = _steward(standing)
    state = standing.resource.state
    if not steward or state in UNFINISHED:
        return steward
    if state == ResourceState.PUBLISHED:
        return denied(_("The entry is published. Prepare a change: it is reviewed beside it."))
    if state in ENDED:
        return denied(_("This change has ended. Begin a new one from the published entry."))
    if state == ResourceState.WITHDRAWN:
        return denied(_("The entry has been withdrawn. Describe the data in a new entry."))
    return denied(_("The entry is under review. It can be changed again when it is sent back."))


def _change(standing: Standing) -> Decision:
    resource = standing.resource
    if resource.is_change or resource.state != ResourceState.PUBLISHED:
        return denied(
            _('The entry is in the state "%(state)s".') % {"state": resource.get_state_display()}
        )
    if not (steward := _steward(standing)):
        return steward
    if standing.open_change is not None:
        return denied(_("A change of this entry is being prepared already."))
    return ALLOWED


def _move(standing: Standing, how: Move) -> Decision:
    resource = standing.resource
    if not (who := _who(standing, how)):
        return who
    if not is_possible(resource.state, how):
        return denied(
            _('The entry is in the state "%(state)s".') % {"state": resource.get_state_display()}
        )
    return _eyes(standing, how)


def _who(standing: Standing, how: Move) -> Decision:
    """By duty and department alone."""
    match how:
        case Move.SUBMIT:
            return _steward(standing)
        case Move.DISCARD if not standing.resource.is_change:
            return denied(_("Only a change of a published entry is discarded."))
        case Move.DISCARD:
            return _steward(standing)
        case Move.APPROVE:
            return _head(standing)
        case Move.PUBLISH:
            return _officer(standing)
        case Move.SEND_BACK if standing.resource.state == ResourceState.HEAD_REVIEW:
            return _head(standing)
        case Move.SEND_BACK if standing.resource.state == ResourceState.COMPETENT_REVIEW:
            return _officer(standing)
    if _head(standing) or _officer(standing):
        return ALLOWED
    return denied(_("Only the provider's department head or the competent department may do this."))


def _eyes(standing: Standing, how: Move) -> Decision:
    """Nobody approves or publishes what they wrote, submitted or approved themselves.

    Sending back and withdrawing decide in favour of nobody, so they need no other eyes.
    """
    resource = standing.resource
    hands: set[int | None] = set()
    if how in {Move.APPROVE, Move.PUBLISH}:
        hands |= {resource.edited_by_id, resource.submitted_by_id}
    if how == Move.PUBLISH:
        hands.add(resource.approved_by_id)
    if standing.party.pk in hands:
        return denied(_("You have had a hand in this entry already: another person must decide."))
    return ALLOWED


def _steward(standing: Standing) -> Decision:
    if not standing.owns:
        return denied(
            _("This entry belongs to %(department)s.")
            % {"department": standing.resource.department}
        )
    if not standing.party.has_duty(DutyKind.STEWARD):
        return denied(_("Only the data stewards of your department write its entries."))
    return ALLOWED


def _head(standing: Standing) -> Decision:
    if not (standing.owns and standing.party.has_duty(DutyKind.DEPARTMENT_HEAD)):
        return denied(
            _("The department head of %(department)s approves this entry (Decree 809, Art. 13).")
            % {"department": standing.resource.department}
        )
    return ALLOWED


def _officer(standing: Standing) -> Decision:
    if not (standing.reviews and standing.party.has_duty(DutyKind.COMPETENT_OFFICER)):
        return denied(
            _("An officer of the competent department of %(region)s reviews this entry (Art. 16).")
            % {"region": standing.resource.department.region}
        )
    return ALLOWED
